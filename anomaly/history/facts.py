"""What a backtest, a machine in it and an alarm it found look like from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anomaly.history.models import Backtest, BacktestAlarm, BacktestAsset
from anomaly.history.rules import per_month


@dataclass(frozen=True)
class AssetPart:
    """One machine of a backtest; see `anomaly.history.models.BacktestAsset`. `progress` is from 0 to 1."""

    asset_id: str
    series: int
    progress: float
    readings: int
    left_out: int
    alarms: int
    judged_from: datetime | None
    warm_at: datetime | None
    cold_series: int
    judged_s: float
    in_alarm_s: float


@dataclass(frozen=True)
class BacktestFacts:
    """One backtest; see `anomaly.history.models.Backtest`.

    Attributes:
        progress: from 0 to 1, of the whole.
        alarms_found, alarms_kept: there would have been, and those of them that can be read.
        alarms_per_month: per device and month of judged time; None while nothing was judged.
        in_alarm: part of the judged time in alarm; None while nothing was judged.
        readings_per_s: of source readings while it was worked on.
    """

    id: str
    organisation_id: str
    applies_to: str
    target: str | None
    detector: str | None
    parameters: dict[str, Any]
    detector_version: str
    begins_at: datetime
    ends_at: datetime
    assets: tuple[AssetPart, ...]
    assets_left_out: int
    state: str
    problem: str | None
    progress: float
    readings: int
    readings_per_s: float | None
    alarms_found: int
    alarms_kept: int
    alarms_per_month: float | None
    in_alarm: float | None
    worked_s: float
    requested_at: datetime
    requested_by: str | None
    requested_by_name: str
    started_at: datetime | None
    ended_at: datetime | None
    version: int


@dataclass(frozen=True)
class AlarmThere:
    """An alarm there would have been; see `anomaly.history.models.BacktestAlarm`."""

    number: int
    asset_id: str
    category: str
    severity: str
    failure_mode: str
    onset_at: datetime
    raised_at: datetime
    returned_at: datetime | None
    occurrences: int
    score: float
    summary: dict[str, Any]
    cause: dict[str, Any]
    contributors: list[dict[str, Any]]


def facts_of(row: Backtest, places: Sequence[BacktestAsset], kept: int) -> BacktestFacts:
    """Return a backtest with its machines, in their order, of whose alarms so many are `kept`."""
    span_s = (row.ends_at - row.begins_at).total_seconds()
    parts = tuple(_part(place, row, span_s) for place in places)
    judged_s = sum(part.judged_s for part in parts)
    readings = sum(part.readings for part in parts)
    same = {
        name: getattr(row, name)
        for name in BacktestFacts.__dataclass_fields__
        if hasattr(row, name)
    }
    return BacktestFacts(
        **same
        | {
            "target": row.target or None,
            "assets": parts,
            "progress": sum(part.progress for part in parts) / len(parts),
            "readings": readings,
            "readings_per_s": readings / row.worked_s if row.worked_s > 0 else None,
            "alarms_kept": kept,
            "alarms_per_month": per_month(row.alarms_found, judged_s),
            "in_alarm": sum(part.in_alarm_s for part in parts) / judged_s if judged_s else None,
        }
    )


def _part(place: BacktestAsset, row: Backtest, span_s: float) -> AssetPart:
    same = {
        name: getattr(place, name)
        for name in AssetPart.__dataclass_fields__
        if hasattr(place, name)
    }
    done_s = (place.position_at - row.begins_at).total_seconds()
    return AssetPart(**same | {"progress": min(done_s / span_s, 1.0)})


def alarm_there(row: BacktestAlarm) -> AlarmThere:
    """Return an alarm."""
    return AlarmThere(**{name: getattr(row, name) for name in AlarmThere.__dataclass_fields__})
