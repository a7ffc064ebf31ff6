"""Upkeep of `api`."""

from datetime import timedelta

from celery import shared_task
from sqlalchemy.orm import Session

from api import idempotency
from kernel.clock import utc_now
from kernel.tasks import TransactionalTask


@shared_task(name="api.forget_idempotency_keys", base=TransactionalTask)
def forget_idempotency_keys(session: Session) -> None:
    """Drop keys that are older than clients may count on."""
    idempotency.forget(session, utc_now() - timedelta(hours=idempotency.KEEP_HOURS))
