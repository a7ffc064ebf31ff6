"""Public verbs on rollups."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.orm import Session

from telemetry.errors import SpanInvalid
from telemetry.rollups import repository
from telemetry.rollups.columns import RollupColumns, finished
from telemetry.rollups.rules import WIDTH, Step, steps_for, width_us

__all__ = ["RollupColumns", "Step", "read", "steps_for"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def read(
    session: Session, series_ids: Sequence[int], start: datetime, end: datetime, step: Step
) -> RollupColumns:
    """Return the buckets of some series that overlap `start <= t < end`, those with readings.

    The bucket in which `start` lies is there whole. What is not refreshed yet is computed, so that every
    reading committed before counts.

    Raises:
        SpanInvalid: a time has no offset from UTC, or the span does not begin before it ends.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise SpanInvalid("times need an offset from UTC")
    if start >= end:
        raise SpanInvalid("the span must begin before it ends")
    ids = sorted(set(series_ids)) or [0]
    width = WIDTH[step]
    first = start - (start - _EPOCH) % width
    last = end + (_EPOCH - end) % width
    rows = repository.of_readings(session, ids, [first] * len(ids), [last] * len(ids), width)
    return finished(rows, width_us(step), repository.around(session, ids, first))
