"""Every query on tickets, their timeline, alarms, links and parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from work_orders.models import (
    COMPLAINT_NUMBERS,
    WORK_ORDER_NUMBERS,
    AlarmClearance,
    Ticket,
    TicketAlarm,
    TicketLink,
    TicketPart,
    TicketWatcher,
    TimelineEntry,
)
from work_orders.rules import OPEN_STAGES, Family, Stage, TicketKind
from work_orders.tickets.rules import han_pairs, search_words

_SEQUENCES = {Family.WORK_ORDER: WORK_ORDER_NUMBERS, Family.COMPLAINT: COMPLAINT_NUMBERS}


def next_serial(session: Session, family: Family) -> int:
    return int(session.execute(select(_SEQUENCES[family].next_value())).scalar_one())


def lock_asset(session: Session, asset_id: str) -> None:
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"work_orders.asset:{asset_id}"},
    )


def ticket(session: Session, family: Family, ticket_id: str) -> Ticket | None:
    return session.scalars(
        select(Ticket).where(Ticket.id == ticket_id, Ticket.family == family)
    ).one_or_none()


def any_ticket(session: Session, ticket_id: str) -> Ticket | None:
    return session.get(Ticket, ticket_id)


def lock(session: Session, ticket_id: str) -> Ticket:
    # NO KEY: timeline entries of others may still refer to the row.
    return session.scalars(
        select(Ticket)
        .where(Ticket.id == ticket_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def open_order_for_failure(
    session: Session, asset_id: str, kind: TicketKind, failure_mode: str, *, from_alarm: bool
) -> Ticket | None:
    query = select(Ticket).where(
        Ticket.asset_id == asset_id,
        Ticket.kind == kind,
        Ticket.failure_mode == failure_mode,
        Ticket.closed_at.is_(None),
    )
    if from_alarm:
        query = query.where(Ticket.origin == "alarm")
    return session.scalars(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one_or_none()


def open_tickets_of_asset(
    session: Session, asset_id: str, organisation_id: str, kinds: Collection[TicketKind]
) -> Sequence[Ticket]:
    # A machine may change hands; tickets stay with whose it was.
    return session.scalars(
        select(Ticket)
        .where(
            Ticket.asset_id == asset_id,
            Ticket.organisation_id == organisation_id,
            Ticket.kind.in_(kinds),
            Ticket.closed_at.is_(None),
        )
        .order_by(Ticket.id)
    ).all()


def open_counts(session: Session, person_ids: Collection[str]) -> dict[str, int]:
    rows = session.execute(
        select(Ticket.assignee_id, func.count())
        .where(Ticket.assignee_id.in_(person_ids), Ticket.closed_at.is_(None))
        .group_by(Ticket.assignee_id)
    )
    return {str(person_id): count for person_id, count in rows}


NOBODY = "none"


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets of a family are wanted; None or empty means any.

    `assignee_id` may be `none` for tickets nobody has; `open` tells open from ended; `q` is searched for in
    number, title and description.
    """

    stages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    assignee_id: str | None = None
    asset_id: str | None = None
    organisation_id: str | None = None
    open: bool | None = None
    q: str | None = None


def tickets(
    session: Session,
    family: Family,
    scope: Collection[str] | None,
    wanted: TicketFilter,
    *,
    before_id: str | None,
    limit: int,
) -> Sequence[Ticket]:
    query = _filtered(select(Ticket).where(Ticket.family == family), wanted)
    if scope is not None:
        query = query.where(Ticket.organisation_id.in_(scope))
    if wanted.q:
        query = _matching(query, wanted.q)
    if before_id is not None:
        query = query.where(Ticket.id < before_id)
    return session.scalars(query.order_by(Ticket.id.desc()).limit(limit)).all()


def _filtered(query: Select[Ticket], wanted: TicketFilter) -> Select[Ticket]:
    for column, values in (
        (Ticket.stage, wanted.stages),
        (Ticket.kind, wanted.kinds),
        (Ticket.priority, wanted.priorities),
    ):
        if values:
            query = query.where(column.in_(values))
    if wanted.assignee_id == NOBODY:
        query = query.where(Ticket.assignee_id.is_(None))
    for same, value in (
        (Ticket.assignee_id, None if wanted.assignee_id == NOBODY else wanted.assignee_id),
        (Ticket.asset_id, wanted.asset_id),
        (Ticket.organisation_id, wanted.organisation_id),
    ):
        if value is not None:
            query = query.where(same == value)
    if wanted.open is not None:
        ended = Ticket.closed_at.is_not(None)
        query = query.where(~ended if wanted.open else ended)
    if wanted.stages and set(wanted.stages) <= set(OPEN_STAGES):
        # The stages say it already; said again for the index on open tickets.
        query = query.where(Ticket.closed_at.is_(None))
    return query


def search(
    session: Session,
    families: Collection[Family],
    scope: Collection[str] | None,
    query: str,
    limit: int,
) -> Sequence[Ticket]:
    statement = _matching(select(Ticket).where(Ticket.family.in_(families)), query)
    if scope is not None:
        statement = statement.where(Ticket.organisation_id.in_(scope))
    return session.scalars(
        statement.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(limit)
    ).all()


def _matching(query: Select[Ticket], words: str) -> Select[Ticket]:
    # Every word must be there. Han pairs narrow by the array index, trigrams do the rest.
    conditions = []
    for word in search_words(words):
        conditions.append(Ticket.search_text.icontains(word, autoescape=True))
        pairs = han_pairs(word)
        if pairs:
            conditions.append(Ticket.search_terms.contains(pairs))
    return query.where(and_(*conditions)) if conditions else query


