"""Celery's way into work orders: each part's tasks, registered as they are imported."""

from work_orders.knowledge import tasks as knowledge
from work_orders.mail import tasks as mail
from work_orders.notices import tasks as notices
from work_orders.sla import tasks as sla

__all__ = ["knowledge", "mail", "notices", "sla"]
