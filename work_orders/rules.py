"""The state machine of every ticket, as a table: pure, no I/O, no clock.

One machine serves complaints and all kinds of orders. A `Transition` says from where to where an action
leads, which permission it needs for an order and for a complaint, which guards must hold and what the
caller must give. `decide` is the only judge; `diagram` draws the same table for the documentation.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.errors import Forbidden, IllegalTransition, InvalidInput
from registry.permissions import Principal
from work_orders.errors import NotYourOrder, ReopenWindowOver


class TicketKind(StrEnum):
    """What sort of ticket it is."""

    COMPLAINT = "complaint"
    PREVENTIVE = "preventive"
    CORRECTIVE = "corrective"
    INSPECTION = "inspection"
    INSTALLATION = "installation"


class Family(StrEnum):
    """The two families; the name is also the ticket's name in audit entries and change notices."""

    COMPLAINT = "complaint"
    WORK_ORDER = "work_order"


class Stage(StrEnum):
    """Where a ticket stands."""

    PENDING = "pending"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What can be done to a ticket's stage."""

    TRIAGE = "triage"
    ASSIGN = "assign"
    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    FINISH = "finish"
    CLOSE = "close"
    CONFIRM = "confirm"
    REJECT = "reject"
    REOPEN = "reopen"
    CANCEL = "cancel"
    SETTLE = "settle"


