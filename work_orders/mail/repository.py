"""Every query of the mailbox."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, undefer

from kernel.db import Base
from kernel.paging import PageRequest
from work_orders.mail.models import Mailbox, MailMessage
from work_orders.mail.rules import Direction, State
from work_orders.models import Ticket


def lock_key(session: Session, key: str) -> None:
    """Let one transaction at a time decide about a letter."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"mail/{key}"}
    )


def by_key(session: Session, direction: Direction, key: str) -> MailMessage | None:
    return session.scalars(
        select(MailMessage).where(MailMessage.direction == direction, MailMessage.key == key)
    ).one_or_none()


def ticket_of_thread(session: Session, message_ids: Sequence[str]) -> Ticket | None:
    """Return the ticket of the nearest letter that belongs to one; `message_ids` are the nearest first."""
    if not message_ids:
        return None
    rows = session.execute(
        select(MailMessage.message_id, MailMessage.ticket_id).where(
            MailMessage.message_id.in_(message_ids), MailMessage.ticket_id.is_not(None)
        )
    )
    found = {row.message_id: row.ticket_id for row in rows}
    nearest = next((found[each] for each in message_ids if each in found), None)
    return None if nearest is None else session.get(Ticket, nearest)


def ticket_by_number(session: Session, numbers: Sequence[str]) -> Ticket | None:
    if not numbers:
        return None
    rows = session.scalars(select(Ticket).where(Ticket.number.in_(numbers)))
    found: dict[str, Ticket] = {row.number: row for row in rows}
    return next((found[each] for each in numbers if each in found), None)


def ticket(session: Session, ticket_id: str) -> Ticket:
    return session.get_one(Ticket, ticket_id)


def tickets(session: Session, ticket_ids: Collection[str]) -> dict[str, Ticket]:
    rows = session.scalars(select(Ticket).where(Ticket.id.in_(ticket_ids))) if ticket_ids else ()
    return {row.id: row for row in rows}


def come_since(session: Session, sender: str, since: datetime) -> int:
    """Return how many letters of a sender are on record since then."""
    return (
        session.scalar(
            select(func.count())
            .select_from(MailMessage)
            .where(
                MailMessage.direction == Direction.IN,
                MailMessage.sender == sender,
                MailMessage.at >= since,
            )
        )
        or 0
    )


def add(session: Session, row: Base) -> None:
    session.add(row)
    session.flush()


def latest_in(session: Session, ticket_id: str) -> MailMessage | None:
    """Return the letter from outside that came last on a ticket."""
    return session.scalars(
        select(MailMessage)
        .where(
            MailMessage.ticket_id == ticket_id,
            MailMessage.direction == Direction.IN,
            MailMessage.state.in_((State.OPENED, State.ADDED)),
            ~MailMessage.internal,
        )
        .order_by(MailMessage.id.desc())
        .limit(1)
    ).one_or_none()


def next_due(session: Session, now: datetime) -> MailMessage | None:
    """Return a letter that is due to be sent, locked; those another worker holds are passed over."""
    return session.scalars(
        select(MailMessage)
        .where(MailMessage.state == State.WAITING, MailMessage.next_attempt_at <= now)
        .order_by(MailMessage.next_attempt_at, MailMessage.id)
        .limit(1)
        .options(undefer(MailMessage.body))
        .with_for_update(skip_locked=True)
    ).one_or_none()


def message(session: Session, message_id: str, *, lock: bool = False) -> MailMessage | None:
    query = select(MailMessage).where(MailMessage.id == message_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query.options(undefer(MailMessage.body))).one_or_none()


def raw_of(session: Session, message_id: str) -> bytes | None:
    return session.scalar(select(MailMessage.raw).where(MailMessage.id == message_id))


def messages(
    session: Session, states: Sequence[str] | None, page: PageRequest
) -> Sequence[MailMessage]:
    query = select(MailMessage).order_by(MailMessage.id.desc()).limit(page.limit + 1)
    if states is not None:
        query = query.where(MailMessage.state.in_(states))
    before = page.after_id()
    if before is not None:
        query = query.where(MailMessage.id < before)
    return session.scalars(query).all()


def claim_look(session: Session, name: str, now: datetime, before: datetime) -> bool:
    """Note that the mailbox is looked into now, unless somebody did after `before`."""
    claimed: Any = session.execute(
        insert(Mailbox)
        .values(name=name, looked_at=now)
        .on_conflict_do_update(
            index_elements=["name"], set_={"looked_at": now}, where=Mailbox.looked_at <= before
        )
        .returning(Mailbox.name)
    ).scalar_one_or_none()
    return claimed is not None


def note_problem(session: Session, name: str, problem: str | None) -> bool:
    """Note what is wrong with the mailbox, None for nothing; tell whether that is new."""
    row = session.get(Mailbox, name, with_for_update=True)
    if row is None or row.problem == problem:
        return False
    row.problem = problem
    return True


def mailbox(session: Session, name: str) -> Mailbox | None:
    return session.get(Mailbox, name)
