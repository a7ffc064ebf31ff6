"""What a business calendar is, and what of it is refused: pure, no clock.

Times of day are minutes after the local midnight, as the wall clock reads. A window may run over midnight
(22:00 to 30:00 is until six the next morning) and belongs to the day on which it begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from kernel.calendars.errors import InvalidCalendar, NoWorkingTime, OverlappingWindows, UnknownZone
from kernel.calendars.public_holidays import year_of_holidays

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
WINDOWS_MAX = 100
EXCEPTIONS_MAX = 2000
NAME_LENGTH_MAX = 100
_CHECKED_YEAR = 2026


@dataclass(frozen=True, order=True)
class Span:
    """A piece of a day, in minutes after its midnight: `starts` 0 to 1439, `ends` at most a day later."""

    starts: int
    ends: int

    def check(self) -> None:
        """Refuse what is no piece of a day.

        Raises:
            InvalidCalendar: it is none.
        """
        if not (0 <= self.starts < DAY_MINUTES and 0 < self.ends - self.starts <= DAY_MINUTES):
            raise InvalidCalendar(
                "a window begins within the day and ends later, at most a day later",
                field="windows",
                starts=self.starts,
                ends=self.ends,
            )


@dataclass(frozen=True, order=True)
class Window:
    """Working time of every such weekday; 0 is Monday."""

    weekday: int
    span: Span


@dataclass(frozen=True, order=True)
class DayException:
    """A day the company itself takes off or works; it stands above holidays and weekdays.

    Attributes:
        spans: working time of the day; empty when it is off.
    """

    day: date
    spans: tuple[Span, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class CalendarSpec:
    """A business calendar.

    Attributes:
        zone: IANA time zone.
        windows: working time by weekday.
        country: ISO 3166-1 code whose public holidays are off; None has no holidays.
        subdivision: ISO 3166-2 code after the dash, for holidays of a region.
        exceptions: days the company adds or takes away.
    """

    zone: str
    windows: tuple[Window, ...]
    country: str | None = None
    subdivision: str | None = None
    exceptions: tuple[DayException, ...] = ()
    _by_day: Mapping[date, DayException] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_day", {each.day: each for each in self.exceptions})

    def exception(self, day: date) -> DayException | None:
        """Return what the company says of a day."""
        return self._by_day.get(day)

    def spans_of(self, weekday: int) -> tuple[Span, ...]:
        """Return the working time of a weekday, in order."""
        return tuple(sorted(each.span for each in self.windows if each.weekday == weekday))

    def makeup_spans(self) -> tuple[Span, ...]:
        """Return the working time of a weekend day that is worked: that of the first working weekday."""
        return next(filter(None, (self.spans_of(weekday) for weekday in range(7))), ())


def always(zone: str = "UTC") -> CalendarSpec:
    """Return the calendar that never rests."""
    return CalendarSpec(zone, tuple(Window(day, Span(0, DAY_MINUTES)) for day in range(7)))


@dataclass(frozen=True)
class Day:
    """One day of a calendar.

    Attributes:
        kind: `working`, `weekend` (no windows on this weekday), `holiday`, `makeup`, `added`, `taken_off`.
        names: of the holiday or exception, in English and Chinese.
        spans: working time that begins on this day.
    """

    day: date
    kind: str
    names: tuple[str, str] | None
    spans: tuple[Span, ...]


def day_of(spec: CalendarSpec, day: date) -> Day:
    """Return what a day is: the company's word first, then make-up days, holidays, weekdays."""
    own = spec.exception(day)
    if own is not None:
        kind = "added" if own.spans else "taken_off"
        return Day(day, kind, (own.name, own.name) if own.name else None, tuple(sorted(own.spans)))
    spans = spec.spans_of(day.weekday())
    if spec.country is not None:
        year = year_of_holidays(spec.country, spec.subdivision, day.year)
        if day in year.worked:
            return Day(day, "makeup", None, spans or spec.makeup_spans())
        if day in year.off:
            return Day(day, "holiday", year.off[day], ())
    return Day(day, "working" if spans else "weekend", None, spans)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        UnknownZone: there is none of this name.
    """
    if name not in _zones():
        raise UnknownZone(f"no time zone {name!r}", field="zone", zone=name)
    return ZoneInfo(name)


def check_spec(spec: CalendarSpec) -> None:
    """Refuse a calendar that cannot be used.

    Raises:
        UnknownZone, UnknownCountry: the zone or the holidays are not known.
        InvalidCalendar: a window or an exception is none, or there are too many.
        OverlappingWindows: two windows overlap, one over midnight with the next day's included.
        NoWorkingTime: no weekday has a window.
    """
    zone_of(spec.zone)
    if spec.country is not None:
        year_of_holidays(spec.country, spec.subdivision, _CHECKED_YEAR)
    elif spec.subdivision is not None:
        raise InvalidCalendar("a region needs its country", field="subdivision")
    _check_windows(spec.windows)
    _check_exceptions(spec.exceptions)


def _check_windows(windows: Sequence[Window]) -> None:
    if not windows:
        raise NoWorkingTime("no weekday has working time", field="windows")
    if len(windows) > WINDOWS_MAX:
        raise InvalidCalendar(f"at most {WINDOWS_MAX} windows", field="windows")
    for each in windows:
        each.span.check()
        if not 0 <= each.weekday <= 6:  # noqa: PLR2004 - Sunday
            raise InvalidCalendar("weekdays are 0 to 6", field="windows", weekday=each.weekday)
    in_week = sorted(
        (each.weekday * DAY_MINUTES + each.span.starts, each.weekday * DAY_MINUTES + each.span.ends)
        for each in windows
    )
    # Sunday night may run into Monday.
    in_week.append((in_week[0][0] + WEEK_MINUTES, in_week[0][1] + WEEK_MINUTES))
    for (_, ends), (starts, _) in pairwise(in_week):
        if starts < ends:
            raise OverlappingWindows(
                "two windows overlap", field="windows", weekday=starts // DAY_MINUTES % 7
            )


def _check_exceptions(exceptions: Sequence[DayException]) -> None:
    if len(exceptions) > EXCEPTIONS_MAX:
        raise InvalidCalendar(f"at most {EXCEPTIONS_MAX} days", field="exceptions")
    if len({each.day for each in exceptions}) < len(exceptions):
        raise InvalidCalendar("a day is named twice", field="exceptions", reason="repeated")
    for each in exceptions:
        if len(each.name) > NAME_LENGTH_MAX or not each.name.isprintable():
            raise InvalidCalendar("the name cannot be kept", field="exceptions", reason="name")
        for span in each.spans:
            span.check()
        for before, after in pairwise(sorted(each.spans)):
            if after.starts < before.ends:
                raise OverlappingWindows(
                    "two windows overlap", field="exceptions", day=each.day.isoformat()
                )
