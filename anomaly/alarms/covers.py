"""What is in force at the place of alarms, and whether what it waits for is in alarm: read for `rules`."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from anomaly.alarms import repository
from anomaly.alarms.models import Suppression
from anomaly.alarms.rules import Cover, Standing, parent_stands
from anomaly.models import Alarm
from anomaly.rules import SuppressionKind
from registry.assets import service as assets
from telemetry import service as telemetry


class _Names:
    """Numbers of machines' series by name, read when first asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._of: dict[str, dict[str, int]] = {}

    def numbers(self, asset_id: str, names: Collection[str]) -> frozenset[int]:
        """Return those of a machine's series that have these names."""
        if not names:
            return frozenset()
        if asset_id not in self._of:
            known = telemetry.series_of_asset(self._session, asset_id)
            self._of[asset_id] = {facts.name: facts.id for facts in known}
        of = self._of[asset_id]
        return frozenset(of[name] for name in names if name in of)


def covers_of(session: Session, alarms: Collection[Alarm], at: datetime) -> dict[str, list[Cover]]:
    """Return, by alarm, what is in force at its place at a time."""
    types = assets.asset_types(session, {alarm.asset_id for alarm in alarms})
    models = {key: facts.model_id for key, facts in types.items()}
    sites = {alarm.site_id for alarm in alarms if alarm.site_id is not None}
    rows = repository.suppressions_at(session, set(models), sites, set(models.values()), at)
    here = {
        alarm.id: [row for row in rows if _is_at(row, alarm, models.get(alarm.asset_id))]
        for alarm in alarms
    }
    waited_for = {
        row.parent_asset_id or alarm.asset_id
        for alarm in alarms
        for row in here[alarm.id]
        if row.kind == SuppressionKind.PARENT
    }
    standing = repository.standing_at(session, waited_for)
    names = _Names(session)
    return {alarm.id: _covers(alarm, here[alarm.id], standing, names) for alarm in alarms}


def _is_at(row: Suppression, alarm: Alarm, model_id: str | None) -> bool:
    return (
        row.asset_id == alarm.asset_id
        or (row.site_id is not None and row.site_id == alarm.site_id)
        or (row.product_model_id is not None and row.product_model_id == model_id)
    )


def _covers(
    alarm: Alarm, rows: Sequence[Suppression], standing: Collection[Standing], names: _Names
) -> list[Cover]:
    # What a machine's own rules wait for is never hidden by one of them: two that wait for each other's
    # series would hide both.
    awaited = {
        row.parent_series
        for row in rows
        if row.parent_asset_id is None and row.parent_series is not None
    }
    spared = names.numbers(alarm.asset_id, awaited)
    return [_cover(alarm, row, standing, names, spared) for row in rows]


def _cover(
    alarm: Alarm,
    row: Suppression,
    standing: Collection[Standing],
    names: _Names,
    spared: frozenset[int],
) -> Cover:
    series = None if row.series_ids is None else frozenset(row.series_ids)
    if row.series_names is not None:
        series = names.numbers(alarm.asset_id, row.series_names)
    parent = row.parent_asset_id or alarm.asset_id
    awaited = None
    if row.parent_series is not None:
        awaited = names.numbers(parent, [row.parent_series])
    is_parent = row.kind == SuppressionKind.PARENT
    return Cover(
        row.id,
        SuppressionKind(row.kind),
        row.category,
        series,
        row.starts_at,
        parent_active=is_parent and parent_stands(standing, parent, awaited, row.parent_category),
        spared=spared if is_parent and row.parent_asset_id is None else frozenset(),
    )
