"""Every query about commands."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from anomaly.commands.models import Command


def add_command(session: Session, values: dict[str, Any]) -> int:
    return session.execute(insert(Command).values(**values).returning(Command.number)).scalar_one()


def agents_told(session: Session) -> set[str]:
    """Return the gateways whose models have been told something they have not done yet."""
    query = select(Command.agent_id).where(Command.applied_at.is_(None)).distinct()
    return set(session.scalars(query))


def pending(session: Session, agent_ids: Collection[str]) -> Sequence[Command]:
    """Return what they have not done yet, in the order in which it was given."""
    if not agent_ids:
        return []
    return session.scalars(
        select(Command)
        .where(Command.agent_id.in_(agent_ids), Command.applied_at.is_(None))
        .order_by(Command.number)
        .execution_options(populate_existing=True)
    ).all()


def pending_of_alarm(session: Session, alarm_id: str, kinds: Iterable[str]) -> Sequence[Command]:
    return session.scalars(
        select(Command).where(
            Command.alarm_id == alarm_id,
            Command.kind.in_(list(kinds)),
            Command.applied_at.is_(None),
        )
    ).all()
