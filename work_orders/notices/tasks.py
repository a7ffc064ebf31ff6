"""Celery's way into sending: a sweep that any number of workers may run at once."""

from celery import shared_task

from kernel.db import database
from work_orders.notices.sending import send_due


@shared_task(name="work_orders.send_notices")
def send_notices() -> int:
    """Hand over what is due."""
    return send_due(database())