def timeline(session: Session, ticket_id: str, *, internal: bool) -> Sequence[TimelineEntry]:
    query = select(TimelineEntry).where(TimelineEntry.ticket_id == ticket_id)
    if not internal:
        query = query.where(TimelineEntry.internal.is_(False))
    return session.scalars(query.order_by(TimelineEntry.id)).all()


def last_transition(session: Session, ticket_id: str) -> TimelineEntry | None:
    return session.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.ticket_id == ticket_id, TimelineEntry.kind == "transition")
        .order_by(TimelineEntry.id.desc())
        .limit(1)
    ).one_or_none()


def links(session: Session, ticket_id: str) -> Sequence[TicketLink]:
    return session.scalars(
        select(TicketLink)
        .where(or_(TicketLink.ticket_id == ticket_id, TicketLink.other_id == ticket_id))
        .order_by(TicketLink.made_at, TicketLink.ticket_id, TicketLink.other_id)
    ).all()


def link(session: Session, one: str, another: str) -> TicketLink | None:
    return session.get(TicketLink, tuple(sorted((one, another))))


def put_link(
    session: Session, one: str, another: str, kind: str, *, by_rule: bool, made_at: datetime
) -> bool:
    first, second = sorted((one, another))
    return (
        session.execute(
            insert(TicketLink)
            .values(ticket_id=first, other_id=second, kind=kind, by_rule=by_rule, made_at=made_at)
            .on_conflict_do_nothing()
            .returning(TicketLink.ticket_id)
        ).first()
        is not None
    )


def tickets_by_id(session: Session, ticket_ids: Collection[str]) -> dict[str, Ticket]:
    rows = session.scalars(select(Ticket).where(Ticket.id.in_(ticket_ids)))
    return {row.id: row for row in rows}


def latest_alarm(session: Session, alarm_id: str) -> TicketAlarm | None:
    return session.scalars(
        select(TicketAlarm)
        .where(TicketAlarm.alarm_id == alarm_id)
        .order_by(TicketAlarm.occurrence.desc(), TicketAlarm.ticket_id.desc())
        .limit(1)
    ).one_or_none()


def active_alarms(session: Session, alarm_id: str, occurrence: int) -> Sequence[TicketAlarm]:
    return session.scalars(
        select(TicketAlarm).where(
            TicketAlarm.alarm_id == alarm_id,
            TicketAlarm.cleared_at.is_(None),
            TicketAlarm.occurrence <= occurrence,
        )
    ).all()


def newest_alarms(session: Session, ticket_id: str, limit: int) -> Sequence[TicketAlarm]:
    return session.scalars(
        select(TicketAlarm)
        .where(TicketAlarm.ticket_id == ticket_id)
        .order_by(TicketAlarm.raised_at.desc(), TicketAlarm.alarm_id)
        .limit(limit)
    ).all()


def alarm_ids(session: Session, ticket_id: str) -> list[str]:
    query = select(TicketAlarm.alarm_id).where(TicketAlarm.ticket_id == ticket_id)
    return list(session.scalars(query.order_by(TicketAlarm.raised_at, TicketAlarm.alarm_id)))


def orders_of_alarms(session: Session, alarm_ids: Collection[str]) -> Sequence[tuple[str, Ticket]]:
    """Return alarm and order of each order that was made of these alarms, the oldest first."""
    rows = session.execute(
        select(TicketAlarm.alarm_id, Ticket)
        .join(Ticket, Ticket.id == TicketAlarm.ticket_id)
        .where(TicketAlarm.alarm_id.in_(alarm_ids))
        .order_by(Ticket.id)
    )
    return [(alarm_id, order) for alarm_id, order in rows]


def orders_opened(
    session: Session,
    asset_ids: Collection[str],
    kinds: Collection[str],
    span: tuple[datetime, datetime],
    limit: int,
) -> Sequence[Ticket]:
    """Return the orders of assets that were opened in a span and not cancelled, the oldest first."""
    return session.scalars(
        select(Ticket)
        .where(
            Ticket.asset_id.in_(asset_ids),
            Ticket.kind.in_(kinds),
            Ticket.created_at >= span[0],
            Ticket.created_at < span[1],
            Ticket.stage != Stage.CANCELLED,
        )
        .order_by(Ticket.created_at, Ticket.id)
        .limit(limit)
    ).all()


def count_active_alarms(session: Session, ticket_id: str) -> int:
    query = select(func.count()).where(
        TicketAlarm.ticket_id == ticket_id, TicketAlarm.cleared_at.is_(None)
    )
    return session.execute(query).scalar_one()


def take_clearance(session: Session, alarm_id: str, occurrence: int) -> datetime | None:
    found = session.get(AlarmClearance, alarm_id, populate_existing=True)
    if found is None:
        return None
    if found.occurrence <= occurrence:
        session.delete(found)
    return found.cleared_at if found.occurrence >= occurrence else None


def put_clearance(session: Session, alarm_id: str, cleared_at: datetime, occurrence: int) -> None:
    statement = insert(AlarmClearance).values(
        alarm_id=alarm_id, cleared_at=cleared_at, occurrence=occurrence
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["alarm_id"],
            set_={"cleared_at": cleared_at, "occurrence": occurrence},
            where=AlarmClearance.occurrence < occurrence,
        )
    )


def parts(session: Session, ticket_id: str) -> Sequence[TicketPart]:
    return session.scalars(
        select(TicketPart).where(TicketPart.ticket_id == ticket_id).order_by(TicketPart.line)
    ).all()


def watchers(session: Session, ticket_id: str) -> Sequence[TicketWatcher]:
    return session.scalars(
        select(TicketWatcher)
        .where(TicketWatcher.ticket_id == ticket_id)
        .order_by(TicketWatcher.since, TicketWatcher.person_id)
    ).all()
