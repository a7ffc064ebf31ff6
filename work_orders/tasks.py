"""Celery's way into work orders: each part's tasks, registered as they are imported."""

from work_orders.notices import tasks as notices

__all__ = ["notices"]
