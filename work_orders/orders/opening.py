"""Telling other packages that an order is open."""

from sqlalchemy.orm import Session

from kernel.outbox import publish
from work_orders.events import WorkOrderOpened
from work_orders.models import Ticket
from work_orders.tickets import repository


def tell_opened(session: Session, order: Ticket) -> None:
    """Publish that an order was opened or reopened."""
    assert order.asset_id is not None  # a constraint says so for orders
    publish(
        session,
        WorkOrderOpened(
            work_order_id=order.id,
            number=order.number,
            kind=order.kind,
            asset_id=order.asset_id,
            organisation_id=order.organisation_id,
            failure_mode=order.failure_mode,
            priority=order.priority,
            alarm_ids=repository.alarm_ids(session, order.id),
        ),
    )
