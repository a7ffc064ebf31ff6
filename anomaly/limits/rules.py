"""Which limits make sense together. No I/O, no clock."""

import math
from collections.abc import Sequence
from itertools import pairwise

from anomaly.limits.errors import InvalidLimits
from anomaly.rules import SEVERITIES
from anomaly.sources import Limit

# From the lowest setpoint to the highest.
_LEVELS = ("ll", "l", "h", "hh")
_RATES = ("rise", "fall")
KINDS = (*_LEVELS[::-1], *_RATES)
SECONDS_MAX = 86_400.0


def check_limits(limits: Sequence[Limit]) -> None:
    """Refuse limits of one series that make no sense.

    Raises:
        InvalidLimits: a kind that is not known or comes twice, a number out of bounds, or setpoints that are
            not in order; `field` names the limit and the field.
    """
    kinds = [limit.kind for limit in limits]
    for number, limit in enumerate(limits):
        _check(number, limit)
        if kinds.index(limit.kind) != number:
            raise InvalidLimits(f"{limit.kind} is there twice", field=f"limits.{number}.kind")
    levels = [(kind, limit) for kind in _LEVELS for limit in limits if limit.kind == kind]
    for (lower, low), (higher, high) in pairwise(levels):
        if low.setpoint >= high.setpoint:
            raise InvalidLimits(
                f"{lower} must be below {higher}", field=f"limits.{kinds.index(higher)}.setpoint"
            )


def _check(number: int, limit: Limit) -> None:
    def refuse(field: str, why: str) -> InvalidLimits:
        return InvalidLimits(f"{field} of {limit.kind}: {why}", field=f"limits.{number}.{field}")

    if limit.kind not in KINDS:
        raise refuse("kind", f"one of {', '.join(KINDS)}")
    if limit.severity not in SEVERITIES:
        raise refuse("severity", f"one of {', '.join(SEVERITIES)}")
    if not math.isfinite(limit.setpoint) or (limit.kind in _RATES and limit.setpoint <= 0):
        raise refuse("setpoint", "a number, of a rate a positive one")
    if not (math.isfinite(limit.deadband) and limit.deadband >= 0):
        raise refuse("deadband", "a number, zero or more")
    for field in ("on_delay_s", "off_delay_s"):
        if not 0 <= getattr(limit, field) <= SECONDS_MAX:
            raise refuse(field, "seconds, up to a day")
    if not 1 <= limit.over_s <= SECONDS_MAX:
        raise refuse("over_s", "seconds, from one to a day")
