"""Celery's way into scoring: one task per shard, and the sweep that finds shards with work.

The database says what is unscored; a wake-up only makes it sooner. A second task for the same shard finds its
row locked and ends at once.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from celery import shared_task
from sqlalchemy.orm import Session

from anomaly.alarms import standing
from anomaly.directory import IngestFrames, TelemetrySeries
from anomaly.history import tasks as history_tasks
from anomaly.scoring.memory import Memory
from anomaly.scoring.scorer import Outcome, Scorer
from anomaly.settings import AnomalySettings
from kernel.clock import utc_now
from kernel.db import database
from kernel.settings import settings
from kernel.tasks import TransactionalTask

QUEUE = history_tasks.QUEUE
# A wake-up that waited longer is not needed: the sweep has asked again since.
_EXPIRES_S = 30


@cache
def _memory() -> Memory:
    return Memory()


def scorer() -> Scorer:
    """Return the scorer of this process: real sources, and the memory its tasks share."""
    return Scorer(
        database(), IngestFrames(), TelemetrySeries(), settings(AnomalySettings), _memory()
    )


@shared_task(name="anomaly.score_shard", ignore_result=True)
def score_shard(shard: int) -> None:
    """Score what is new in a shard. Opens its own transactions: one per batch."""
    if scorer().run(shard).outcome is Outcome.MORE:
        enqueue([shard])


@shared_task(name="anomaly.sweep", ignore_result=True)
def sweep() -> None:
    """Enqueue every shard in which a cursor is behind its head."""
    with database().transaction() as session:
        shards = scorer().shards_with_work(session)
    enqueue(shards)


@shared_task(name="anomaly.tend_alarms", base=TransactionalTask, ignore_result=True)
def tend_alarms(session: Session) -> None:
    """Let shelving, maintenance windows and floods begin and end as time goes on."""
    standing.tend(session, utc_now(), settings(AnomalySettings))


def enqueue(shards: Iterable[int]) -> None:
    """Ask for shards to be scored."""
    for shard in shards:
        options: dict[str, Any] = {"queue": QUEUE, "expires": _EXPIRES_S}
        score_shard.apply_async(args=(shard,), **options)