class Priority(StrEnum):
    """How urgent a ticket is; P0 first."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


ORDER_KINDS = tuple(kind for kind in TicketKind if kind is not TicketKind.COMPLAINT)
ENDED = (Stage.CLOSED, Stage.CANCELLED)
OPEN_STAGES = tuple(stage for stage in Stage if stage not in ENDED)
UNFINISHED = (
    Stage.PENDING,
    Stage.TRIAGED,
    Stage.ASSIGNED,
    Stage.IN_PROGRESS,
    Stage.ON_HOLD,
)
HOLD_REASONS = ("waiting_for_parts", "waiting_for_customer", "waiting_for_access", "other")
UNSPECIFIED = "unspecified"


def family_of(kind: TicketKind) -> Family:
    """Return the family a kind belongs to."""
    return Family.COMPLAINT if kind is TicketKind.COMPLAINT else Family.WORK_ORDER


@dataclass(frozen=True)
class Situation:
    """What the guards may look at."""

    kind: TicketKind
    stage: Stage
    assignee_id: str | None
    closed_at: datetime | None
    actor: Principal
    now: datetime
    reopen_days: int


Guard = Callable[[Situation], None]


def assignee_or_lead(situation: Situation) -> None:
    """An order is worked on by whom it is assigned to, or by somebody who may assign it."""
    actor = situation.actor
    if family_of(situation.kind) is Family.COMPLAINT or actor.may("work_orders.assign"):
        return
    if actor.person_id is None or actor.person_id != situation.assignee_id:
        raise NotYourOrder(
            "this order is assigned to somebody else", permission="work_orders.assign"
        )


def within_reopen_window(situation: Situation) -> None:
    """What ended too long ago stays ended; a new ticket is made instead."""
    last_day = timedelta(days=situation.reopen_days)
    if situation.closed_at is not None and situation.now - situation.closed_at > last_day:
        raise ReopenWindowOver(
            f"it ended more than {situation.reopen_days} days ago; make a new one",
            reopen_days=situation.reopen_days,
        )


def platform_only(situation: Situation) -> None:
    """Only the platform itself does this, as a consequence of something else."""
    if situation.actor.person_id is not None:
        raise Forbidden("only the platform does this, when the linked order is closed")


@dataclass(frozen=True)
class Transition:
    """One row of the table.

    Attributes:
        action: its name; an action has one row.
        sources: stages it may start from.
        target: the stage it leads to.
        order_permission: what it needs on an order.
        complaint_permission: what it needs on a complaint.
        guards: further conditions, each raising its own error.
        needs: what the caller must give: `reason`, `hold_reason`, `assignee_id`, `resolution`.
    """

    action: Action
    sources: tuple[Stage, ...]
    target: Stage
    order_permission: str
    complaint_permission: str
    guards: tuple[Guard, ...] = ()
    needs: tuple[str, ...] = ()

    def permission(self, kind: TicketKind) -> str:
        """Return the permission needed on a ticket of `kind`."""
        complaint = family_of(kind) is Family.COMPLAINT
        return self.complaint_permission if complaint else self.order_permission


_CREATE, _ASSIGN, _WORK = "work_orders.create", "work_orders.assign", "work_orders.handle"
_DESK, _CUSTOMER = "complaints.handle", "complaints.create"

TRANSITIONS: dict[Action, Transition] = {
    row.action: row
    for row in (
        Transition(Action.TRIAGE, (Stage.PENDING,), Stage.TRIAGED, _CREATE, _DESK),
        Transition(
            Action.ASSIGN,
            UNFINISHED,
            Stage.ASSIGNED,
            _ASSIGN,
            _DESK,
            needs=("assignee_id",),
        ),
        Transition(
            Action.START,
            (Stage.ASSIGNED,),
            Stage.IN_PROGRESS,
            _WORK,
            _DESK,
            guards=(assignee_or_lead,),
        ),
        Transition(
            Action.HOLD,
            (Stage.ASSIGNED, Stage.IN_PROGRESS),
            Stage.ON_HOLD,
            _WORK,
            _DESK,
            guards=(assignee_or_lead,),
            needs=("hold_reason",),
        ),
        Transition(
            Action.RESUME,
            (Stage.ON_HOLD,),
            Stage.IN_PROGRESS,
            _WORK,
            _DESK,
            guards=(assignee_or_lead,),
        ),
        Transition(
            Action.FINISH,
            (Stage.IN_PROGRESS,),
            Stage.AWAITING_CONFIRMATION,
            _WORK,
            _DESK,
            guards=(assignee_or_lead,),
            needs=("resolution",),
        ),
        Transition(
            Action.CLOSE,
            (Stage.IN_PROGRESS,),
            Stage.CLOSED,
            _WORK,
            _DESK,
            guards=(assignee_or_lead,),
            needs=("resolution",),
        ),
        # The customer's word, or the desk's on the customer's behalf; never the engineer's own.
        Transition(
            Action.CONFIRM, (Stage.AWAITING_CONFIRMATION,), Stage.CLOSED, _CUSTOMER, _CUSTOMER
        ),
        Transition(
            Action.REJECT,
            (Stage.AWAITING_CONFIRMATION,),
            Stage.IN_PROGRESS,
            _CUSTOMER,
            _CUSTOMER,
            needs=("reason",),
        ),
        Transition(
            Action.REOPEN,
            ENDED,
            Stage.TRIAGED,
            _CREATE,
            _CUSTOMER,
            guards=(within_reopen_window,),
            needs=("reason",),
        ),
        Transition(
            Action.CANCEL,
            OPEN_STAGES,
            Stage.CANCELLED,
            _ASSIGN,
            _DESK,
            needs=("reason",),
        ),
        # A complaint whose linked orders are all done waits for the customer's word.
        Transition(
            Action.SETTLE,
            UNFINISHED,
            Stage.AWAITING_CONFIRMATION,
            _ASSIGN,
            _DESK,
            guards=(platform_only,),
        ),
    )
}


def decide(action: Action, situation: Situation, given: Collection[str]) -> Stage:
    """Return the stage `action` leads to.

    `given` names what the caller supplied. Rights are judged before state, so that somebody without them
    learns nothing of the state.

    Raises:
        Forbidden: the permission is missing, or a guard refuses the actor.
        IllegalTransition: the stage does not allow it; `allowed` lists what this actor could do.
        InvalidInput: something the action needs was not given.
        Conflict: another guard refuses.
    """
    row = TRANSITIONS[action]
    situation.actor.require(row.permission(situation.kind))
    if situation.stage not in row.sources:
        raise IllegalTransition(
            f"{action} is not possible while {situation.stage}",
            action=str(action),
            stage=str(situation.stage),
            allowed=[str(each) for each in allowed_actions(situation)],
        )
    for guard in row.guards:
        guard(situation)
    missing = [name for name in row.needs if name not in given]
    if missing:
        raise InvalidInput(f"{action} needs {', '.join(missing)}", missing=missing)
    return row.target


def allowed_actions(situation: Situation) -> list[Action]:
    """Return what the actor could do now, given what the action needs."""
    return [action for action, row in TRANSITIONS.items() if _is_allowed(row, situation)]


def _is_allowed(row: Transition, situation: Situation) -> bool:
    if situation.stage not in row.sources:
        return False
    if not situation.actor.may(row.permission(situation.kind)):
        return False
    try:
        for guard in row.guards:
            guard(situation)
    except (Forbidden, ReopenWindowOver):
        return False
    return True
