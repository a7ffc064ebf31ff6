"""A slow second opinion on working time: a wall clock read minute by minute, then counted second by second.

It shares nothing with `kernel.calendars.arithmetic` but the description of a calendar.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np

from kernel.calendars.arithmetic import Pause
from kernel.calendars.model import CalendarSpec


@cache
def _china() -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=range(2024, 2028))


def _minutes_of(spec: CalendarSpec, day: date) -> set[int]:
    """Return the working minutes of windows that begin on a day; over 1439 is the next morning."""
    for own in spec.exceptions:
        if own.day == day:
            return {minute for span in own.spans for minute in range(span.starts, span.ends)}
    weekdays = [day.weekday()]
    if spec.country == "CN":
        if day in _china().weekend_workdays:
            if not any(each.weekday == day.weekday() for each in spec.windows):
                weekdays = [min(each.weekday for each in spec.windows)]
        elif day in _china():
            return set()
    return {
        minute
        for each in spec.windows
        if each.weekday in weekdays
        for minute in range(each.span.starts, each.span.ends)
    }


class Oracle:
    """Working seconds of a calendar from `begins` for `days`."""

    def __init__(self, spec: CalendarSpec, begins: datetime, days: int) -> None:
        zone = ZoneInfo(spec.zone)
        minutes_of = cache(lambda day: _minutes_of(spec, day))
        self.begins = begins
        worked = np.zeros(days * 1440, dtype=bool)
        for index in range(days * 1440):
            wall = (begins + timedelta(minutes=index)).astimezone(zone)
            today, minute = wall.date(), wall.hour * 60 + wall.minute
            worked[index] = minute in minutes_of(today) or minute + 1440 in minutes_of(
                today - timedelta(days=1)
            )
        self.seconds = np.repeat(worked, 60)

    def second(self, at: datetime) -> int:
        return (at - self.begins) // timedelta(seconds=1)

    def _without(self, first: int, last: int, pauses: Sequence[Pause]) -> np.ndarray:
        found = self.seconds[first:last].copy()
        for pause in pauses:
            starts = max(0, self.second(pause.starts) - first)
            ends = last - first if pause.ends is None else max(0, self.second(pause.ends) - first)
            found[starts:ends] = False
        return found

    def working_time(self, starts: datetime, ends: datetime, pauses: Sequence[Pause]) -> timedelta:
        found = self._without(self.second(starts), self.second(ends), pauses)
        return timedelta(seconds=int(np.count_nonzero(found)))

    def after(
        self, starts: datetime, amount: timedelta, pauses: Sequence[Pause]
    ) -> datetime | None:
        """Return the end of the last of so many working seconds; None when they are not in sight."""
        first = self.second(starts)
        counted = np.flatnonzero(self._without(first, len(self.seconds), pauses))
        wanted = amount // timedelta(seconds=1)
        if wanted > len(counted):
            return None
        return starts + timedelta(seconds=int(counted[wanted - 1]) + 1)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day, …
