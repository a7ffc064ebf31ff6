"""What closing an order entails: parts in the ledger, complaints settled, other packages told."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.outbox import publish
from registry.permissions import Principal
from warranty_parts.service import FittingDraft, record_fittings
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
    """Record the replaced parts as fittings in the parts ledger and in the order's timeline.

    Raises:
        ForewarnError: the ledger refuses a part; see `warranty_parts.service.record_fittings`.
    """
    if not resolution.parts:
        return
    assert order.asset_id is not None  # a constraint says so for orders
    fitted_on = resolution.performed_on or now.date()
    fittings = record_fittings(
        session,
        actor,
        asset_id=order.asset_id,
        work_order_id=order.id,
        drafts=[FittingDraft(**asdict(part), fitted_on=fitted_on) for part in resolution.parts],
    )
    # A reopened order has lines already.
    first = len(repository.parts(session, order.id)) + 1
    for line, (part, fitting) in enumerate(zip(resolution.parts, fittings, strict=True), first):
        values = asdict(part)
        del values["from_location"]
        session.add(
            TicketPart(
                ticket_id=order.id,
                line=line,
                fitted_on=fitted_on,
                fitting_id=fitting.id,
                **values,
            )
        )
        data = {
            **values,
            "fitting_id": fitting.id,
            "fitted_on": fitted_on.isoformat(),
            "notes": list(fitting.notes),
        }
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
