"""From deviations of series to alarms of devices, in the transaction that moves the cursor.

The database is the authority on alarms: models only know which of their series deviates. An alarm is opened
by the first deviating series of a device, joined by the others, worsens with them and returns to normal with
the last of them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from anomaly import description, repository, rules, texts
from anomaly.alarms import standing
from anomaly.deviations import Change, Deviation, Onset, Record, Transition
from anomaly.models import Alarm, DeviationRow
from anomaly.modes import repository as modes
from anomaly.rationale import repository as rationales
from anomaly.rules import AlarmAction, AlarmState
from anomaly.settings import AnomalySettings
from anomaly.sources import BACKLOG, SeriesDirectory, SeriesInfo
from kernel.errors import Conflict
from kernel.ids import new_id
from kernel.log import get_logger
from registry.assets import service as assets
from registry.assets.service import AssetFacts
from registry.permissions import PLATFORM

log = get_logger(__name__)


@dataclass(frozen=True)
class Context:
    """What is the same for all transitions of one batch."""

    agent_id: str
    detector: str
    directory: SeriesDirectory
    now: datetime
    rejoin: timedelta
    section: AnomalySettings


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _onset_columns(onset: Onset) -> dict[str, Any]:
    return {
        "onset_epoch": UUID(onset.epoch),
        "onset_lane": onset.lane,
        "onset_seq": onset.seq,
        "onset_index": onset.index,
    }


def _measures(deviation: Deviation) -> dict[str, Any]:
    return {"seen": _finite(deviation.seen), "score": deviation.score}


class Incidents:
    """Applies transitions to alarms, one after the other: how they are batched changes nothing."""

    def __init__(self, session: Session, context: Context) -> None:
        self._session = session
        self._context = context
        self._assets: dict[str, AssetFacts] = {}
        self._infos: dict[int, SeriesInfo | None] = {}
        self._priorities: dict[tuple[str, str], str | None] = {}

    def apply(self, transitions: Iterable[Transition]) -> int:
        """Record transitions, bring their alarms up to date and tell the others; return alarms raised."""
        raised = 0
        for transition in transitions:
            if transition.change is Change.STARTED:
                raised += self._start(transition)
            else:
                self._change(transition)
        return raised

    def forget(self, lost: Iterable[DeviationRow], reason: str) -> None:
        """End deviations that the models no longer know of: they were learnt anew."""
        for row in lost:
            row.ended_at, row.end_reason = self._context.now, reason
            self._session.flush()
            self._refresh(row.alarm_id, row.onset_at, is_new=False)

    def _asset(self, asset_id: str) -> AssetFacts:
        if asset_id not in self._assets:
            self._assets[asset_id] = assets.get_asset(self._session, PLATFORM, asset_id)
        return self._assets[asset_id]

    def _info(self, series_id: int) -> SeriesInfo | None:
        if series_id not in self._infos:
            found = self._context.directory.series(self._session, [series_id])
            self._infos[series_id] = found.get(series_id)
        return self._infos[series_id]

    def _priority(self, asset: AssetFacts, failure_mode: str) -> str | None:
        """Return the severity that the rationale of a failure mode gives, None where the score says it."""
        key = failure_mode, asset.equipment_class
        if key not in self._priorities:
            self._priorities[key] = rationales.priority_of(self._session, *key)
        return self._priorities[key]

    def _detector_of(self, series_id: int, record: Record) -> str:
        """Return what judged: the detector in force, or, where no model did, the limits."""
        if record.is_limit:
            return f"limit/{record.value}"
        if record.is_comparison:
            return "redundant_sensors/1"
        info = self._info(series_id)
        chosen = None if info is None else info.detector
        return self._context.detector if chosen is None else chosen.version

    def _onset(self, transition: Transition) -> dict[str, Any]:
        """Return what names a deviation for good: a replay finds the same."""
        return {
            "series_id": transition.series_id,
            "detector": self._detector_of(transition.series_id, transition.deviation.record),
            **_onset_columns(transition.deviation.onset),
        }

    def _start(self, transition: Transition) -> bool:
        """Record a new deviation; tell whether an alarm was raised with it."""
        session, deviation = self._session, transition.deviation
        info = self._info(transition.series_id)
        onset = self._onset(transition)
        # Removed while it was being scored; or recorded before, and told before.
        if info is None or repository.is_known(session, onset):
            return False
        alarm_id, is_new = self._alarm_for(info, transition)
        repository.add_deviation(
            session,
            {
                **onset,
                **_measures(deviation),
                "alarm_id": alarm_id,
                "agent_id": self._context.agent_id,
                "record": deviation.record.value,
                "onset_at": _moment(deviation.onset.ts_us),
                "low": _finite(deviation.low),
                "high": _finite(deviation.high),
                "since_s": deviation.since_s,
                "severity": deviation.severity,
                "feature": deviation.feature,
                "mode": modes.mode_at(session, info.asset_id, _moment(deviation.onset.ts_us)),
            },
        )
        return self._refresh(alarm_id, _moment(transition.ts_us), is_new=is_new)

    def _alarm_for(self, info: SeriesInfo, transition: Transition) -> tuple[str, bool]:
        """Return the alarm a deviation belongs to, opened if need be, and whether it is new."""
        session, context, deviation = self._session, self._context, transition.deviation
        category = rules.category_of(deviation.record)
        historical = deviation.onset.lane == BACKLOG
        found = repository.open_alarm(session, info.asset_id, category, historical=historical)
        if found is None:
            found = repository.alarm_returned_near(
                session,
                info.asset_id,
                category,
                historical=historical,
                at=_moment(transition.ts_us),
                within=context.rejoin,
            )
        if found is not None:
            return found.id, False
        values = self._new_alarm(info, deviation, category, historical=historical)
        if repository.add_alarm(session, values):
            return str(values["id"]), True
        # Another shard, with other series of this device, was first.
        found = repository.open_alarm(session, info.asset_id, category, historical=historical)
        if found is None:
            # And it is over already. The whole batch is rolled back and scored again.
            raise Conflict(f"the alarm of asset {info.asset_id} changed meanwhile")
        return found.id, False

    def _new_alarm(
        self, info: SeriesInfo, deviation: Deviation, category: str, *, historical: bool
    ) -> dict[str, Any]:
        asset = self._asset(info.asset_id)
        mode = rules.failure_mode_of(asset.equipment_class, info.kind, deviation.record)
        given = deviation.severity or self._priority(asset, mode)
        return {
            "id": new_id("alm"),
            "asset_id": asset.id,
            "organisation_id": asset.organisation_id,
            "site_id": asset.site_id,
            "category": category,
            "severity": rules.severity_of(deviation.record, deviation.score, given),
            "failure_mode": mode,
            "state": AlarmState.ACTIVE_UNACKNOWLEDGED.value,
            "historical": historical,
            "detector": self._detector_of(info.series_id, deviation.record),
            "onset_at": _moment(deviation.onset.ts_us),
            "raised_at": self._context.now,
            "summary": texts.summary(asset.name, info.name, info.unit, deviation),
            "cause": {},
            "contributors": [],
            "score": deviation.score,
            **_onset_columns(deviation.onset),
        }

    def _change(self, transition: Transition) -> None:
        values = _measures(transition.deviation)
        if transition.change is Change.ENDED:
            values |= {"ended_at": _moment(transition.ts_us), "end_reason": "returned"}
        alarm_id = repository.change_deviation(self._session, self._onset(transition), values)
        if alarm_id is not None:
            self._refresh(alarm_id, _moment(transition.ts_us), is_new=False)

    def _refresh(self, alarm_id: str, evidence_at: datetime, *, is_new: bool) -> bool:
        """Work an alarm out anew from its deviations and tell the others; return whether it was raised.

        `evidence_at` is the source time of the reading that changed one of them.
        """
        session = self._session
        alarm = repository.alarm(session, alarm_id, lock=True)
        assert alarm is not None  # a foreign key says so
        rows = repository.deviations_of(session, alarm_id)
        active = [row for row in rows if row.ended_at is None]
        raised = is_new
        before = (alarm.severity, alarm.failure_mode)
        if active and not AlarmState(alarm.state).is_active:
            self._reactivate(alarm)
            raised = True
        infos = {row.series_id: self._info(row.series_id) for row in rows}
        asset = self._asset(alarm.asset_id)
        priority = partial(self._priority, asset)
        description.describe(alarm, active or list(rows), asset, infos, priority)
        now = self._context.now
        if raised:
            standing.begin(session, alarm, now, self._context.section)
            log.info(
                "alarm raised", alarm_id=alarm.id, asset_id=alarm.asset_id,
                failure_mode=alarm.failure_mode, severity=alarm.severity,
            )  # fmt: skip
        elif before != (alarm.severity, alarm.failure_mode):
            standing.worsen(alarm, evidence_at)
        if not active and AlarmState(alarm.state).is_active:
            returned_at = max(row.ended_at for row in rows if row.ended_at is not None)
            standing.end(session, alarm, returned_at, now)
        standing.settle(session, alarm, rows, now)
        return raised

    def _reactivate(self, alarm: Alarm) -> None:
        alarm.state = rules.next_state(AlarmState(alarm.state), AlarmAction.REACTIVATE).value
        alarm.returned_at = alarm.acknowledged_at = None
        alarm.acknowledged_by = alarm.acknowledged_by_name = None
        alarm.raised_at = self._context.now
        alarm.occurrences += 1
