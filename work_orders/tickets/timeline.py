"""The timeline of a ticket: what happened, by whom, when. Entries are added, never changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.changes import announce
from kernel.outbox import publish
from registry import audit
from registry.permissions import Principal
from work_orders.errors import InvalidText
from work_orders.events import MessageAdded, TicketMoved
from work_orders.models import Ticket, TimelineEntry
from work_orders.sla import service as sla
from work_orders.tickets import fields as written
from work_orders.tickets.views import is_staff


def write(
    session: Session,
    actor: Principal,
    ticket: Ticket,
    kind: str,
    now: datetime,
    *,
    text: str | None = None,
    data: Mapping[str, Any] | None = None,
    internal: bool = False,
) -> TimelineEntry:
    """Add an entry to the ticket's timeline and tell open pages; its id is there after the next flush."""
    entry = TimelineEntry(
        ticket_id=ticket.id,
        event_at=now,
        actor_id=actor.person_id,
        actor_name=actor.name,
        kind=kind,
        text=text,
        data=dict(data or {}),
        internal=internal,
    )
    session.add(entry)
    announce(session, ticket.family, ticket.id, ticket.organisation_id)
    return entry


def tell_moved(
    session: Session,
    actor: Principal,
    ticket: Ticket,
    *,
    action: str,
    before: str | None,
    reason: str | None = None,
) -> None:
    """Publish that a ticket was made or moved to the stage it is in now."""
    publish(
        session,
        TicketMoved(
            ticket_id=ticket.id,
            number=ticket.number,
            kind=ticket.kind,
            family=ticket.family,
            from_stage=before,
            to_stage=ticket.stage,
            action=action,
            actor_id=actor.person_id,
            organisation_id=ticket.organisation_id,
            reason=reason,
        ),
    )


def note(
    session: Session,
    actor: Principal,
    ticket: Ticket,
    verb: str,
    *,
    changes: dict[str, Any],
    reason: str | None = None,
) -> None:
    """Write the audit trail: `changes` maps a field to `[before, after]`."""
    audit.record(
        session,
        actor,
        f"{ticket.family}.{verb}",
        ticket.family,
        ticket.id,
        organisation_id=ticket.organisation_id,
        changes=changes,
        reason=reason,
    )


def comment(
    session: Session,
    actor: Principal,
    ticket: Ticket,
    text: str,
    now: datetime,
    *,
    internal: bool,
    data: Mapping[str, Any] | None = None,
) -> TimelineEntry:
    """Add a comment; an internal one is for the manufacturer's own people only.

    Raises:
        InvalidText: the text cannot be kept, or somebody else than staff wants it internal.
    """
    written.plain_text("text", text, written.TEXT_LENGTH_MAX)
    if internal and not is_staff(actor):
        raise InvalidText(
            "only the manufacturer's people write internal comments",
            field="internal",
            reason="staff",
        )
    entry = write(session, actor, ticket, "comment", now, text=text, internal=internal, data=data)
    session.flush()
    if not internal:
        sla.said(session, ticket, by_customer=not is_staff(actor), now=now)
    publish(
        session,
        MessageAdded(
            ticket_id=ticket.id,
            entry_id=entry.id,
            internal=internal,
            by_customer=not is_staff(actor),
        ),
    )
    return entry
