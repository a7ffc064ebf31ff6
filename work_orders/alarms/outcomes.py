"""What alarms turned out to be: the orders that were made of them, for whoever sees a similar alarm."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from registry.permissions import Principal
from work_orders.rules import TicketKind
from work_orders.tickets import repository


@dataclass(frozen=True)
class Outcome:
    """An order behind an alarm; cause, remedy and findings are None until it is closed.

    Attributes:
        part_numbers: parts replaced, in the order they were written down.
    """

    alarm_id: str
    work_order_id: str
    number: str
    stage: str
    failure_mode: str
    cause: str | None
    remedy: str | None
    findings: str | None
    part_numbers: list[str]
    closed_at: datetime | None


@dataclass(frozen=True)
class OrderOpened:
    """An order that was opened because something was wrong with a machine, and was not cancelled."""

    id: str
    number: str
    asset_id: str
    kind: str
    failure_mode: str
    title: str
    at: datetime


# Installing a machine says nothing of its health.
_ABOUT_FAULTS = (TicketKind.PREVENTIVE, TicketKind.CORRECTIVE, TicketKind.INSPECTION)


def orders_opened(
    session: Session,
    actor: Principal,
    asset_ids: Collection[str],
    span: tuple[datetime, datetime],
    limit: int,
) -> list[OrderOpened]:
    """Return the orders of machines that were opened in a span, of those that the actor may read and sees.

    The oldest first, at most `limit`.
    """
    if not actor.may("work_orders.read"):
        return []
    return [
        OrderOpened(
            order.id,
            order.number,
            str(order.asset_id),
            order.kind,
            order.failure_mode,
            order.title,
            order.created_at,
        )
        for order in repository.orders_opened(session, asset_ids, _ABOUT_FAULTS, span, limit)
        if actor.sees(order.organisation_id)
    ]


def outcomes_of_alarms(
    session: Session, actor: Principal, alarm_ids: Collection[str]
) -> list[Outcome]:
    """Return the orders of alarms that the actor may read and sees, the oldest first."""
    if not actor.may("work_orders.read"):
        return []
    found = []
    for alarm_id, order in repository.orders_of_alarms(session, alarm_ids):
        if actor.sees(order.organisation_id):
            parts = [part.part_number for part in repository.parts(session, order.id)]
            found.append(
                Outcome(
                    alarm_id,
                    order.id,
                    order.number,
                    order.stage,
                    order.failure_mode,
                    order.cause,
                    order.remedy,
                    order.findings,
                    parts,
                    order.closed_at,
                )
            )
    return found
