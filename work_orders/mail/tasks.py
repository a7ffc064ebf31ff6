"""Periodic work of the mailbox."""

from celery import shared_task

from kernel.db import database
from work_orders.mail import mailbox, sending


@shared_task(name="work_orders.look_into_mailbox", ignore_result=True)
def look_into_mailbox() -> None:
    """Take what has come; opens its own transactions, one for each letter."""
    if mailbox.is_on():
        mailbox.look(database())


@shared_task(name="work_orders.send_mail", ignore_result=True)
def send_mail() -> None:
    """Send what waits; opens its own transactions."""
    if sending.is_on():
        sending.send_due(database())
