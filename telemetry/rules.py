"""What a series may be, decided without a database."""

import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final, Literal

from telemetry.errors import DayOutOfBounds, SpanInvalid

KINDS: Final = (
    "vibration",
    "temperature",
    "pressure",
    "flow",
    "current",
    "speed",
    "power",
    "level",
    "voltage",
    "state",
    "other",
)
DATA_TYPES: Final = ("number", "boolean")

# A clock that stands at 1970 or runs far ahead makes no room for its readings.
FIRST_DAY: Final = date(2000, 1, 1)
DAYS_AHEAD_MAX: Final = 8
_EPOCH: Final = date(1970, 1, 1)
# Steps and margins around a span stay within what a datetime holds.
_YEAR_FIRST: Final = 1900
_YEAR_LAST: Final = 9000

Method = Literal["minmax", "lttb", "raw"]
Resolution = Literal["raw", "1m", "1h", "1d"]


def known_kind(kind: str) -> str:
    """Return `kind`, or `other` for one this version does not know: an edge may be newer."""
    lowered = kind.strip().lower()
    return lowered if lowered in KINDS else "other"


def usable_range(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Return an engineering range as it can be relied on.

    PLCs send ranges that were never set: NaN, infinite, or both ends 0. A limit that is no finite number
    counts as unknown, and so do both when they do not span anything.
    """
    lower = low if low is not None and math.isfinite(low) else None
    upper = high if high is not None and math.isfinite(high) else None
    if lower is not None and upper is not None and lower >= upper:
        return None, None
    return lower, upper


def keepable_days(numbers: Iterable[int], today: date) -> list[date]:
    """Return the dates of days counted from 1970-01-01, all of which a store may be asked to keep.

    Raises:
        DayOutOfBounds: one is before `FIRST_DAY` or more than `DAYS_AHEAD_MAX` days ahead.
    """
    days = [int(number) for number in numbers]
    first, last = (FIRST_DAY - _EPOCH).days, (today - _EPOCH).days + DAYS_AHEAD_MAX
    if days and (min(days) < first or max(days) > last):
        raise DayOutOfBounds(
            f"readings are kept from {FIRST_DAY} to {DAYS_AHEAD_MAX} days ahead of today"
        )
    return [_EPOCH + timedelta(days=day) for day in days]


def check_span(start: datetime, end: datetime) -> None:
    """Refuse a span that is none.

    Raises:
        SpanInvalid: a time has no offset from UTC or is in no year that can be reckoned with, or the span
            does not begin before it ends.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise SpanInvalid("times need an offset from UTC")
    if start >= end:
        raise SpanInvalid("the span must begin before it ends")
    if start.year < _YEAR_FIRST or end.year > _YEAR_LAST:
        raise SpanInvalid(f"times are in the years {_YEAR_FIRST} to {_YEAR_LAST}")
