"""Moving a ticket along the state machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.settings import settings
from registry.changes import require_version
from registry.permissions import Principal
from work_orders.errors import OpenOrderExists
from work_orders.models import Ticket
from work_orders.rules import (
    ENDED,
    HOLD_REASONS,
    TRANSITIONS,
    Action,
    Situation,
    Stage,
    TicketKind,
    allowed_actions,
    decide,
)
from work_orders.settings import WorkOrders
from work_orders.sla import service as sla
from work_orders.tickets import fields as written
from work_orders.tickets import repository
from work_orders.tickets.resolution import Resolution
from work_orders.tickets.rules import request_digest
from work_orders.tickets.timeline import note, tell_moved, write


def situation(ticket: Ticket, actor: Principal, now: datetime) -> Situation:
    """Return what the state machine's guards look at."""
    return Situation(
        kind=TicketKind(ticket.kind),
        stage=Stage(ticket.stage),
        assignee_id=ticket.assignee_id,
        closed_at=ticket.closed_at,
        actor=actor,
        now=now,
        reopen_days=settings(WorkOrders).reopen_days,
    )


def actions_for(ticket: Ticket, actor: Principal, now: datetime) -> list[str]:
    """Return what `actor` could do to the ticket now."""
    return [str(action) for action in allowed_actions(situation(ticket, actor, now))]


@dataclass(frozen=True)
class Move:
    """A change of stage that somebody asks for.

    Attributes:
        resolution: what was done, as JSON; needed to finish or close.
        data: further facts for the timeline.
        values: columns that change together with the stage.
    """

    action: Action
    reason: str | None = None
    hold_reason: str | None = None
    assignee_id: str | None = None
    resolution: Mapping[str, Any] | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    def given(self) -> set[str]:
        """Return the names of what was given."""
        values = {
            "reason": self.reason,
            "hold_reason": self.hold_reason,
            "assignee_id": self.assignee_id,
            "resolution": self.resolution,
        }
        return {name for name, value in values.items() if value}

    def digest(self) -> str:
        """Return the fingerprint that a repeat of this move has too."""
        return request_digest(
            self.action,
            {
                "reason": self.reason,
                "hold_reason": self.hold_reason,
                "assignee_id": self.assignee_id,
                "resolution": dict(self.resolution) if self.resolution else None,
            },
        )


@dataclass(frozen=True)
class WantedMove:
    """An action somebody asks for, with what it needs; see `work_orders.rules.TRANSITIONS`."""

    action: Action
    reason: str | None = None
    hold_reason: str | None = None
    assignee_id: str | None = None
    resolution: Resolution | None = None

    def as_move(self) -> Move:
        """Return it as the state machine takes it."""
        return Move(
            self.action,
            reason=self.reason,
            hold_reason=self.hold_reason,
            assignee_id=self.assignee_id,
            resolution=self.resolution.as_json() if self.resolution else None,
        )


def is_repeat(session: Session, actor: Principal, ticket: Ticket, move: Move) -> bool:
    """Tell whether this very move, by the same actor, is what led to the present stage.

    A client that lost the answer may ask again: nothing happens twice.
    """
    if ticket.stage != TRANSITIONS[move.action].target:
        return False
    last = repository.last_transition(session, ticket.id)
    return (
        last is not None
        and last.actor_id == actor.person_id
        and last.data.get("request") == move.digest()
    )


def apply(
    session: Session,
    actor: Principal,
    ticket: Ticket,
    move: Move,
    now: datetime,
    *,
    expected_version: int | None = None,
) -> None:
    """Move a locked ticket along the state machine and write down who, when and why.

    Raises:
        StaleVersion: it has changed since `expected_version`.
        Forbidden, IllegalTransition, InvalidInput, Conflict: see `work_orders.rules.decide`.
        InvalidText: the reason cannot be kept.
    """
    require_version(ticket, expected_version)
    target = decide(move.action, situation(ticket, actor, now), move.given())
    if move.reason is not None:
        written.plain_text("reason", move.reason, written.TEXT_LENGTH_MAX)
    if move.hold_reason is not None:
        written.choice("hold_reason", move.hold_reason, HOLD_REASONS)
    before = Stage(ticket.stage)
    ticket.stage, ticket.stage_since = target, now
    ticket.hold_reason = move.hold_reason if target is Stage.ON_HOLD else None
    ticket.closed_at = now if target in ENDED else None
    if move.action is Action.ASSIGN:
        ticket.assignee_id = move.assignee_id
    for name, value in move.values.items():
        setattr(ticket, name, value)
    with session.no_autoflush:
        sla.moved(session, ticket, move.action, ticket.hold_reason, now)
    flush(session, ticket)
    write(
        session,
        actor,
        ticket,
        "transition",
        now,
        text=move.reason,
        data={
            "action": str(move.action),
            "from": str(before),
            "to": str(target),
            **{
                name: value
                for name, value in (
                    ("hold_reason", move.hold_reason),
                    ("assignee_id", move.assignee_id),
                    ("resolution", move.resolution),
                )
                if value
            },
            **move.data,
            "request": move.digest(),
        },
    )
    note(
        session,
        actor,
        ticket,
        str(move.action),
        changes={"stage": [before, target]},
        reason=move.reason,
    )
    tell_moved(
        session, actor, ticket, action=str(move.action), before=str(before), reason=move.reason
    )


def flush(session: Session, ticket: Ticket) -> None:
    """Send what changed to the database; a broken promise of one open order becomes the error that says so.

    Raises:
        OpenOrderExists: another order is open for the same failure of the same asset.
    """
    try:
        session.flush()
    except IntegrityError as error:
        if "uq_tickets_open_" not in str(error.orig):
            raise
        raise OpenOrderExists(
            "another order is open for the same failure of this asset", asset_id=ticket.asset_id
        ) from error
