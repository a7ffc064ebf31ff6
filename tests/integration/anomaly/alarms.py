"""Alarms made straight from transitions, without scoring readings first."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from anomaly.deviations import Change, Deviation, Onset, Record, Transition
from anomaly.incidents import Context, Incidents
from anomaly.sources import MemorySource
from kernel.db import Database
from tests.integration.anomaly.world import EPOCH, SECTION, START

_seqs = count()
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def transition(
    series_id: int,
    *,
    record: Record = Record.HIGH,
    score: float = 2.0,
    second: float = 0.0,
    lane: str = "live",
    epoch: UUID = EPOCH,
) -> Transition:
    """A deviation of a series that starts `second` seconds after the plant's first."""
    ts_us = round((START.timestamp() + second) * 1e6)
    onset = Onset(str(epoch), lane, next(_seqs), 0, ts_us)
    return Transition(
        series_id, Change.STARTED, Deviation(record, onset, 1.0, 2.0, 3.5, score), ts_us, 0
    )


def ended(started: Transition, *, after_s: float = 60.0) -> Transition:
    return Transition(
        started.series_id,
        Change.ENDED,
        started.deviation,
        started.ts_us + round(after_s * 1e6),
        0,
    )


def apply(
    database: Database,
    source: MemorySource,
    *transitions: Transition,
    agent: str = "gw",
    at: datetime = NOW,
) -> int:
    context = Context(agent, "ew_chart/2", source, at, timedelta(seconds=600), SECTION)
    with database.transaction() as session:
        return Incidents(session, context).apply(transitions)
