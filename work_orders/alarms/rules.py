"""Pure decisions about alarms: what order they ask for, which was worst, what is worth telling."""

import math
from collections.abc import Mapping
from typing import Any, TypeGuard

from work_orders.rules import Priority, TicketKind
from work_orders.tickets.fields import TEXT_LENGTH_MAX, TITLE_LENGTH_MAX

_SEVERITIES = ("low", "medium", "high", "critical")
_PRIORITIES = {
    "critical": Priority.P0,
    "high": Priority.P1,
    "medium": Priority.P2,
    "low": Priority.P3,
}

_TINY = 1e-9


def order_kind(category: str) -> TicketKind:
    """Return the kind of order: a machine wants prevention, a sensor wants looking at."""
    return TicketKind.INSPECTION if category == "sensor" else TicketKind.PREVENTIVE


def priority_of(severity: str) -> Priority:
    """Return the priority of an order for an alarm of a severity."""
    return _PRIORITIES[severity]


def deviation(cause: Mapping[str, Any]) -> float:
    """Return how far off what was seen is, relative to what was expected; 0 where that has no number.

    `expected` may be a number or a `[low, high]` band.
    """
    seen, expected = cause.get("seen"), cause.get("expected")
    if not _is_number(seen):
        return 0.0
    if _is_number(expected):
        return abs(seen - expected) / max(abs(expected), _TINY)
    if isinstance(expected, list | tuple) and len(expected) == 2:  # noqa: PLR2004 - low, high
        low, high = expected
        if _is_number(low) and _is_number(high):
            return max(low - seen, seen - high, 0.0) / max(abs(low), abs(high), _TINY)
    return 0.0


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def badness(severity: str, cause: Mapping[str, Any]) -> tuple[int, float]:
    """Return what alarms are compared by: severity first, then how far off the value was."""
    return _SEVERITIES.index(severity), deviation(cause)


def is_worse(new: tuple[int, float], worst: Mapping[str, Any] | None) -> bool:
    """Tell whether an alarm is worse than the worst an order has."""
    return worst is None or new > badness(worst["severity"], worst["cause"])


def is_news(count: int, *, worse: bool) -> bool:
    """Tell whether another alarm is worth a line in the timeline.

    Every alarm is kept with the order; the timeline tells of those that are worse, and of the 2nd, 3rd, 5th,
    10th, 20th, 50th … so that ten thousand of them leave it readable.
    """
    step = 10 ** max(len(str(count)) - 1, 0)
    return worse or count <= 3 or count in {step, 2 * step, 5 * step}  # noqa: PLR2004


def title_of(summary: Mapping[str, Any]) -> str:
    """Return an order's title: the English summary, cut to fit."""
    return str(summary["en"])[:TITLE_LENGTH_MAX]


def description_of(summary: Mapping[str, Any]) -> str:
    """Return an order's description: the summary in both languages, so that both are found."""
    return "\n".join(str(summary[language]) for language in ("en", "zh") if summary.get(language))[
        :TEXT_LENGTH_MAX
    ]
