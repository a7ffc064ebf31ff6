"""Alarms there would have been beside what was: alarms raised, what people found them to be, orders opened.

No I/O, no clock. An alarm that was raised is told when a supposed one of the same machine and category lasts
at the same time, give or take `NEAR`. An order is told when a supposed alarm of its machine lasted or began
within `AHEAD` before it was opened. What came before anything of the machine was judged is neither told nor
missed.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

NEAR: Final = timedelta(hours=1)
AHEAD: Final = timedelta(days=7)


@dataclass(frozen=True)
class Told:
    """An alarm there would have been; `until` None: to the end."""

    number: int
    asset_id: str
    category: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Raised:
    """An alarm that was raised; `verdict` is what somebody found it to be."""

    id: str
    asset_id: str
    category: str
    severity: str
    since: datetime
    until: datetime | None
    verdict: str | None
    summary: Mapping[str, str]


@dataclass(frozen=True)
class Opened:
    """An order that was opened, and not cancelled."""

    id: str
    number: str
    asset_id: str
    kind: str
    failure_mode: str
    title: str
    at: datetime


@dataclass(frozen=True)
class Matched:
    """What was, and by which supposed alarms it would have been told; `warming`: before anything could be."""

    numbers: tuple[int, ...]
    warming: bool
    ahead_s: float | None = None


@dataclass(frozen=True)
class Compared:
    """See the module.

    Attributes:
        raised, opened: in the order they were given.
        extra: numbers of the supposed alarms that nothing of what was stands for.
    """

    raised: tuple[Matched, ...]
    opened: tuple[Matched, ...]
    extra: tuple[int, ...]


class _Timeline:
    """The supposed alarms of one machine by their beginning."""

    def __init__(self, told: Sequence[Told]) -> None:
        self._told = sorted(told, key=lambda each: (each.since, each.number))
        self._since = [each.since for each in self._told]

    def lasting(
        self, since: datetime, until: datetime | None, category: str | None = None
    ) -> list[Told]:
        """Return those that last at any time of a span, ends included."""
        last = len(self._told) if until is None else bisect_right(self._since, until)
        return [
            each
            for each in self._told[:last]
            if (each.until is None or each.until >= since) and category in (None, each.category)
        ]


def compare(
    told: Sequence[Told],
    raised: Sequence[Raised],
    opened: Sequence[Opened],
    judged_from: Mapping[str, datetime | None],
) -> Compared:
    """Hold what would have been told against what was; `judged_from` by machine, None: never."""
    timelines = {
        asset_id: _Timeline([each for each in told if each.asset_id == asset_id])
        for asset_id in judged_from
    }
    of_raised = tuple(_of_raised(each, timelines, judged_from) for each in raised)
    of_opened = tuple(_of_opened(each, timelines, judged_from) for each in opened)
    known = {number for match in (*of_raised, *of_opened) for number in match.numbers}
    extra = tuple(each.number for each in told if each.number not in known)
    return Compared(of_raised, of_opened, extra)


def _of_raised(
    alarm: Raised,
    timelines: Mapping[str, _Timeline],
    judged_from: Mapping[str, datetime | None],
) -> Matched:
    until = None if alarm.until is None else alarm.until + NEAR
    found = timelines[alarm.asset_id].lasting(alarm.since - NEAR, until, alarm.category)
    judged = judged_from[alarm.asset_id]
    warming = not found and (judged is None or alarm.since < judged)
    ahead = (alarm.since - found[0].since).total_seconds() if found else None
    return Matched(tuple(each.number for each in found), warming, ahead)


def _of_opened(
    order: Opened,
    timelines: Mapping[str, _Timeline],
    judged_from: Mapping[str, datetime | None],
) -> Matched:
    found = timelines[order.asset_id].lasting(order.at - AHEAD, order.at)
    judged = judged_from[order.asset_id]
    warming = not found and (judged is None or order.at < judged)
    ahead = (order.at - found[0].since).total_seconds() if found else None
    return Matched(tuple(each.number for each in found), warming, ahead)
