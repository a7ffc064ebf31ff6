"""Celery's way into backtests: a task per slice, each asking for the next, and a sweep for lost ones.

A slice takes a few seconds, so that a worker does the scoring of live readings in between.
"""

from datetime import timedelta
from typing import Any

from celery import shared_task
from sqlalchemy.orm import Session

from anomaly.directory import TelemetrySeries
from anomaly.history import repository
from anomaly.history.settings import BacktestSettings
from anomaly.history.slices import Slices
from anomaly.settings import AnomalySettings
from kernel.clock import utc_now
from kernel.db import database, on_commit
from kernel.settings import settings
from kernel.tasks import TransactionalTask

QUEUE = "scoring"


def slices() -> Slices:
    """Return what does the work, with real sources."""
    return Slices(
        database(), TelemetrySeries(), settings(AnomalySettings), settings(BacktestSettings)
    )


@shared_task(name="anomaly.replay_slice", ignore_result=True)
def replay_slice(backtest_id: str, generation: int) -> None:
    """Work on a backtest for a few seconds. Opens its own transactions."""
    following = slices().run(backtest_id, generation)
    if following is not None:
        enqueue(backtest_id, following)


@shared_task(name="anomaly.sweep_backtests", base=TransactionalTask, ignore_result=True)
def sweep_backtests(session: Session) -> None:
    """Ask for those that are new, and those whose worker is lost: another goes on from what was saved."""
    now = utc_now()
    for row in repository.lost(session, now):
        row.leased_until = now + timedelta(seconds=settings(BacktestSettings).lease_s)
        on_commit(session, _later(row.id, row.generation))


def enqueue(backtest_id: str, generation: int) -> None:
    """Ask for a slice; a message that waits longer than the lease is sent again by the sweep."""
    options: dict[str, Any] = {"queue": QUEUE, "expires": settings(BacktestSettings).lease_s}
    replay_slice.apply_async(args=(backtest_id, generation), **options)


def _later(backtest_id: str, generation: int) -> Any:
    return lambda: enqueue(backtest_id, generation)
