"""What may go: frames that scoring has passed, readings beyond their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ingest import retention as frames
from ingest.retention import FramesDay, LaneKey
from ingest.settings import Ingest
from kernel.clock import utc_now
from kernel.day_partitions import DayPartition
from kernel.db import Database
from kernel.settings import settings
from telemetry import retention as readings
from telemetry.settings import TelemetrySettings


@dataclass(frozen=True)
class OldDays:
    """Days of frames before today, with what is to become of each, and of readings.

    Attributes:
        readings_before: readings of days before this one are to go; None when they stay for ever.
    """

    frames: Sequence[FramesDay]
    readings: Sequence[DayPartition]
    readings_before: date | None


def _readings_before() -> date | None:
    days = settings(Ingest).readings_keep_days
    return utc_now().date() - timedelta(days=days) if days else None


def _needed_from(database: Database) -> dict[LaneKey, int]:
    # Only here: scoring's package is not needed for anything else a worker of the default queue does.
    from anomaly import service as anomaly

    with database.transaction() as session:
        needed = anomaly.frames_needed_from(session)
    return {(lane.agent_id, lane.epoch, lane.lane): seq for lane, seq in needed.items()}


def _remove_of_anomaly(database: Database) -> None:
    from anomaly.expectations import service as expectations
    from anomaly.modes import service as modes
    from anomaly.settings import AnomalySettings

    keep, now = settings(AnomalySettings), utc_now()
    expectations.remove_old(database, now - timedelta(days=keep.expected_keep_days))
    modes.remove_old(database, now - timedelta(days=keep.modes_keep_days))


def plan(database: Database) -> OldDays:
    """Tell what there is and what would go; nothing is changed."""
    needed, chosen = _needed_from(database), settings(Ingest)
    with database.transaction() as session:
        days = frames.plan_frames(session, needed, chosen, frames.last_open_day())
    return OldDays(days, readings.readings_days(database), _readings_before())


def apply(database: Database) -> OldDays:
    """Remove what may go; return what is gone."""
    before = _readings_before()
    gone = frames.remove_frames(database, _needed_from(database), settings(Ingest))
    old = readings.remove_readings(database, before) if before is not None else []
    readings.remove_rollups(database, utc_now().date(), settings(TelemetrySettings))
    _remove_of_anomaly(database)
    return OldDays(gone, old, before)
