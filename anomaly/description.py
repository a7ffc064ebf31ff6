"""What an alarm says: its cause, its contributors and its severity, worked out from its deviations."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from anomaly import rules, texts
from anomaly.deviations import Deviation, Onset, Record
from anomaly.events import AlarmCleared, AlarmRaised, AlarmWorsened
from anomaly.models import Alarm, DeviationRow
from anomaly.sources import SeriesInfo
from registry.assets.service import AssetFacts

_CONTRIBUTORS_MAX = 20


def describe(
    alarm: Alarm,
    rows: Sequence[DeviationRow],
    asset: AssetFacts,
    infos: Mapping[int, SeriesInfo | None],
    priority: Callable[[str], str | None] = lambda _: None,
) -> None:
    """Set cause, contributors, severity, summary and suspicion from the deviations, oldest first.

    The series that began it stays the cause: what follows is mostly its consequence. Only where it led to no
    suspicion, one that does takes its place.

    `priority` says of a failure mode which severity its rationale gives, None where its score does; a limit
    has its own. An alarm grows more severe, and never less.
    """
    worst: dict[int, DeviationRow] = {}
    for row in rows:
        if row.series_id not in worst or row.score > worst[row.series_id].score:
            worst[row.series_id] = row
    ranked = sorted(worst.values(), key=lambda row: (-row.score, row.id))
    modes = {row.id: _mode(asset, infos.get(row.series_id), row) for row in rows}
    suspected = [row for row in rows if modes[row.id] != "unspecified"]
    lead = worst[(suspected or list(rows))[0].series_id]
    if alarm.failure_mode == "unspecified":
        alarm.failure_mode = modes[lead.id]
    alarm.score = ranked[0].score
    given = priority(alarm.failure_mode)
    for row in rows:
        severity = rules.severity_of(Record(row.record), row.score, row.severity or given)
        if rules.worse(severity, alarm.severity):
            alarm.severity = severity
    alarm.cause = _part(lead, infos.get(lead.series_id))
    alarm.contributors = [
        _part(row, infos.get(row.series_id)) for row in ranked[:_CONTRIBUTORS_MAX]
    ]
    info = infos.get(lead.series_id)
    if info is not None:
        alarm.summary = texts.summary(asset.name, info.name, info.unit, _deviation(lead), lead.mode)


def _mode(asset: AssetFacts, info: SeriesInfo | None, row: DeviationRow) -> str:
    kind = "other" if info is None else info.kind
    return rules.failure_mode_of(asset.equipment_class, kind, Record(row.record))


def _part(row: DeviationRow, info: SeriesInfo | None) -> dict[str, Any]:
    return {
        "series_id": row.series_id,
        "series_name": info.name if info else f"series {row.series_id}",
        "kind": info.kind if info else "other",
        "unit": info.unit if info else "",
        "record": row.record,
        "expected": [row.low, row.high],
        "seen": row.seen,
        "score": round(row.score, 3),
        "since": row.onset_at.isoformat(),
        "active": row.ended_at is None,
        "mode": row.mode,
        "feature": row.feature,
    }


def _deviation(row: DeviationRow) -> Deviation:
    onset = Onset(
        epoch=str(row.onset_epoch),
        lane=row.onset_lane,
        seq=row.onset_seq,
        index=row.onset_index,
        ts_us=round(row.onset_at.timestamp() * 1e6),
    )
    seen = math.nan if row.seen is None else row.seen
    return Deviation(
        Record(row.record), onset, row.low, row.high, seen, row.score, row.since_s,
        feature=row.feature,
    )  # fmt: skip


def _facts(alarm: Alarm) -> dict[str, Any]:
    return {
        "alarm_id": alarm.id,
        "asset_id": alarm.asset_id,
        "organisation_id": alarm.organisation_id,
        "severity": alarm.severity,
        "category": alarm.category,
        "failure_mode": alarm.failure_mode,
        "summary": alarm.summary,
        "cause": alarm.cause,
        "contributors": alarm.contributors,
        "historical": alarm.historical,
    }


def raised(alarm: Alarm) -> AlarmRaised:
    """Return the event that tells of a new, or renewed, alarm."""
    return AlarmRaised(
        **_facts(alarm),
        onset_at=alarm.onset_at,
        raised_at=alarm.raised_at,
        occurrence=alarm.occurrences,
    )


def worsened(alarm: Alarm, evidence_at: datetime) -> AlarmWorsened:
    """Return the event that tells of an alarm grown worse by a reading of `evidence_at`."""
    return AlarmWorsened(**_facts(alarm), evidence_at=evidence_at, occurrence=alarm.occurrences)


def cleared(alarm: Alarm, cleared_at: datetime) -> AlarmCleared:
    """Return the event that tells of an alarm that is over."""
    return AlarmCleared(
        alarm_id=alarm.id,
        asset_id=alarm.asset_id,
        historical=alarm.historical,
        cleared_at=cleared_at,
        occurrence=alarm.occurrences,
    )
