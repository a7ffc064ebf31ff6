"""Queries on who follows a ticket."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from work_orders.models import TicketWatcher


def add(session: Session, ticket_id: str, person_id: str, since: datetime) -> bool:
    statement = insert(TicketWatcher).values(ticket_id=ticket_id, person_id=person_id, since=since)
    added = session.execute(
        statement.on_conflict_do_nothing().returning(TicketWatcher.person_id)
    ).first()
    return added is not None


def remove(session: Session, ticket_id: str, person_id: str) -> bool:
    gone = session.execute(
        delete(TicketWatcher)
        .where(TicketWatcher.ticket_id == ticket_id, TicketWatcher.person_id == person_id)
        .returning(TicketWatcher.person_id)
    ).first()
    return gone is not None
