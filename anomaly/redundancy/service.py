"""Public verbs on redundant sensors."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from anomaly.redundancy import repository, rules
from anomaly.redundancy.models import RedundantSensors
from anomaly.redundancy.watch import Comparison
from anomaly.sources import RedundantGroup
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import StaleVersion
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import service as telemetry
from telemetry.queries.tables import TableQuestion, read_table

# What suggestions look at: means of five minutes over three days, of so many series of one kind at most.
_SUGGEST_SPAN = timedelta(days=3)
_SUGGEST_STEP = timedelta(minutes=5)
_SUGGEST_SERIES = 40


@dataclass(frozen=True)
class GroupsOfAsset:
    """What is set for a machine, and how it stands; version 0 and nothing where nobody has set any."""

    asset_id: str
    groups: tuple[RedundantGroup, ...]
    comparisons: tuple[Comparison, ...] = ()
    version: int = 0
    updated_at: datetime | None = None
    updated_by_name: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """Series that may measure the same: of one kind and unit, and moving alike."""

    series_ids: tuple[int, ...]
    correlation: float


def _group(packed: dict[str, Any]) -> RedundantGroup:
    return RedundantGroup(tuple(packed["series_ids"]), packed["tolerance"])


def groups_by_series(session: Session, asset_ids: Collection[str]) -> dict[int, RedundantGroup]:
    """Return the group of each series of these machines that is in one, for scoring."""
    return {
        series_id: group
        for row in repository.of_assets(session, asset_ids)
        for group in map(_group, row.groups)
        for series_id in group.series_ids
    }


def _facts(session: Session, row: RedundantSensors) -> GroupsOfAsset:
    groups = tuple(map(_group, row.groups))
    members = {key: group for group in groups for key in group.series_ids}
    stand = [
        Comparison(**{name: getattr(each, name) for name in Comparison.__dataclass_fields__})
        for each in repository.comparisons(session, members)
        if each.second in members[each.first].series_ids
    ]
    stand.sort(key=lambda one: (one.first, one.second))
    return GroupsOfAsset(
        row.asset_id, groups, tuple(stand), row.version, row.updated_at, row.updated_by_name
    )


def read_groups(session: Session, actor: Principal, asset_id: str) -> GroupsOfAsset:
    """Return the groups of a machine.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such machine in the actor's scope.
    """
    actor.require("alarms.read")
    assets.get_asset(session, actor, asset_id)
    rows = repository.of_assets(session, [asset_id])
    return _facts(session, rows[0]) if rows else GroupsOfAsset(asset_id, ())


def set_groups(
    session: Session,
    actor: Principal,
    asset_id: str,
    groups: Sequence[RedundantGroup],
    *,
    expected_version: int | None = None,
) -> GroupsOfAsset:
    """Set all groups of a machine; they hold within a minute. What is open of others returns to normal.

    Raises:
        Forbidden: the actor may not change machines.
        NotFound: there is no such machine in the actor's scope.
        InvalidGroups: they make no sense.
        StaleVersion: they have changed since `expected_version`.
    """
    actor.require("assets.write")
    owner = assets.get_asset(session, actor, asset_id).organisation_id
    series = {one.id: one for one in telemetry.series_of_asset(session, asset_id)}
    rules.check_groups(groups, series)
    row = repository.locked(session, asset_id)
    current = 0 if row is None else row.version
    if expected_version is not None and expected_version != current:
        raise StaleVersion("the groups have changed", expected=expected_version, current=current)
    before = [] if row is None else row.groups
    after = [
        {"series_ids": list(group.series_ids), "tolerance": group.tolerance} for group in groups
    ]
    if row is None:
        row = RedundantSensors(asset_id=asset_id)
        session.add(row)
    row.groups, row.updated_at, row.updated_by_name = after, utc_now(), actor.name
    session.flush()
    audit.record(
        session,
        actor,
        "redundant_sensors.set",
        "asset",
        asset_id,
        organisation_id=owner,
        changes={"groups": [before, after]},
    )
    announce(session, "asset", asset_id, owner)
    return _facts(session, row)


def suggest_groups(session: Session, actor: Principal, asset_id: str) -> list[Suggestion]:
    """Return series of a machine that look as if they measured the same and are in no group yet.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such machine in the actor's scope.
    """
    known = read_groups(session, actor, asset_id)
    grouped = {key for group in known.groups for key in group.series_ids}
    now = utc_now()
    found: list[Suggestion] = []
    for members in rules.candidates(telemetry.series_of_asset(session, asset_id), grouped):
        ids = [member.id for member in members][:_SUGGEST_SERIES]
        table = read_table(session, TableQuestion(ids, now - _SUGGEST_SPAN, now, _SUGGEST_STEP))
        found += [Suggestion(*each) for each in rules.suggested(ids, table.value)]
    return sorted(found, key=lambda one: -one.correlation)
