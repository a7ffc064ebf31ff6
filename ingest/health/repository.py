"""Queries for gateways' health."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ingest.health.models import GatewayAlarm
from ingest.models import Agent
from kernel.paging import PageRequest

# Written out: a parameter in its place keeps PostgreSQL from recognising the partial index.
_OPEN = text("cleared_at IS NULL")


def clock_buckets(session: Session, agent_id: str) -> list[Any]:
    """Return an agent's clock offsets, its row locked until the transaction ends."""
    query = select(Agent.clock_offsets).where(Agent.agent_id == agent_id).with_for_update()
    return session.execute(query).scalar_one_or_none() or []


def silent_agents(session: Session, before: datetime) -> dict[str, datetime]:
    """Return edge agents of which nothing arrived since a time, and when something last did."""
    # Only an edge agent reports how it is; of third parties silence says nothing.
    rows = session.execute(
        select(Agent.agent_id, Agent.last_seen_at).where(
            Agent.last_seen_at < before, Agent.status_at.is_not(None)
        )
    )
    return {agent_id: last_seen_at for agent_id, last_seen_at in rows}  # noqa: C416


def open_alarms(session: Session, agent_ids: Collection[str]) -> Sequence[GatewayAlarm]:
    return session.scalars(
        select(GatewayAlarm)
        .where(_OPEN, GatewayAlarm.agent_id.in_(agent_ids))
        .order_by(GatewayAlarm.id)
    ).all()


def open_alarm(session: Session, agent_id: str, kind: str) -> GatewayAlarm | None:
    return session.scalars(
        select(GatewayAlarm).where(
            _OPEN, GatewayAlarm.agent_id == agent_id, GatewayAlarm.kind == kind
        )
    ).one_or_none()


def agents_with_open(session: Session, kind: str) -> set[str]:
    return set(
        session.scalars(select(GatewayAlarm.agent_id).where(_OPEN, GatewayAlarm.kind == kind))
    )


def add_alarm(session: Session, values: dict[str, Any]) -> bool:
    """Add an open alarm; tell whether it was added, or there was one."""
    added = session.execute(
        insert(GatewayAlarm)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["agent_id", "kind"], index_where=_OPEN)
        .returning(GatewayAlarm.id)
    )
    return added.first() is not None


def clear_alarm(session: Session, agent_id: str, kind: str, cleared_at: datetime) -> str | None:
    """Clear the open alarm; return its id, None when there was none."""
    cleared = session.execute(
        update(GatewayAlarm)
        .where(_OPEN, GatewayAlarm.agent_id == agent_id, GatewayAlarm.kind == kind)
        .values(cleared_at=cleared_at)
        .returning(GatewayAlarm.id)
    )
    return cleared.scalar_one_or_none()


def alarms(
    session: Session, agent_ids: Collection[str] | None, page: PageRequest, *, only_open: bool
) -> Sequence[GatewayAlarm]:
    """Return alarms, the newest first; `agent_ids` None means everybody's."""
    query = select(GatewayAlarm).order_by(GatewayAlarm.id.desc()).limit(page.limit + 1)
    if agent_ids is not None:
        query = query.where(GatewayAlarm.agent_id.in_(agent_ids))
    if only_open:
        query = query.where(_OPEN)
    if page.after is not None:
        query = query.where(GatewayAlarm.id < page.after_id())
    return session.scalars(query).all()
