"""Background work of `ingest`: noticing that a gateway is lost, and that it is back."""

from datetime import timedelta

from celery import shared_task
from sqlalchemy.orm import Session

from ingest.health import service as health
from ingest.settings import Ingest
from kernel.clock import utc_now
from kernel.settings import settings
from kernel.tasks import TransactionalTask


@shared_task(name="ingest.watch_gateways", base=TransactionalTask)
def watch_gateways(session: Session) -> None:
    """Raise and clear the alarms of gateways of which nothing arrives."""
    health.watch_silence(session, utc_now(), timedelta(seconds=settings(Ingest).silent_seconds))
