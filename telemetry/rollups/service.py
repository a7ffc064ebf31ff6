"""Public verbs on rollups."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from telemetry.errors import SpanInvalid
from telemetry.rollups import repository
from telemetry.rollups.columns import RollupColumns, RollupRows, combined, finished, joined
from telemetry.rollups.rules import FINER, Step, steps_for, width_us
from telemetry.rollups.spans import Spans, out_of_date

__all__ = ["RollupColumns", "Step", "read", "steps_for"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)


def read(
    session: Session,
    series_ids: Sequence[int],
    start: datetime,
    end: datetime,
    step: Step,
    *,
    times: int = 1,
) -> RollupColumns:
    """Return the buckets of some series that overlap `start <= t < end`, those with readings.

    The bucket in which `start` lies is there whole. What is not refreshed yet is computed, so that every
    reading committed before counts. Buckets are `times` steps long, and begin at multiples of that since
    1970.

    Raises:
        SpanInvalid: a time has no offset from UTC, or the span does not begin before it ends.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise SpanInvalid("times need an offset from UTC")
    if start >= end:
        raise SpanInvalid("the span must begin before it ends")
    width = width_us(step) * times
    first = (start - _EPOCH) // _US // width * width
    last = -((_EPOCH - end) // _US // width * width)
    ids = sorted(set(series_ids))
    rows = _rows(session, step, Spans.of(ids, first, last))
    if times > 1:
        rows = combined(rows, width)
    return finished(rows, width, repository.around(session, ids, first))


def _rows(session: Session, step: Step, spans: Spans) -> RollupRows:
    """Return the rows of spans: those stored, but for what is out of date, which is computed.

    What is marked is looked for first: what is refreshed meanwhile is only computed needlessly.
    """
    if len(spans) == 0:
        return joined([])
    stale = out_of_date(spans, repository.marked(session, step, spans))
    stored = repository.stored(session, step, spans)
    if len(stale) == 0:
        return stored
    if step in FINER:
        fresh = combined(_rows(session, FINER[step], stale), width_us(step))
    else:
        fresh = repository.of_readings(session, stale)
    return joined([stored.take(~stale.covers(stored.series_id, stored.bucket_us)), fresh])
