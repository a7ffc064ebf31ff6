"""Celery's way into promised times: the sweeps that take what is due and what has become stale."""

from celery import shared_task

from kernel.db import database
from work_orders.sla import sweep

BATCHES_MAX = 50


@shared_task(name="work_orders.tell_due_times", ignore_result=True)
def tell_due_times() -> None:
    """Tell everything that is due, a batch a transaction."""
    for _ in range(BATCHES_MAX):
        with database().transaction() as session:
            if sweep.tell_due(session) < sweep.BATCH:
                return


@shared_task(name="work_orders.renew_due_times", ignore_result=True)
def renew_due_times() -> None:
    """Work out anew what a changed policy or calendar concerns, a batch a transaction."""
    for _ in range(BATCHES_MAX):
        with database().transaction() as session:
            if sweep.renew_stale(session) < sweep.BATCH:
                return
