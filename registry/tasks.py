"""Upkeep of `registry`: sessions and keys that have ended, files that nothing refers to."""

from celery import shared_task
from sqlalchemy.orm import Session

from kernel.db import database
from kernel.tasks import TransactionalTask
from registry.attachments import service as attachments
from registry.gateways import keys as gateway_keys
from registry.gateways import logins as gateway_logins
from registry.sign_in import service as sign_in


@shared_task(name="registry.forget_expired", base=TransactionalTask)
def forget_expired(session: Session) -> None:
    """Drop sessions that have ended, and keys of gateways whose grace period is over."""
    sign_in.forget_expired(session)
    gateway_keys.let_expired_go(session)


@shared_task(name="registry.compare_broker_logins", base=TransactionalTask)
def compare_broker_logins(session: Session) -> list[str]:
    """Have the gateways' logins mended that are not at the broker as they shall be."""
    return gateway_logins.find_deviations(session)


@shared_task(name="registry.sweep_attachments")
def sweep_attachments() -> int:
    """Remove contents that nothing refers to; each in a transaction of its own."""
    return attachments.sweep(database())
