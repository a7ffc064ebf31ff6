"""Every query of `telemetry.queries`."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import driver_connection
from telemetry import repository
from telemetry.downsample import Arrays
from telemetry.queries.fill import Known

# Joined, because a row of a result costs more than what is in it.
_LATEST: Final = """
SELECT string_agg(
    int4send(series_id) || timestamptz_send(ts) || float8send(value) || int4send(quality)
    || timestamptz_send(recorded_at),
    ''::bytea ORDER BY series_id
)
FROM telemetry.latest WHERE series_id = ANY(%(series_ids)s::int4[])
"""
# Among readings of one time the greatest is the last and the least the first, as in rollups.
_NEAREST: Final = (
    "SELECT s.series_id, CAST(telemetry.micros(n.ts) AS int8), n.value "
    "FROM unnest(CAST(:series_ids AS int4[])) AS s(series_id) "
    "CROSS JOIN LATERAL ("
    "  SELECT r.ts, r.value FROM telemetry.readings r "
    "  WHERE r.series_id = s.series_id AND {side} "
    "  AND telemetry.usable(r.value, r.quality) IS NOT NULL ORDER BY {order} LIMIT 1"
    ") n"
)
_BEFORE: Final = text(
    _NEAREST.format(
        side="r.ts < :start AND r.ts >= CAST(:first AS timestamptz)",
        order="r.ts DESC, r.value DESC",
    )
)
_AFTER: Final = text(
    _NEAREST.format(
        side="r.ts >= :end AND r.ts < CAST(:last AS timestamptz)", order="r.ts, r.value"
    )
)


def latest_joined(session: Session, series_ids: Sequence[int]) -> bytes:
    """Return the newest readings of series, joined for `unpack_latest` in the order of the series."""
    with driver_connection(session).cursor(binary=True) as cursor:
        row = cursor.execute(_LATEST, {"series_ids": list(series_ids)}).fetchone()
    return b"" if row is None or row[0] is None else bytes(row[0])


def points(
    session: Session, series_id: int, start: datetime, end: datetime, rows_max: int
) -> Iterator[Arrays]:
    """Yield the readings of a series in blocks, ordered by source time, at most `rows_max` in all."""
    return repository.points(session, series_id, start, end, rows_max)


def nearest_before(
    session: Session, series_ids: Sequence[int], start: datetime, within: timedelta | None
) -> dict[int, Known]:
    """Return the last reading with a value before `start` of each series that has one `within` that time."""
    first = "-infinity" if within is None else start - within
    rows = session.execute(
        _BEFORE, {"series_ids": list(series_ids), "start": start, "first": first}
    )
    return {series_id: _known(ts_us, value) for series_id, ts_us, value in rows}


def nearest_after(
    session: Session, series_ids: Sequence[int], end: datetime, within: timedelta | None
) -> dict[int, Known]:
    """Return the first reading with a value from `end` on of each series that has one `within` that time."""
    last = "infinity" if within is None else end + within
    rows = session.execute(_AFTER, {"series_ids": list(series_ids), "end": end, "last": last})
    return {series_id: _known(ts_us, value) for series_id, ts_us, value in rows}


def _known(ts_us: int, value: float) -> Known:
    return Known(np.array([ts_us], np.int64), np.array([value]))
