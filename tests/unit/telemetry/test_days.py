"""The days that readings are kept for: the same rule before the database as inside it."""

from datetime import date

import pytest

from migrations import partitions
from telemetry import rules
from telemetry.errors import DayOutOfBounds

TODAY = date(2026, 11, 21)
FIRST = (date(2000, 1, 1) - date(1970, 1, 1)).days
LAST = (date(2026, 11, 29) - date(1970, 1, 1)).days


def test_the_first_and_the_last_day_are_kept() -> None:
    assert rules.keepable_days([FIRST, LAST], TODAY) == [date(2000, 1, 1), date(2026, 11, 29)]
    assert rules.keepable_days([], TODAY) == []


@pytest.mark.parametrize("day", [FIRST - 1, LAST + 1, 0, -(10**6), 10**9])
def test_days_beyond_them_are_refused(day: int) -> None:
    with pytest.raises(DayOutOfBounds, match="2000-01-01 to 8 days ahead"):
        rules.keepable_days([FIRST, day], TODAY)


def test_the_database_has_the_same_bounds() -> None:
    assert date.fromisoformat(partitions.FIRST_DAY) == rules.FIRST_DAY
    assert partitions.DAYS_AHEAD_MAX == rules.DAYS_AHEAD_MAX
