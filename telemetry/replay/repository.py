"""Every query of `telemetry.replay`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from telemetry.downsample import Arrays
from telemetry.export import repository as readings

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_WITH_READINGS: Final = text(
    "SELECT s.id FROM unnest(CAST(:series_ids AS int4[])) AS s(id) WHERE EXISTS ("
    "  SELECT 1 FROM telemetry.readings r"
    "  WHERE r.series_id = s.id AND r.ts >= :start AND r.ts < :end"
    ") ORDER BY s.id"
)
_COUNT: Final = text(
    "SELECT count(*) FROM telemetry.readings WHERE series_id = :series_id AND ts = :ts"
)


def moment(us: int) -> datetime:
    """Return µs since 1970 as a moment, exactly."""
    return _EPOCH + timedelta(microseconds=us)


def block(session: Session, series_id: int, start_us: int, end_us: int, rows_max: int) -> Arrays:
    """Return the first readings with `start_us <= ts < end_us` by source time."""
    return readings.block(session, series_id, start_us, end_us, rows_max)


def series_with_readings(
    session: Session, series_ids: Sequence[int], start: datetime, end: datetime
) -> list[int]:
    """Return those of the series that have a reading with `start <= ts < end`."""
    asked = {"series_ids": list(series_ids), "start": start, "end": end}
    return list(session.scalars(_WITH_READINGS, asked))


def count_at(session: Session, series_id: int, ts_us: int) -> int:
    """Return how many readings a series has of one instant."""
    asked = {"series_id": series_id, "ts": moment(ts_us)}
    return int(session.execute(_COUNT, asked).scalar_one())
