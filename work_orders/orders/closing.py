"""What closing an order entails: parts in the ledger, complaints settled, other packages told."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.ids import new_id
from kernel.outbox import publish
from registry.permissions import Principal
from warranty_parts.service import record_fitting
from work_orders.complaints.joining import settle_complaints
from work_orders.events import PartReplaced, WorkOrderClosed
from work_orders.models import Ticket, TicketPart
from work_orders.tickets import repository
from work_orders.tickets.resolution import Resolution
from work_orders.tickets.timeline import write
from work_orders.tickets.views import part_facts


def record_parts(
    session: Session, actor: Principal, order: Ticket, resolution: Resolution, now: datetime
) -> None:
    """Record each replaced part as a fitting in the parts ledger and in the order's timeline."""
    assert order.asset_id is not None  # a constraint says so for orders
    fitted_on = resolution.performed_on or now.date()
    for part in resolution.parts:
        fitting = record_fitting(
            session,
            actor,
            asset_id=order.asset_id,
            position=part.position,
            part_number=part.part_number,
            failed_serial=part.failed_serial,
            replacement_serial=part.replacement_serial,
            fitted_on=fitted_on,
            work_order_id=order.id,
        )
        row = TicketPart(
            id=new_id("tp"),
            ticket_id=order.id,
            fitted_on=fitted_on,
            fitting_id=fitting.id,
            **asdict(part),
        )
        session.add(row)
        data = {**asdict(part), "fitting_id": fitting.id, "fitted_on": fitted_on.isoformat()}
        write(session, actor, order, "part", now, data=data)
    session.flush()


def tell_closed(session: Session, order: Ticket, now: datetime) -> None:
    """Settle the linked complaints and publish that the order is closed."""
    assert order.asset_id is not None  # a constraint says so for orders
    complaint_ids = settle_complaints(session, order, now)
    publish(
        session,
        WorkOrderClosed(
            work_order_id=order.id,
            number=order.number,
            kind=order.kind,
            asset_id=order.asset_id,
            organisation_id=order.organisation_id,
            failure_mode=order.failure_mode,
            closed_at=now,
            alarm_ids=repository.alarm_ids(session, order.id),
            complaint_ids=complaint_ids,
            parts=[
                PartReplaced(**asdict(part_facts(row)))
                for row in repository.parts(session, order.id)
            ],
        ),
    )
