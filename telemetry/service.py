"""Public verbs on series and readings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kernel.db import driver_connection
from kernel.errors import NotFound
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import repository, rules, stores
from telemetry.columns import PreparedReadings, ReadingColumns, pack_readings, prepare_readings
from telemetry.downsample import Reducer
from telemetry.errors import TooManyReadings
from telemetry.models import Series
from telemetry.rules import Method, Resolution

__all__ = [
    "LatestValue",
    "Method",
    "Points",
    "PreparedReadings",
    "ReadingColumns",
    "SeriesFacts",
    "SeriesSpec",
    "are_stored",
    "copy_readings",
    "ensure_partitions",
    "find_series",
    "forget_partitions",
    "get_series",
    "latest",
    "prepare_readings",
    "read_range",
    "register_many",
    "register_series",
    "series_in_scope",
    "series_of_asset",
    "storage_kind",
    "store_readings",
    "visible_series",
]

RAW_POINTS_MAX: Final = 1_000_000
_NO_LIMIT: Final = 2**62


@dataclass(frozen=True)
class SeriesSpec:
    """What is said of a series when it is registered."""

    asset_id: str
    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    kind: str = "other"
    data_type: str = "number"


@dataclass(frozen=True)
class SeriesFacts:
    """One series: where it belongs and how to read its numbers."""

    id: int
    asset_id: str
    name: str
    unit: str
    low: float | None
    high: float | None
    kind: str
    data_type: str


@dataclass(frozen=True)
class LatestValue:
    """The newest reading of a series by source time; of a Bad one without a number, `value` is None."""

    series_id: int
    ts: datetime
    value: float | None
    quality: int
    recorded_at: datetime


@dataclass(frozen=True)
class Points:
    """Readings of one series in the order of source time; arrays of one length.

    Attributes:
        series_id: whose they are.
        ts_us: int64, source time, µs since 1970.
        value: float64; NaN where a Bad reading has no number.
        quality: uint32, OPC UA StatusCode, 0 is Good.
        readings: how many the span holds.
        downsampled: whether some were left out.
        resolution: what they were taken from: `raw` readings or rollups; see `telemetry.queries.plots`.
    """

    series_id: int
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]
    readings: int
    downsampled: bool
    resolution: Resolution = "raw"

    @property
    def ts_ms(self) -> NDArray[np.int64]:
        """Source time in ms since 1970, as charts take it."""
        return self.ts_us // 1000


def _facts(series: Series) -> SeriesFacts:
    return SeriesFacts(
        id=series.id,
        asset_id=series.asset_id,
        name=series.name,
        unit=series.unit,
        low=series.low,
        high=series.high,
        kind=series.kind,
        data_type=series.data_type,
    )


def register_series(
    session: Session,
    asset_id: str,
    name: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    kind: str = "other",
    data_type: str = "number",
) -> int:
    """Return the id of an asset's series, made or brought up to date."""
    return register_many(session, [SeriesSpec(asset_id, name, unit, low, high, kind, data_type)])[0]


def register_many(session: Session, specs: Sequence[SeriesSpec]) -> list[int]:
    """Return the ids of many series, in the order of `specs`; of two for one series the last counts.

    An unknown kind becomes `other`, a range that cannot be one becomes unknown; see `telemetry.rules`.
    """
    wanted = {(spec.asset_id, spec.name): _values(spec) for spec in specs}
    asset_ids = sorted({spec.asset_id for spec in specs})
    known = {(s.asset_id, s.name): s for s in repository.series_of_assets(session, asset_ids)}
    missing = sorted(key for key in wanted if key not in known)
    if missing:
        repository.add_series(
            session, [{"asset_id": key[0], "name": key[1], **wanted[key]} for key in missing]
        )
        known = {(s.asset_id, s.name): s for s in repository.series_of_assets(session, asset_ids)}
    for key in sorted(wanted):
        changed = {k: v for k, v in wanted[key].items() if getattr(known[key], k) != v}
        if changed:
            repository.update_series(session, known[key].id, changed)
    return [known[spec.asset_id, spec.name].id for spec in specs]


def _values(spec: SeriesSpec) -> dict[str, Any]:
    low, high = rules.usable_range(spec.low, spec.high)
    return {
        "unit": spec.unit,
        "low": low,
        "high": high,
        "kind": rules.known_kind(spec.kind),
        "data_type": spec.data_type,
    }


def series_of_asset(session: Session, asset_id: str) -> list[SeriesFacts]:
    """Return the series of an asset by name."""
    return [_facts(series) for series in repository.series_of_assets(session, [asset_id])]


def get_series(session: Session, series_ids: Sequence[int]) -> dict[int, SeriesFacts]:
    """Return those of the series that exist."""
    return {s.id: _facts(s) for s in repository.series_by_id(session, series_ids)}


def find_series(session: Session, actor: Principal, series_id: int) -> SeriesFacts:
    """Return a series that the actor may read.

    Raises:
        Forbidden: the actor may not read telemetry.
        NotFound: it is not there or its asset is not in the actor's scope.
    """
    actor.require("telemetry.read")
    found = get_series(session, [series_id]).get(series_id)
    if found is None:
        raise NotFound(f"no series {series_id}")
    try:
        assets.get_asset(session, actor, found.asset_id)
    except NotFound:
        raise NotFound(f"no series {series_id}") from None
    return found


