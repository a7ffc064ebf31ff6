"""What work orders tell other packages: every move, every message, each once and with the change itself."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.db import Database
from kernel.errors import IllegalTransition
from kernel.models import OutboxEvent
from tests.integration.work_orders.plant import Plant, act, complaint, order
from work_orders.service import comment_on_complaint, get_complaint


def told(session: Session, topic: str) -> list[dict[str, Any]]:
    """Return what was published about a topic, the oldest first."""
    rows = session.scalars(
        select(OutboxEvent)
        .where(OutboxEvent.topic == f"work_orders.{topic}")
        .order_by(OutboxEvent.id)
    )
    return [row.payload for row in rows]


def test_every_move_is_told_once(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant).ticket
        act(session, plant.lead, made.id, "assign", assignee_id=plant.engineer.person_id)
        # A repeat moves nothing.
        act(session, plant.lead, made.id, "assign", assignee_id=plant.engineer.person_id)
        act(session, plant.lead, made.id, "cancel", reason="sent twice")
    with database.transaction() as session:
        moves = told(session, "ticket_moved")
        assert [(each["action"], each["from_stage"], each["to_stage"]) for each in moves] == [
            ("create", None, "pending"),
            ("assign", "pending", "assigned"),
            ("cancel", "assigned", "cancelled"),
        ]
        assert moves[-1] == {
            "ticket_id": made.id,
            "number": made.number,
            "kind": made.kind,
            "family": "work_order",
            "from_stage": "assigned",
            "to_stage": "cancelled",
            "action": "cancel",
            "actor_id": plant.lead.person_id,
            "organisation_id": plant.organisation_id,
            "reason": "sent twice",
        }


def test_a_refused_move_tells_nothing(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant).ticket
    with pytest.raises(IllegalTransition), database.transaction() as session:
        act(session, plant.lead, made.id, "resume")
    with database.transaction() as session:
        assert len(told(session, "ticket_moved")) == 1


def test_what_is_said_is_told(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = complaint(session, plant).ticket
        comment_on_complaint(session, plant.customer, made.id, "still loud")
        comment_on_complaint(session, plant.agent, made.id, "the usual", internal=True)
    with database.transaction() as session:
        entries = [
            each
            for each in get_complaint(session, plant.agent, made.id).timeline
            if each.kind == "comment"
        ]
        assert told(session, "message_added") == [
            {
                "ticket_id": made.id,
                "entry_id": entries[0].id,
                "internal": False,
                "by_customer": True,
            },
            {
                "ticket_id": made.id,
                "entry_id": entries[1].id,
                "internal": True,
                "by_customer": False,
            },
        ]
