"""Upkeep of knowledge."""

from celery import shared_task

from kernel.db import database
from work_orders.knowledge.cases import index_missing

CASES_AT_ONCE = 100
# What one run does at most, so that a worker is soon free for others.
ROUNDS_MAX = 100


@shared_task(name="work_orders.index_missing_cases")
def index_missing_cases() -> int:
    """Make vectors of closed tickets that have none: from before there were any, or of another encoder."""
    done = 0
    for _ in range(ROUNDS_MAX):
        with database().transaction() as session:
            count = index_missing(session, CASES_AT_ONCE)
        done += count
        if count < CASES_AT_ONCE:
            break
    return done
