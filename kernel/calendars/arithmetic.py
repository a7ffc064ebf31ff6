"""Working time between two instants, and the instant after so much of it: pure, exact to a microsecond.

An instant is working time when a wall clock in the calendar's zone reads a time within a window. So a window
in the hour that daylight saving skips has no time, and one in the hour that comes twice counts twice.

Each day in UTC is worked out once: the stretches of it on which the offset does not change, the windows that
the wall clock passes there, in UTC again. Everything else adds and walks over days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from kernel.calendars.errors import BeyondReach, InvalidCalendar
from kernel.calendars.model import CalendarSpec, Day, check_spec, day_of, zone_of

# A calendar that has had no working time for so long has none.
IDLE_DAYS_MAX = 400
REACH_DAYS_MAX = 40 * 366
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_DAY = 86_400 * _SECOND
_PROBE = 3 * 3_600 * _SECOND
_DAYS_KEPT = 4096
# Python's dates end with the year 9999; a zone's offset must not carry one beyond.
_FIRST_DAY, _LAST_DAY = (date(year, 1, 1).toordinal() - _EPOCH_ORDINAL for year in (2, 9999))

Interval = tuple[int, int]


@dataclass(frozen=True)
class Pause:
    """A time that does not count; `ends` is None while it lasts."""

    starts: datetime
    ends: datetime | None


def _us(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("calendars take aware times only")
    return (at - _EPOCH) // timedelta(microseconds=1)


def _at(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


class Calendar:
    """The arithmetic of one calendar; made by `calendar_of`, which keeps the days it has worked out."""

    def __init__(self, spec: CalendarSpec) -> None:
        check_spec(spec)
        self.spec = spec
        self._zone = zone_of(spec.zone)
        self._days = lru_cache(maxsize=_DAYS_KEPT)(self._work_out)

    def day(self, day: date) -> Day:
        """Return what a local day is."""
        return day_of(self.spec, day)

    def local(self, at: datetime) -> datetime:
        """Return an instant in the calendar's zone."""
        return at.astimezone(self._zone)

    def is_working(self, at: datetime) -> bool:
        """Tell whether an instant is working time."""
        us = _us(at)
        return any(starts <= us < ends for starts, ends in self._days(us // _DAY))

    def working_time(
        self, starts: datetime, ends: datetime, pauses: Iterable[Pause] = ()
    ) -> timedelta:
        """Return the working time from one instant to another without the pauses; zero if it ends earlier.

        Raises:
            BeyondReach: the two are more than `REACH_DAYS_MAX` apart.
        """
        first, last = _us(starts), _us(ends)
        total = self._between(first, last)
        for begun, ended in _merged(pauses):
            total -= self._between(max(begun, first), last if ended is None else min(ended, last))
        return timedelta(microseconds=total)

    def after(
        self, starts: datetime, amount: timedelta, pauses: Iterable[Pause] = ()
    ) -> datetime | None:
        """Return the first instant by which so much working time has passed; None while a pause lasts.

        Of no working time it is the start itself, or the end of the pause the start is in.

        Raises:
            InvalidCalendar: the amount is negative.
            BeyondReach: it does not come within `REACH_DAYS_MAX`, or there is no working time any more.
        """
        left = amount // timedelta(microseconds=1)
        if left < 0:
            raise InvalidCalendar("working time is not negative", field="amount")
        at = _us(starts)
        for begun, ended in _merged(pauses):
            if ended is not None and ended <= at:
                continue
            if begun > at:
                passed = self._between(at, begun)
                if passed >= left:
                    break
                left -= passed
            if ended is None:
                return None
            at = ended
        return _at(self._walk(at, left))

    def _between(self, first: int, last: int) -> int:
        if last <= first:
            return 0
        if last - first > REACH_DAYS_MAX * _DAY:
            raise BeyondReach(f"calendars reach {REACH_DAYS_MAX} days", days=REACH_DAYS_MAX)
        return sum(
            max(0, min(ends, last) - max(starts, first))
            for day in range(first // _DAY, (last - 1) // _DAY + 1)
            for starts, ends in self._days(day)
        )

    def _walk(self, at: int, left: int) -> int:
        if left == 0:
            return at
        first = last_worked = at // _DAY
        for day in range(first, first + REACH_DAYS_MAX):
            for starts, ends in self._days(day):
                begins = max(starts, at)
                if ends <= begins:
                    continue
                last_worked = day
                if begins + left <= ends:
                    return begins + left
                left -= ends - begins
            if day - last_worked > IDLE_DAYS_MAX:
                break
        raise BeyondReach(
            "so much working time does not come", days=day - first, missing_s=left // _SECOND
        )

    def _work_out(self, day: int) -> tuple[Interval, ...]:
        """Return the working time of a UTC day, counted from 1970, as ordered, disjoint stretches."""
        if not _FIRST_DAY <= day <= _LAST_DAY:
            raise BeyondReach("calendars reach from the year 2 to the year 9998")
        found: list[Interval] = []
        for starts, ends, offset in self._stretches(day):
            local_day = (starts + offset) // _DAY
            last_day = (ends - 1 + offset) // _DAY
            # From the day before, whose last window may run over midnight.
            for each in range(local_day - 1, last_day + 1):
                midnight = each * _DAY - offset
                for span in self.day(date.fromordinal(each + _EPOCH_ORDINAL)).spans:
                    begins = max(midnight + span.starts * _MINUTE, starts)
                    stops = min(midnight + span.ends * _MINUTE, ends)
                    if begins < stops:
                        found.append((begins, stops))
        return tuple(_joined(found))

    def _stretches(self, day: int) -> list[tuple[int, int, int]]:
        """Return the parts of a UTC day with one offset each: start, end, offset."""
        parts = []
        begins, offset = day * _DAY, self._offset(day * _DAY)
        for probe in range(day * _DAY + _PROBE, (day + 1) * _DAY + 1, _PROBE):
            if self._offset(probe) != offset:
                change = self._change(probe - _PROBE, probe)
                if change > begins:
                    parts.append((begins, change, offset))
                begins, offset = change, self._offset(probe)
        if begins < (day + 1) * _DAY:
            parts.append((begins, (day + 1) * _DAY, offset))
        return parts

    def _change(self, before: int, after: int) -> int:
        """Return the second, between two instants, from which the later one's offset holds."""
        low, high, offset = before // _SECOND, after // _SECOND, self._offset(after)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle * _SECOND) == offset:
                high = middle
            else:
                low = middle
        return high * _SECOND

    def _offset(self, us: int) -> int:
        offset = _at(us).astimezone(self._zone).utcoffset()
        assert offset is not None  # the zone gives one
        return offset // timedelta(microseconds=1)


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for starts, ends in sorted(intervals):
        if joined and starts <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(ends, joined[-1][1]))
        else:
            joined.append((starts, ends))
    return joined


def _merged(pauses: Iterable[Pause]) -> list[tuple[int, int | None]]:
    """Return pauses in order, overlapping ones as one; only the last may have no end."""
    merged: list[tuple[int, int | None]] = []
    for each in sorted(pauses, key=lambda pause: pause.starts):
        starts, ends = _us(each.starts), None if each.ends is None else _us(each.ends)
        if ends is not None and ends <= starts:
            continue
        if not merged:
            merged.append((starts, ends))
            continue
        begun, ended = merged[-1]
        if ended is None:
            break
        if starts <= ended:
            merged[-1] = (begun, None if ends is None else max(ended, ends))
        else:
            merged.append((starts, ends))
    return merged


@lru_cache(maxsize=256)
def calendar_of(spec: CalendarSpec) -> Calendar:
    """Return the calendar of a specification; the same one for the same specification.

    Raises:
        InvalidCalendar: see `kernel.calendars.model.check_spec`.
    """
    return Calendar(spec)
