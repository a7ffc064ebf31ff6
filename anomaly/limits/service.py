"""Public verbs on limits: of a series, or of all series of a name on machines of a product model.

What is set for a series itself counts, even where that is nothing; otherwise what is set for its model.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from anomaly.limits.models import ModelLimits, SeriesLimits
from anomaly.limits.rules import check_limits
from anomaly.sources import Limit
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import StaleVersion
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import service as telemetry
from telemetry.service import SeriesFacts


class Applies(StrEnum):
    """Whose limits count for a series."""

    SERIES = "series"
    PRODUCT_MODEL = "product_model"
    NONE = "none"


@dataclass(frozen=True)
class LimitsOfSeries:
    """What counts for a series.

    Attributes:
        limits: that count.
        applies: whose they are.
        version: of what is set for the series itself; 0 where nothing is.
        of_model: what is set for its model, whether it counts or not.
        updated_at: when those that count were set, and by whom.
    """

    series_id: int
    limits: tuple[Limit, ...]
    applies: str = Applies.NONE.value
    version: int = 0
    of_model: tuple[Limit, ...] = ()
    updated_at: datetime | None = None
    updated_by_name: str | None = None


def _limits(row: SeriesLimits | ModelLimits) -> tuple[Limit, ...]:
    return tuple(Limit(**each) for each in row.limits)


def _facts(
    series_id: int, own: SeriesLimits | None, of_model: ModelLimits | None
) -> LimitsOfSeries:
    inherited = _limits(of_model) if of_model is not None else ()
    if own is not None:
        return LimitsOfSeries(
            series_id, _limits(own), Applies.SERIES.value, own.version, inherited,
            own.updated_at, own.updated_by_name,
        )  # fmt: skip
    if of_model is not None and inherited:
        return LimitsOfSeries(
            series_id, inherited, Applies.PRODUCT_MODEL.value, 0, inherited,
            of_model.updated_at, of_model.updated_by_name,
        )  # fmt: skip
    return LimitsOfSeries(series_id, ())


def _in_force(session: Session, series: Collection[SeriesFacts]) -> dict[int, LimitsOfSeries]:
    """Return what counts for each of the series, in three questions."""
    own = {
        row.series_id: row
        for row in session.scalars(
            select(SeriesLimits).where(SeriesLimits.series_id.in_([each.id for each in series]))
        )
    }
    models = assets.asset_types(session, {each.asset_id for each in series})
    of_models = {
        (row.model_id, row.series_name): row
        for row in session.scalars(
            select(ModelLimits).where(
                ModelLimits.model_id.in_({each.model_id for each in models.values()})
            )
        )
    }
    return {
        each.id: _facts(
            each.id,
            own.get(each.id),
            of_models.get((models[each.asset_id].model_id, each.name))
            if each.asset_id in models
            else None,
        )
        for each in series
    }


def limits_by_series(
    session: Session, series: Collection[SeriesFacts]
) -> dict[int, tuple[Limit, ...]]:
    """Return the limits that count for each series that has some, for scoring."""
    found = _in_force(session, series)
    return {series_id: each.limits for series_id, each in found.items() if each.limits}


def read_limits(session: Session, actor: Principal, series_id: int) -> LimitsOfSeries:
    """Return what counts for a series.

    Raises:
        Forbidden: the actor may not see alarms, or not read telemetry.
        NotFound: there is no such series in the actor's scope.
    """
    actor.require("alarms.read")
    series = telemetry.find_series(session, actor, series_id)
    return _in_force(session, [series])[series_id]


def limits_of_asset(
    session: Session, actor: Principal, asset_id: str
) -> list[tuple[SeriesFacts, LimitsOfSeries]]:
    """Return each series of a machine that can have limits, with what counts for it, by name.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such asset in the actor's scope.
    """
    actor.require("alarms.read")
    assets.get_asset(session, actor, asset_id)
    series = [
        each
        for each in telemetry.series_of_asset(session, asset_id)
        if each.data_type == "number" and each.kind != "state"
    ]
    found = _in_force(session, series)
    return [(each, found[each.id]) for each in sorted(series, key=lambda one: one.name)]


def set_limits(
    session: Session,
    actor: Principal,
    series_id: int,
    limits: Sequence[Limit],
    *,
    expected_version: int | None = None,
) -> LimitsOfSeries:
    """Set all limits of a series, whatever its model has; they hold within a minute.

    What is over by that returns to normal.

    Raises:
        Forbidden: the actor may not change machines.
        NotFound: there is no such series in the actor's scope.
        InvalidLimits: they make no sense.
        StaleVersion: they have changed since `expected_version`.
    """
    actor.require("assets.write")
    series = telemetry.find_series(session, actor, series_id)
    check_limits(limits)
    row = _locked(session, series_id, expected_version)
    before = [] if row is None else row.limits
    after = [asdict(limit) for limit in limits]
    if row is None:
        row = SeriesLimits(series_id=series_id, asset_id=series.asset_id)
        session.add(row)
    row.limits, row.updated_at, row.updated_by_name = after, utc_now(), actor.name
    session.flush()
    _note(session, actor, series, "limits.set", [before, after])
    return _in_force(session, [series])[series_id]


def inherit_limits(
    session: Session, actor: Principal, series_id: int, *, expected_version: int | None = None
) -> LimitsOfSeries:
    """Forget what is set for a series itself: what its model has counts again.

    Raises:
        Forbidden, NotFound, StaleVersion: as for `set_limits`.
    """
    actor.require("assets.write")
    series = telemetry.find_series(session, actor, series_id)
    row = _locked(session, series_id, expected_version)
    if row is not None:
        before = row.limits
        session.delete(row)
        session.flush()
        _note(session, actor, series, "limits.inherit", [before, None])
    return _in_force(session, [series])[series_id]


def _locked(session: Session, series_id: int, expected_version: int | None) -> SeriesLimits | None:
    row = session.get(SeriesLimits, series_id, with_for_update=True, populate_existing=True)
    _require_version(0 if row is None else row.version, expected_version)
    return row


def _require_version(current: int, expected: int | None) -> None:
    if expected is not None and expected != current:
        raise StaleVersion("the limits have changed", expected=expected, current=current)


def _note(
    session: Session, actor: Principal, series: SeriesFacts, verb: str, change: list[object]
) -> None:
    owner = assets.get_asset(session, actor, series.asset_id).organisation_id
    audit.record(
        session,
        actor,
        verb,
        "series",
        str(series.id),
        organisation_id=owner,
        changes={"limits": change},
    )
    announce(session, "asset", series.asset_id, owner)
