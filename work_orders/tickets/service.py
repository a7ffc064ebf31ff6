"""The verbs every ticket shares: open, move, edit, comment, link. Orders and complaints build on these.

Locks are taken in one order everywhere: the asset's advisory lock, orders by id, complaints by id. So two
requests may wait for each other, but never in a circle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from registry.changes import require_version
from registry.permissions import Principal
from work_orders.errors import OpenOrderExists, TicketEnded
from work_orders.models import Ticket
from work_orders.rules import Family, Priority, Stage, TicketKind, family_of
from work_orders.sla import service as sla
from work_orders.tickets import fields as written
from work_orders.tickets import repository
from work_orders.tickets.moves import flush
from work_orders.tickets.repository import TicketFilter
from work_orders.tickets.rules import changes_between, han_pairs, number_of
from work_orders.tickets.timeline import note, tell_moved, write
from work_orders.tickets.views import TicketFacts, facts

_ID_PREFIXES = {Family.WORK_ORDER: "wo", Family.COMPLAINT: "cp"}


@dataclass(frozen=True)
class NewTicket:
    """What a ticket is made of; texts and codes are judged by `open_ticket`."""

    kind: TicketKind
    organisation_id: str
    asset_id: str | None
    title: str
    description: str
    priority: Priority
    failure_mode: str | None = None
    origin: str = "person"
    reason: dict[str, Any] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None


def open_ticket(session: Session, actor: Principal, new: NewTicket, now: datetime) -> Ticket:
    """Make a ticket, pending, with its number and the first entry of its timeline.

    The caller has checked rights and scope, and holds the asset's lock.

    Raises:
        InvalidText: a text, code or field cannot be kept.
        OpenOrderExists: a preventive order for this failure of this asset is open.
    """
    family = family_of(new.kind)
    ticket = Ticket(
        id=new_id(_ID_PREFIXES[family]),
        kind=new.kind,
        origin=new.origin,
        organisation_id=new.organisation_id,
        asset_id=new.asset_id,
        title=written.plain_text("title", new.title, written.TITLE_LENGTH_MAX),
        description=written.plain_text(
            "description", new.description, written.TEXT_LENGTH_MAX, blank=True
        ),
        priority=new.priority,
        failure_mode=written.failure_mode(new.failure_mode),
        stage=Stage.PENDING,
        stage_since=now,
        reason=new.reason,
        fields=written.check_fields(new.kind, new.fields),
        created_at=now,
        created_by=actor.person_id,
        search_terms=han_pairs(new.title, new.description),
    )
    refuse_second_order(session, ticket)
    ticket.number = number_of(family, now.year, repository.next_serial(session, family))
    sla.begin(session, ticket, now, agreed=new.due_at)
    session.add(ticket)
    flush(session, ticket)
    write(session, actor, ticket, "created", now, data={"origin": new.origin})
    note(session, actor, ticket, "create", changes={"stage": [None, Stage.PENDING]})
    tell_moved(session, actor, ticket, action="create", before=None)
    return ticket


def refuse_second_order(session: Session, ticket: Ticket) -> None:
    """Refuse an order that must be the only open one for its failure of its asset, when one is open.

    The constraint would refuse it as well; this names the other order. The caller holds the asset's lock.

    Raises:
        OpenOrderExists: there is one; it is named.
    """
    sensor = ticket.kind == TicketKind.INSPECTION and ticket.origin == "alarm"
    if ticket.asset_id is None or not (ticket.kind == TicketKind.PREVENTIVE or sensor):
        return
    earlier = repository.open_order_for_failure(
        session, ticket.asset_id, TicketKind(ticket.kind), ticket.failure_mode, from_alarm=sensor
    )
    if earlier is not None and earlier.id != ticket.id:
        raise OpenOrderExists(
            f"{earlier.number} is open for {ticket.failure_mode} on this asset",
            work_order_id=earlier.id,
            number=earlier.number,
        )


def find(session: Session, actor: Principal, family: Family, ticket_id: str) -> Ticket:
    """Return a ticket of a family.

    Raises:
        NotFound: it is not there or not in the actor's scope.
    """
    what = f"{family.replace('_', ' ')} {ticket_id}"
    ticket = repository.ticket(session, family, ticket_id)
    if ticket is None:
        raise NotFound(f"no {what}")
    actor.require_sees(ticket.organisation_id, what)
    return ticket


def find_any(session: Session, actor: Principal, ticket_id: str) -> Ticket:
    """Return a ticket of whichever family.

    Raises:
        NotFound: it is not there or not in the actor's scope.
    """
    ticket = repository.any_ticket(session, ticket_id)
    if ticket is None:
        raise NotFound(f"no ticket {ticket_id}")
    actor.require_sees(ticket.organisation_id, f"ticket {ticket_id}")
    return ticket


def page_of(
    session: Session, actor: Principal, family: Family, wanted: TicketFilter, page: PageRequest
) -> Slice[TicketFacts]:
    """Return one page of a family's tickets in the actor's scope, the newest first."""
    rows = repository.tickets(
        session, family, actor.scope, wanted, before_id=page.after_id(), limit=page.limit + 1
    )
    cut = Slice.cut(rows, page.limit, lambda row: (row.id,))
    return Slice(facts(session, actor, cut.items), cut.next_key)


def find_and_lock(session: Session, actor: Principal, family: Family, ticket_id: str) -> Ticket:
    """Return a ticket as it is now, locked until the transaction ends.

    Raises:
        NotFound: it is not there or not in the actor's scope.
    """
    find(session, actor, family, ticket_id)
    return repository.lock(session, ticket_id)


@dataclass(frozen=True)
class Edit:
    """New values of an open ticket's fields; None leaves a field as it is."""

    title: str | None = None
    description: str | None = None
    priority: Priority | None = None
    failure_mode: str | None = None
    due_at: datetime | None = None
    fields: Mapping[str, Any] | None = None


