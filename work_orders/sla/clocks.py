"""How promised times run: clocks, and the deadlines at which somebody is told. Pure, no I/O, no clock.

Clocks and deadlines are worked out from history, policy and calendars alone; so a change of any of them is a
new working out, and nothing that happened is forgotten.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.calendars.arithmetic import Calendar, Pause
from work_orders.sla.history import AWAITING, ENDED, INFORMATION, History, Standstill
from work_orders.sla.rules import Escalation, Policy, Recipients, Target


class Step(StrEnum):
    """What a deadline is for."""

    WARN = "warn"
    BREACH = "breach"
    ESCALATE = "escalate"


@dataclass(frozen=True)
class Clock:
    """One promise as it runs.

    Attributes:
        round: counts the customer's messages for `next_response`; else 1.
        amount: working time that is promised.
        stopped_at: when it was kept, or was given up; None while it runs.
        due_at: None while paused with no end in sight.
        paused_why: why it stands still now.
    """

    target: Target
    round: int
    calendar: Calendar
    amount: timedelta
    started_at: datetime
    stopped_at: datetime | None
    cancelled: bool
    pauses: tuple[Pause, ...]
    paused_why: str | None
    due_at: datetime | None
    agreed: bool = False

    def elapsed(self, now: datetime) -> timedelta:
        """Return the working time used up."""
        return self.calendar.working_time(
            self.started_at, self.stopped_at or now, () if self.agreed else self.pauses
        )

    def breached(self, now: datetime) -> bool:
        """Tell whether the promise is broken, whether kept late or not yet."""
        return self.due_at is not None and (self.stopped_at or now) > self.due_at


def _pauses(history: History, target: Target, policy: Policy) -> tuple[Standstill, ...]:
    """Return the standstills that stop a target's clock.

    What ended stands still for all. A hold stops all clocks if the policy says so of its reason. Waiting for
    the customer's word stops the resolution alone: somebody who asks meanwhile wants an answer.
    """
    stopping = {ENDED, INFORMATION, *policy.pausing_reasons}
    if target is Target.RESOLUTION:
        stopping.add(AWAITING)
    return tuple(each for each in history.standstills if each.why in stopping)


def clocks(history: History, policy: Policy, calendars: Mapping[str, Calendar]) -> list[Clock]:
    """Return every clock of a ticket or claim, ended ones included.

    Raises:
        BeyondReach: a target's end does not come within reach of its calendar.
    """
    runs: list[tuple[Target, int, datetime, datetime | None]] = [
        (Target.FIRST_RESPONSE, 1, history.started_at, history.first_response_at),
        *(
            (Target.NEXT_RESPONSE, number, ask.asked_at, ask.answered_at)
            for number, ask in enumerate(history.asks, 1)
        ),
        (Target.RESOLUTION, 1, history.started_at, history.ended_at),
    ]
    return [
        _clock(history, policy, calendars[policy.targets[target].calendar_id], run)
        for run in runs
        if (target := run[0]) in policy.targets
    ]


def _clock(
    history: History,
    policy: Policy,
    calendar: Calendar,
    run: tuple[Target, int, datetime, datetime | None],
) -> Clock:
    target, number, started_at, stopped_at = run
    standstills = _pauses(history, target, policy)
    pauses = tuple(
        Pause(each.starts, each.ends) for each in standstills if each.why != ENDED
    ) + tuple(
        # The end itself does not keep a clock from having been due.
        Pause(each.starts, each.ends)
        for each in standstills
        if each.why == ENDED and each.ends is not None
    )
    amount = timedelta(minutes=policy.targets[target].minutes)
    agreed = history.agreed_due_at if target is Target.RESOLUTION else None
    if agreed is not None:
        amount = calendar.working_time(started_at, agreed)
    lasting = next((each.why for each in standstills if each.ends is None), None)
    return Clock(
        target=target,
        round=number,
        calendar=calendar,
        amount=amount,
        started_at=started_at,
        stopped_at=stopped_at,
        cancelled=history.cancelled and stopped_at == history.ended_at,
        pauses=pauses,
        paused_why=None if stopped_at or agreed else lasting,
        due_at=agreed or calendar.after(started_at, amount, pauses),
        agreed=agreed is not None,
    )


@dataclass(frozen=True)
class Deadline:
    """A point at which somebody is told. `step`, `target`, `round`, `share` and `level` name it."""

    target: Target
    round: int
    step: Step
    share: float
    level: int
    due_at: datetime | None
    recipients: Recipients
    channels: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return its name among the deadlines of one ticket."""
        detail = {
            Step.WARN: f":{self.share:g}",
            Step.BREACH: "",
            Step.ESCALATE: f":{self.level}",
        }[self.step]
        return f"{self.target}:{self.round}:{self.step}{detail}"


def deadlines(running: Iterable[Clock], policy: Policy) -> list[Deadline]:
    """Return the points to come of clocks that have not stopped; `due_at` is None while they are paused."""
    found: list[Deadline] = []
    for clock in running:
        if clock.stopped_at is not None:
            continue
        found += [
            Deadline(
                clock.target, clock.round, Step.WARN, share, 0,
                _point(clock, clock.amount * share), policy.warned,
            )
            for share in policy.warn_shares
        ]  # fmt: skip
        found.append(
            Deadline(clock.target, clock.round, Step.BREACH, 1.0, 0, clock.due_at, policy.breached)
        )
        found += [
            _escalation(clock, each) for each in policy.escalations if each.target == clock.target
        ]
    return found


def _point(clock: Clock, amount: timedelta) -> datetime | None:
    return clock.calendar.after(clock.started_at, amount, () if clock.agreed else clock.pauses)


def _escalation(clock: Clock, step: Escalation) -> Deadline:
    amount = step.amount(clock.amount)
    share = amount / clock.amount if clock.amount else 1.0
    at = clock.due_at if step.share == 1.0 else _point(clock, amount)
    return Deadline(
        clock.target,
        clock.round,
        Step.ESCALATE,
        share,
        step.level,
        at,
        step.recipients,
        step.channels,
    )


@dataclass(frozen=True)
class Told:
    """A deadline as it is kept: when it is due, and when somebody was told."""

    key: str
    due_at: datetime | None
    fired_at: datetime | None


@dataclass(frozen=True)
class Plan:
    """What is to be done with the deadlines that are kept."""

    put: tuple[Deadline, ...]
    drop: tuple[str, ...]


def plan(kept: Collection[Told], wanted: Sequence[Deadline], now: datetime) -> Plan:
    """Return which deadlines are to be written and which forgotten.

    What was told stays told, unless its time has moved into the future: then it will be told again.
    """
    told = {each.key: each for each in kept}
    put = tuple(each for each in wanted if _is_news(told.get(each.key), each, now))
    keys = {each.key for each in wanted}
    drop = tuple(each.key for each in kept if each.fired_at is None and each.key not in keys)
    return Plan(put, drop)


def _is_news(before: Told | None, wanted: Deadline, now: datetime) -> bool:
    if before is None or before.fired_at is None:
        return True
    return wanted.due_at is not None and wanted.due_at > now
