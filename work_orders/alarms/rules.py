"""Pure decisions about alarms: what order they ask for, which was worst, what is worth telling."""

import math
from collections.abc import Mapping
from typing import Any

from work_orders.rules import UNSPECIFIED, Priority, Stage, TicketKind
from work_orders.tickets.fields import TEXT_LENGTH_MAX, TITLE_LENGTH_MAX

_SEVERITIES = ("low", "medium", "high", "critical")
_PRIORITIES = {
    "critical": Priority.P0,
    "high": Priority.P1,
    "medium": Priority.P2,
    "low": Priority.P3,
}


def order_kind(category: str) -> TicketKind:
    """Return the kind of order: a machine wants prevention, a sensor wants looking at."""
    return TicketKind.INSPECTION if category == "sensor" else TicketKind.PREVENTIVE


def priority_of(severity: str) -> Priority:
    """Return the priority of an order for an alarm of a severity."""
    return _PRIORITIES[severity]


def badness(severity: str, cause: Mapping[str, Any]) -> tuple[int, float]:
    """Return what alarms are compared by: severity first, then how far beyond its limit the value lies."""
    score = cause.get("score")
    if isinstance(score, int | float) and math.isfinite(score):
        return _SEVERITIES.index(severity), float(score)
    return _SEVERITIES.index(severity), 0.0


def is_worse(new: tuple[int, float], worst: Mapping[str, Any] | None) -> bool:
    """Tell whether an alarm is worse than the worst an order has."""
    return worst is None or new > badness(worst["severity"], worst["cause"])


def is_news(count: int) -> bool:
    """Tell whether the `count`th alarm of an order is worth a line in the timeline though it is no worse.

    Every alarm is kept with the order; the timeline tells of those that are worse, and of the 2nd, 3rd, 5th,
    10th, 20th, 50th … so that ten thousand of them leave it readable.
    """
    step = 10 ** max(len(str(count)) - 1, 0)
    return count <= 3 or count in {step, 2 * step, 5 * step}  # noqa: PLR2004


def may_follow_suspicion(stage: str, origin: str, present: str, suspected: str) -> bool:
    """Tell whether an order's failure mode follows the alarm's: until somebody has begun to work on it."""
    unfinished = Stage(stage) in {Stage.PENDING, Stage.TRIAGED, Stage.ASSIGNED}
    return unfinished and origin == "alarm" and suspected not in {UNSPECIFIED, present}


def title_of(summary: Mapping[str, Any]) -> str:
    """Return an order's title: the English summary, cut to fit."""
    return str(summary["en"])[:TITLE_LENGTH_MAX]


def description_of(summary: Mapping[str, Any]) -> str:
    """Return an order's description: the summary in both languages, so that both are found."""
    return "\n".join(str(summary[language]) for language in ("en", "zh") if summary.get(language))[
        :TEXT_LENGTH_MAX
    ]
