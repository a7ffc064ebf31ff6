"""Clocks as people see them, worked out at the moment of asking."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from registry.permissions import Principal
from work_orders.sla import documents, repository
from work_orders.sla.clocks import Clock
from work_orders.sla.service import clocks_under


@dataclass(frozen=True)
class ClockFacts:
    """One clock now.

    Attributes:
        state: `running`, `paused`, `met`, `missed` (kept late) or `cancelled`.
        breached: the promise is broken, whether kept late or not yet.
        ticking: it runs and it is working time now.
        target_s, elapsed_s: seconds of working time; what remains is the difference, below zero when late.
    """

    target: str
    round: int
    state: str
    breached: bool
    ticking: bool
    paused_why: str | None
    started_at: datetime
    stopped_at: datetime | None
    due_at: datetime | None
    target_s: int
    elapsed_s: int


@dataclass(frozen=True)
class TicketClocks:
    """The clocks of one ticket; `policy_name` is for the manufacturer's people."""

    ticket_id: str
    policy_name: str | None
    clocks: list[ClockFacts]


def clocks_of(
    session: Session, actor: Principal, ticket_ids: Collection[str]
) -> list[TicketClocks]:
    """Return the clocks of those of the tickets that the actor may read, in no order.

    Raises:
        Forbidden: the actor may read neither orders nor complaints.
    """
    if not actor.may("complaints.read"):
        actor.require("work_orders.read")
    now = utc_now()
    seen = {
        row.id: row
        for row in repository.tickets(session, ticket_ids)
        if actor.sees(row.organisation_id)
        and actor.may("complaints.read" if row.family == "complaint" else "work_orders.read")
    }
    policies = {row.id: row for row in repository.policies(session, archived=True)}
    found = []
    for subject in repository.subjects(session, list(seen)):
        if subject.policy_id is None:
            continue
        row = policies[subject.policy_id]
        running = clocks_under(
            session, documents.history_of(subject.history), documents.policy_of(row)
        )
        found.append(
            TicketClocks(
                subject.id,
                row.name if actor.scope is None else None,
                [_clock(each, now) for each in running],
            )
        )
    return found


def _clock(clock: Clock, now: datetime) -> ClockFacts:
    breached = clock.breached(now)
    return ClockFacts(
        target=str(clock.target),
        round=clock.round,
        state=_state(clock, breached=breached),
        breached=breached,
        ticking=clock.stopped_at is None
        and clock.paused_why is None
        and clock.calendar.is_working(now),
        paused_why=clock.paused_why,
        started_at=clock.started_at,
        stopped_at=clock.stopped_at,
        due_at=clock.due_at,
        target_s=int(clock.amount.total_seconds()),
        elapsed_s=int(clock.elapsed(now).total_seconds()),
    )


def _state(clock: Clock, *, breached: bool) -> str:
    if clock.cancelled:
        return "cancelled"
    if clock.stopped_at is not None:
        return "missed" if breached else "met"
    return "running" if clock.paused_why is None else "paused"
