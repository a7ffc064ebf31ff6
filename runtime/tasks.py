"""Background work of the platform itself: delivering events, and keeping the database tidy."""

from datetime import timedelta

from celery import shared_task

from kernel import outbox
from kernel.clock import utc_now
from kernel.db import database
from kernel.settings import settings
from runtime import retention
from runtime.settings import Runtime
from runtime.wake import wake
from telemetry import service as telemetry
from telemetry.rollups import upkeep

RELAY_EVENTS_MAX = 200
PRUNE_ROWS_MAX = 5000
REFRESH_SECONDS_MAX = 10


@shared_task(name="kernel.relay")
def relay() -> None:
    """Deliver due events; each handler has a transaction of its own."""
    if outbox.relay(database(), limit=RELAY_EVENTS_MAX) >= RELAY_EVENTS_MAX:
        # There may be more; others get their turn first.
        wake("kernel.relay")


@shared_task(name="kernel.prune_outbox")
def prune_outbox() -> None:
    """Forget events that were delivered long ago, a bounded number at a time."""
    before = utc_now() - timedelta(days=settings(Runtime).outbox_keep_days)
    with database().transaction() as session:
        removed = outbox.prune(session, before=before, limit=PRUNE_ROWS_MAX)
    if removed >= PRUNE_ROWS_MAX:
        wake("kernel.prune_outbox")


@shared_task(name="telemetry.make_partitions")
def make_partitions() -> None:
    """Make room for the readings of the coming week."""
    telemetry.ensure_partitions(database().engine)


@shared_task(name="telemetry.refresh_rollups")
def refresh_rollups() -> None:
    """Compute anew what commits put out of date, for a bounded time; nothing where the database does it."""
    now = utc_now()
    if not upkeep.refresh(database(), now, until=now + timedelta(seconds=REFRESH_SECONDS_MAX)):
        # Others get their turn first.
        wake("telemetry.refresh_rollups")


@shared_task(name="runtime.remove_old_days")
def remove_old_days() -> None:
    """Remove days of frames that scoring has passed, and of readings beyond their time."""
    retention.apply(database())
