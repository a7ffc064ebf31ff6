"""What happened to a ticket or claim, as far as promised times depend on it: pure, no I/O, no clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from work_orders.rules import Action, Stage

AWAITING = "awaiting_confirmation"
ENDED = "ended"
INFORMATION = "needs_information"


@dataclass(frozen=True)
class Standstill:
    """A time in which work stood still: on hold for a reason, awaiting the customer's word, or ended."""

    why: str
    starts: datetime
    ends: datetime | None = None


@dataclass(frozen=True)
class Ask:
    """A customer's message after the first response, and when it was answered."""

    asked_at: datetime
    answered_at: datetime | None = None


@dataclass(frozen=True)
class History:
    """What happened to a ticket or claim.

    Attributes:
        first_response_at: somebody wrote to the customer or began the work.
        ended_at: closed or cancelled; None while open.
        agreed_due_at: an end agreed for this one alone; it stands above the policy's resolution target and
            no pause moves it.
    """

    started_at: datetime
    first_response_at: datetime | None = None
    ended_at: datetime | None = None
    cancelled: bool = False
    agreed_due_at: datetime | None = None
    standstills: tuple[Standstill, ...] = ()
    asks: tuple[Ask, ...] = ()

    def begun(self, at: datetime) -> "History":
        """Note that somebody began the work."""
        return self if self.first_response_at else replace(self, first_response_at=at)

    def responded(self, at: datetime) -> "History":
        """Note a response to the customer: the first, or the answer to what was asked since."""
        if self.first_response_at is None:
            return replace(self, first_response_at=at)
        asks = tuple(
            each if each.answered_at else replace(each, answered_at=at) for each in self.asks
        )
        return replace(self, asks=asks)

    def asked(self, at: datetime) -> "History":
        """Note a customer's message; one that waits already goes on waiting."""
        waits = bool(self.asks) and self.asks[-1].answered_at is None
        if self.first_response_at is None or self.ended_at is not None or waits:
            return self
        return replace(self, asks=(*self.asks, Ask(at)))

    def standing_still(self, why: str | None, at: datetime) -> "History":
        """Note why work stands still from now on; None means that it goes on."""
        closed = tuple(each if each.ends else replace(each, ends=at) for each in self.standstills)
        if why is not None:
            closed = (*closed, Standstill(why, at))
        return replace(self, standstills=closed)

    def ending(self, at: datetime, *, cancelled: bool) -> "History":
        """Note the end."""
        done = self.responded(at).standing_still(ENDED, at)
        return replace(done, ended_at=at, cancelled=cancelled)

    def reopened(self, at: datetime) -> "History":
        """Note that work goes on after the end; the time between counts for nobody."""
        return replace(self.standing_still(None, at), ended_at=None, cancelled=False)


def after_move(
    history: History, action: Action, stage: Stage, hold_reason: str | None, at: datetime
) -> History:
    """Return the history after a ticket was moved to a stage.

    Triage and assignment are no response yet: the customer has heard nothing, the work has not begun.
    """
    if stage in (Stage.CLOSED, Stage.CANCELLED):
        return history.ending(at, cancelled=stage is Stage.CANCELLED)
    if action is Action.REOPEN:
        return history.reopened(at)
    if stage is Stage.AWAITING_CONFIRMATION:
        return history.responded(at).standing_still(AWAITING, at)
    if stage is Stage.ON_HOLD:
        return history.begun(at).standing_still(hold_reason, at)
    going_on = history.standing_still(None, at)
    if action is Action.REJECT:
        return going_on.asked(at)
    return going_on.begun(at) if stage is Stage.IN_PROGRESS else going_on