def edit(
    session: Session,
    actor: Principal,
    ticket: Ticket,
    wanted: Edit,
    now: datetime,
    *,
    expected_version: int | None,
) -> None:
    """Change fields of a locked, open ticket; each change is in its timeline and the audit trail.

    Raises:
        StaleVersion: it has changed since `expected_version`.
        TicketEnded: it is closed or cancelled.
        InvalidText: a text, code or field cannot be kept.
        OpenOrderExists: another preventive order is open for the new failure mode.
    """
    require_version(ticket, expected_version)
    if ticket.closed_at is not None:
        raise TicketEnded(f"{ticket.number} is {ticket.stage}; reopen it first", stage=ticket.stage)
    values = _edited(ticket, wanted)
    changes = changes_between({name: getattr(ticket, name) for name in values}, values)
    if not changes:
        return
    for name, value in values.items():
        setattr(ticket, name, value)
    if "failure_mode" in changes:
        with session.no_autoflush:
            refuse_second_order(session, ticket)
    ticket.search_terms = han_pairs(ticket.title, ticket.description)
    with session.no_autoflush:
        sla.changed(session, ticket, now, agreed=wanted.due_at)
    flush(session, ticket)
    note(session, actor, ticket, "edit", changes=changes)
    write(session, actor, ticket, "edit", now, data={"changes": changes})


def _edited(ticket: Ticket, wanted: Edit) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if wanted.title is not None:
        values["title"] = written.plain_text("title", wanted.title, written.TITLE_LENGTH_MAX)
    if wanted.description is not None:
        values["description"] = written.plain_text(
            "description", wanted.description, written.TEXT_LENGTH_MAX, blank=True
        )
    if wanted.priority is not None:
        values["priority"] = str(wanted.priority)
    if wanted.failure_mode is not None:
        values["failure_mode"] = written.failure_mode(wanted.failure_mode)
    if wanted.due_at is not None:
        values["due_at"] = wanted.due_at
    if wanted.fields is not None:
        checked = written.check_fields(TicketKind(ticket.kind), wanted.fields)
        values["fields"] = {**ticket.fields, **checked}
    return values
