"""Public verbs on limits."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from anomaly.limits.models import SeriesLimits
from anomaly.limits.rules import check_limits
from anomaly.sources import Limit
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import StaleVersion
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import service as telemetry


@dataclass(frozen=True)
class LimitsOfSeries:
    """What is set for a series; version 0 and nothing where nobody has set any."""

    series_id: int
    limits: tuple[Limit, ...]
    version: int = 0
    updated_at: datetime | None = None
    updated_by_name: str | None = None


def _limits(row: SeriesLimits) -> tuple[Limit, ...]:
    return tuple(Limit(**each) for each in row.limits)


def _facts(row: SeriesLimits) -> LimitsOfSeries:
    return LimitsOfSeries(
        row.series_id, _limits(row), row.version, row.updated_at, row.updated_by_name
    )


def limits_by_series(session: Session, series_ids: Collection[int]) -> dict[int, tuple[Limit, ...]]:
    """Return the limits of each series that has some, for scoring."""
    rows = session.scalars(select(SeriesLimits).where(SeriesLimits.series_id.in_(series_ids)))
    return {row.series_id: _limits(row) for row in rows if row.limits}


def read_limits(session: Session, actor: Principal, series_id: int) -> LimitsOfSeries:
    """Return what is set for a series.

    Raises:
        Forbidden: the actor may not see alarms, or not read telemetry.
        NotFound: there is no such series in the actor's scope.
    """
    actor.require("alarms.read")
    telemetry.find_series(session, actor, series_id)
    row = session.get(SeriesLimits, series_id)
    return LimitsOfSeries(series_id, ()) if row is None else _facts(row)


def set_limits(
    session: Session,
    actor: Principal,
    series_id: int,
    limits: Sequence[Limit],
    *,
    expected_version: int | None = None,
) -> LimitsOfSeries:
    """Set all limits of a series; they hold within a minute. What is over by that returns to normal.

    Raises:
        Forbidden: the actor may not change machines.
        NotFound: there is no such series in the actor's scope.
        InvalidLimits: they make no sense.
        StaleVersion: they have changed since `expected_version`.
    """
    actor.require("assets.write")
    series = telemetry.find_series(session, actor, series_id)
    check_limits(limits)
    row = session.get(SeriesLimits, series_id, with_for_update=True, populate_existing=True)
    current = 0 if row is None else row.version
    if expected_version is not None and expected_version != current:
        raise StaleVersion("the limits have changed", expected=expected_version, current=current)
    before = [] if row is None else row.limits
    after = [asdict(limit) for limit in limits]
    if row is None:
        row = SeriesLimits(series_id=series_id, asset_id=series.asset_id)
        session.add(row)
    row.limits, row.updated_at, row.updated_by_name = after, utc_now(), actor.name
    session.flush()
    owner = assets.get_asset(session, actor, series.asset_id).organisation_id
    audit.record(
        session,
        actor,
        "limits.set",
        "series",
        str(series_id),
        organisation_id=owner,
        changes={"limits": [before, after]},
    )
    announce(session, "asset", series.asset_id, owner)
    return _facts(row)
