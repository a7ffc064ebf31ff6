"""Every query on promised times."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from work_orders.models import Ticket
from work_orders.sla.models import SlaCalendar, SlaDeadline, SlaPolicy, SlaSubject


def policies(session: Session, *, archived: bool = False) -> Sequence[SlaPolicy]:
    query = select(SlaPolicy).order_by(SlaPolicy.position, SlaPolicy.id)
    if not archived:
        query = query.where(SlaPolicy.archived_at.is_(None))
    return session.scalars(query).all()


def policy(session: Session, policy_id: str) -> SlaPolicy | None:
    return session.get(SlaPolicy, policy_id)


def lock_policies(session: Session) -> None:
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('work_orders.sla_policies', 0))")
    )


def calendars(session: Session, *, archived: bool = False) -> Sequence[SlaCalendar]:
    query = select(SlaCalendar).order_by(SlaCalendar.name, SlaCalendar.id)
    if not archived:
        query = query.where(SlaCalendar.archived_at.is_(None))
    return session.scalars(query).all()


def calendar(session: Session, calendar_id: str) -> SlaCalendar | None:
    return session.get(SlaCalendar, calendar_id)


def subject(session: Session, subject_id: str) -> SlaSubject | None:
    return session.scalars(
        select(SlaSubject)
        .where(SlaSubject.id == subject_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def subjects(session: Session, subject_ids: Collection[str]) -> Sequence[SlaSubject]:
    return session.scalars(select(SlaSubject).where(SlaSubject.id.in_(subject_ids))).all()


def deadlines(session: Session, subject_ids: Collection[str]) -> Sequence[SlaDeadline]:
    return session.scalars(
        select(SlaDeadline)
        .where(SlaDeadline.subject_id.in_(subject_ids))
        .order_by(SlaDeadline.subject_id, SlaDeadline.key)
    ).all()


def lock_deadlines(session: Session, subject_id: str) -> Sequence[SlaDeadline]:
    return session.scalars(
        select(SlaDeadline)
        .where(SlaDeadline.subject_id == subject_id)
        .order_by(SlaDeadline.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def put_deadlines(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert(SlaDeadline).values(list(rows))
    changed = {
        name: statement.excluded[name]
        for name in ("share", "level", "due_at", "fired_at", "recipients", "channels")
    }
    session.execute(
        statement.on_conflict_do_update(index_elements=["subject_id", "key"], set_=changed)
    )


def drop_deadlines(session: Session, subject_id: str, keys: Collection[str]) -> None:
    if keys:
        session.execute(
            delete(SlaDeadline).where(
                SlaDeadline.subject_id == subject_id, SlaDeadline.key.in_(keys)
            )
        )


def take_due(session: Session, now: datetime, limit: int) -> Sequence[SlaDeadline]:
    """Return deadlines that are due and that nobody else has, locked, the earliest first."""
    return session.scalars(
        select(SlaDeadline)
        .where(SlaDeadline.fired_at.is_(None), SlaDeadline.due_at <= now)
        .order_by(SlaDeadline.due_at, SlaDeadline.subject_id, SlaDeadline.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def mark_open_stale(session: Session) -> int:
    """Ask for the deadlines of everything open to be worked out anew; return how many there are."""
    marked = session.execute(
        update(SlaSubject)
        .where(SlaSubject.open, SlaSubject.stale.is_(False))
        .values(stale=True)
        .execution_options(synchronize_session=False)
        .returning(SlaSubject.id)
    )
    return len(marked.all())


def stale_ids(session: Session, limit: int) -> Sequence[tuple[str, str]]:
    """Return id and kind of subjects to be worked out anew."""
    rows = session.execute(
        select(SlaSubject.id, SlaSubject.kind)
        .where(SlaSubject.stale)
        .order_by(SlaSubject.id)
        .limit(limit)
    )
    return [(subject_id, kind) for subject_id, kind in rows]


def lock_ticket(session: Session, ticket_id: str) -> None:
    session.execute(select(Ticket.id).where(Ticket.id == ticket_id).with_for_update(key_share=True))


def try_lock_ticket(session: Session, ticket_id: str) -> Ticket | None:
    """Return a ticket, locked, unless somebody else works on it just now."""
    return session.scalars(
        select(Ticket)
        .where(Ticket.id == ticket_id)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def set_due_at(session: Session, ticket_id: str, due_at: datetime | None) -> None:
    """Keep a ticket's due time where lists read it; nobody's edit of the ticket becomes stale by that."""
    session.execute(
        update(Ticket)
        .where(Ticket.id == ticket_id)
        .values(due_at=due_at)
        .execution_options(synchronize_session=False)
    )


def assignees(session: Session, ticket_ids: Collection[str]) -> dict[str, str | None]:
    rows = session.execute(select(Ticket.id, Ticket.assignee_id).where(Ticket.id.in_(ticket_ids)))
    return {ticket_id: assignee_id for ticket_id, assignee_id in rows}  # noqa: C416 - rows are no tuples


def tickets(session: Session, ticket_ids: Collection[str]) -> Sequence[Ticket]:
    return session.scalars(select(Ticket).where(Ticket.id.in_(ticket_ids))).all()


def policies_by_calendar(session: Session, calendar_id: str) -> Sequence[str]:
    """Return the names of policies in force that count by a calendar."""
    rows = session.execute(
        text(
            "SELECT name FROM work_orders.sla_policies p WHERE archived_at IS NULL AND EXISTS ("
            " SELECT 1 FROM jsonb_each(p.terms -> 'targets') AS t(target, spec)"
            " WHERE spec ->> 'calendar_id' = :calendar_id) ORDER BY name"
        ),
        {"calendar_id": calendar_id},
    )
    return [str(name) for (name,) in rows]


def count_open(session: Session) -> int:
    return session.execute(select(func.count()).where(SlaSubject.open)).scalar_one()