def series_in_scope(session: Session, actor: Principal, series_ids: Sequence[int]) -> list[int]:
    """Return those of the series that exist and that the actor sees, each once; made for thousands."""
    owner = dict(repository.owners_of_series(session, series_ids))
    seen = assets.asset_ids_in_scope(session, actor, set(owner.values()))
    return [series_id for series_id, asset_id in owner.items() if asset_id in seen]


def visible_series(
    session: Session, actor: Principal, series_ids: Sequence[int]
) -> list[SeriesFacts]:
    """Return many series that the actor may read, each once, in the order asked for.

    Raises:
        Forbidden: the actor may not read telemetry.
        NotFound: one is not there or its asset is not in the actor's scope.
    """
    actor.require("telemetry.read")
    wanted = list(dict.fromkeys(series_ids))
    found = get_series(session, wanted)
    # One question per asset, not per series: an asset's series are asked for together.
    seen = assets.asset_ids_in_scope(session, actor, {each.asset_id for each in found.values()})
    for series_id in wanted:
        if series_id not in found or found[series_id].asset_id not in seen:
            raise NotFound(f"no series {series_id}")
    return [found[series_id] for series_id in wanted]


def read_range(
    session: Session,
    series_id: int,
    start: datetime,
    end: datetime,
    max_points: int | None = None,
    *,
    method: Method = "minmax",
) -> Points:
    """Return the readings with `start <= ts < end`, all of them or at most `max_points` with spikes kept.

    Memory stays bounded however long the span is. Without `max_points`, or with the method `raw`, every
    reading is returned.

    Raises:
        SpanInvalid: the span does not begin before it ends.
        TooManyReadings: every reading was asked for and they are more than can be returned.
    """
    rules.check_span(start, end)
    if max_points is None or method == "raw":
        limit = min(max_points or RAW_POINTS_MAX, RAW_POINTS_MAX)
        reducer = Reducer(limit + 1, "raw")
        rows_max = limit + 1
    else:
        limit = rows_max = _NO_LIMIT
        reducer = Reducer(max_points, method)
    for block in repository.points(session, series_id, start, end, rows_max):
        reducer.add(block)
    if reducer.total > limit:
        raise TooManyReadings(
            f"the span holds more than {limit} readings; ask for a shorter one or down-sample",
            limit=limit,
        )
    ts_us, value, quality = reducer.result()
    return Points(series_id, ts_us, value, quality, reducer.total, len(ts_us) < reducer.total)


def latest(session: Session, series_ids: Sequence[int]) -> dict[int, LatestValue]:
    """Return the newest reading of each series that has one."""
    return {
        row.series_id: LatestValue(
            row.series_id,
            row.ts,
            None if math.isnan(row.value) else row.value,
            row.quality & 0xFFFFFFFF,
            row.recorded_at,
        )
        for row in repository.latest(session, series_ids)
    }


def storage_kind(engine: Engine) -> str:
    """Return the store in force, `timescaledb` or `postgresql`."""
    return stores.store_of(engine).kind


def ensure_partitions(engine: Engine, columns: ReadingColumns | None = None) -> int:
    """Make room for the days of `columns`, or without it for today and the coming week.

    Call it before the transaction that writes, never inside: see `telemetry.stores`. Returns how many
    partitions were made.

    Raises:
        DayOutOfBounds: a day is before 2000 or more than 8 days ahead.
    """
    today = datetime.now(UTC).date()
    days = (
        rules.keepable_days(columns.days(), today)
        if columns is not None
        else stores.days_ahead(today)
    )
    return stores.store_of(engine).ensure_days(days)


def forget_partitions(engine: Engine) -> None:
    """Ask the database anew which partitions there are, after an insert found one missing."""
    stores.store_of(engine).forget()


def copy_readings(
    engine: Engine, connection: psycopg.Connection[Any], columns: ReadingColumns
) -> None:
    """COPY readings in the transaction of `connection`, to the engine's database; nothing else is touched.

    The caller has validated them and made room for their days. No loop over rows; in the order of
    `ReadingColumns.by_series_and_time` it is fastest.
    """
    stores.store_of(engine).before_copy(connection, len(columns))
    repository.copy_stream(connection, pack_readings(columns))


def are_stored(session: Session, columns: ReadingColumns) -> NDArray[np.bool_]:
    """Tell of each reading whether it is stored: the same series, times, value and quality.

    Slow, a look-up for each; for what may have come before. At least one reading.
    """
    first, last = (
        datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(us))
        for us in (columns.ts_us.min(), columns.ts_us.max())
    )
    found = np.zeros(len(columns.series_id), np.bool_)
    found[np.array(repository.stored_of(session, columns, first, last), np.intp) - 1] = True
    return found


def store_readings(session: Session, prepared: PreparedReadings) -> None:
    """COPY readings, keep the latest values and mark what is to be rolled up, in the session's transaction.

    Everything that needs no database was done by `prepare_readings`; room for the days must be there.
    """
    if len(prepared.newest):
        connection = driver_connection(session)
        stores.store_of(session.get_bind().engine).before_copy(connection, prepared.rows)
        repository.copy_stream(connection, prepared.stream)
        repository.put_latest_and_marks(session, prepared.newest, prepared.marks)
