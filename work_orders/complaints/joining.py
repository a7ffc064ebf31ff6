"""Complaints and orders about the same failure find each other, and end together."""

from datetime import datetime

from sqlalchemy.orm import Session

from registry.permissions import PLATFORM
from work_orders.models import Ticket
from work_orders.rules import ORDER_KINDS, UNFINISHED, Action, Stage, TicketKind
from work_orders.tickets import links, repository
from work_orders.tickets.moves import Move, apply
from work_orders.tickets.rules import OpenOrder, choose_order_to_join, in_lock_order

# An inspection of a sensor or by plan is not about the failure that a customer complains of.
JOINABLE = (TicketKind.PREVENTIVE, TicketKind.CORRECTIVE)


def join_open_order(session: Session, complaint: Ticket, now: datetime) -> None:
    """Link a new complaint to the open order on its machine that it is most likely about."""
    if complaint.asset_id is None:
        return
    orders = repository.open_tickets_of_asset(
        session, complaint.asset_id, complaint.organisation_id, JOINABLE
    )
    chosen = choose_order_to_join(
        complaint.failure_mode,
        [OpenOrder(row.id, row.priority, row.failure_mode, row.created_at) for row in orders],
    )
    if chosen is None:
        return
    # Locked, so that an order that is being closed either takes the complaint along or is not joined.
    order = repository.lock(session, chosen.id)
    if order.closed_at is None:
        links.link(session, PLATFORM, complaint, order, kind="same_failure", now=now, by_rule=True)


def join_complaints(session: Session, order: Ticket, now: datetime) -> None:
    """Link a new order to the unfinished complaints about its machine that no open order answers."""
    assert order.asset_id is not None  # a constraint says so for orders
    if order.kind not in JOINABLE:
        return
    for row in repository.open_tickets_of_asset(
        session, order.asset_id, order.organisation_id, (TicketKind.COMPLAINT,)
    ):
        complaint = repository.lock(session, row.id)
        answered = any(each.closed_at is None for each in _linked_orders(session, complaint))
        if Stage(complaint.stage) in UNFINISHED and not answered:
            links.link(
                session, PLATFORM, complaint, order, kind="same_failure", now=now, by_rule=True
            )


def _linked_orders(session: Session, complaint: Ticket) -> list[Ticket]:
    ids = [
        row.other_id if row.ticket_id == complaint.id else row.ticket_id
        for row in repository.links(session, complaint.id)
        if row.kind == "same_failure"
    ]
    linked = repository.tickets_by_id(session, ids).values()
    return [ticket for ticket in linked if ticket.kind in ORDER_KINDS]


def settle_complaints(session: Session, order: Ticket, now: datetime) -> list[str]:
    """Let complaints whose orders are all done wait for the customer's word; return all linked ones' ids."""
    ids = [
        row.other_id if row.ticket_id == order.id else row.ticket_id
        for row in repository.links(session, order.id)
        if row.kind == "same_failure"
    ]
    linked = repository.tickets_by_id(session, ids).values()
    complaints = [(row.family, row.id) for row in linked if row.kind == TicketKind.COMPLAINT]
    for complaint_id in in_lock_order(complaints):
        complaint = repository.lock(session, complaint_id)
        done = all(each.closed_at is not None for each in _linked_orders(session, complaint))
        if done and Stage(complaint.stage) in UNFINISHED:
            move = Move(Action.SETTLE, data={"work_order_id": order.id, "number": order.number})
            apply(session, PLATFORM, complaint, move, now)
    return sorted(complaint_id for _, complaint_id in complaints)
