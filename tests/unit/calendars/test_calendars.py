"""Business calendars: days by name, refusals, and known answers worked out by hand."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from kernel.calendars.arithmetic import Pause, calendar_of
from kernel.calendars.errors import (
    BeyondReach,
    InvalidCalendar,
    NoWorkingTime,
    OverlappingWindows,
    UnknownCountry,
    UnknownZone,
)
from kernel.calendars.model import (
    CalendarSpec,
    DayException,
    Span,
    Window,
    always,
    check_spec,
    day_of,
)
from tests.unit.calendars.oracle import utc

HOURS = timedelta(hours=1)
OFFICE = tuple(Window(day, span) for day in range(5) for span in (Span(540, 720), Span(780, 1080)))
CHINA = CalendarSpec("Asia/Shanghai", OFFICE, "CN")
BERLIN = CalendarSpec("Europe/Berlin", tuple(Window(day, Span(0, 1440)) for day in range(7)))


def test_r16_makeup_working_days_of_china_are_worked() -> None:
    # Saturday, 10 October 2026, is worked for the National Day holidays.
    worked = day_of(CHINA, date(2026, 10, 10))
    assert (worked.kind, worked.spans) == ("makeup", (Span(540, 720), Span(780, 1080)))
    assert day_of(CHINA, date(2026, 10, 17)).kind == "weekend"
    assert day_of(CHINA, date(2026, 10, 7)).kind == "holiday"
    named = day_of(CHINA, date(2026, 10, 1))
    assert named.names == ("National Day", "国庆节")


def test_r16_holidays_stretch_a_deadline() -> None:
    # Eight working hours from Wednesday, 30 September 2026, 17:00: one more that day, then the holidays
    # until 7 October, and seven on the 8th, of which three before noon.
    due = calendar_of(CHINA).after(utc(2026, 9, 30, 9), 8 * HOURS)
    assert due == utc(2026, 10, 8, 9)  # 17:00 in Shanghai


def test_r16_the_company_adds_and_takes_away_days() -> None:
    spec = CalendarSpec(
        "Asia/Shanghai",
        OFFICE,
        "CN",
        exceptions=(
            DayException(date(2026, 10, 2), (Span(600, 660),), "Stocktaking"),
            DayException(date(2026, 10, 10), (), "Outing"),
        ),
    )
    assert day_of(spec, date(2026, 10, 2)).kind == "added"
    assert day_of(spec, date(2026, 10, 10)).kind == "taken_off"
    calendar = calendar_of(spec)
    assert calendar.working_time(utc(2026, 10, 1), utc(2026, 10, 6)) == HOURS
    assert calendar.working_time(utc(2026, 10, 9, 16), utc(2026, 10, 10, 16)) == timedelta(0)


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)]
)
def test_r16_a_day_has_23_or_25_hours_when_clocks_change(
    day: tuple[int, int, int], hours: int
) -> None:
    local = date(*day)
    begins = utc(local.year, local.month, local.day) - timedelta(hours=26)
    calendar = calendar_of(
        CalendarSpec(
            "Europe/Berlin",
            OFFICE,
            exceptions=(
                DayException(local, (Span(0, 1440),)),
                *(DayException(local + timedelta(days=gap)) for gap in (-2, -1, 1, 2)),
            ),
        )
    )
    assert calendar.working_time(begins, begins + timedelta(hours=76)) == hours * HOURS


def test_r16_a_window_in_a_skipped_hour_has_no_time_and_in_a_repeated_one_twice() -> None:
    night = CalendarSpec("Europe/Berlin", (Window(6, Span(120, 180)),))
    calendar = calendar_of(night)
    assert calendar.working_time(utc(2026, 3, 28), utc(2026, 3, 31)) == timedelta(0)
    assert calendar.working_time(utc(2026, 10, 24), utc(2026, 10, 27)) == 2 * HOURS


def test_r16_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    friday = CalendarSpec("UTC", (Window(4, Span(1320, 1800)),))
    calendar = calendar_of(friday)
    assert calendar.is_working(utc(2026, 11, 21, 5, 59))
    assert not calendar.is_working(utc(2026, 11, 21, 6))
    assert calendar.after(utc(2026, 11, 20), 3 * HOURS) == utc(2026, 11, 21, 1)


def test_r16_pauses_move_the_deadline_only_by_the_working_time_they_hold() -> None:
    calendar = calendar_of(CHINA)
    begins = utc(2026, 11, 23, 1)  # Monday, 09:00
    lunch_and_night = [
        Pause(utc(2026, 11, 23, 4), utc(2026, 11, 23, 5)),
        Pause(utc(2026, 11, 23, 9), utc(2026, 11, 24, 2)),
    ]
    # Of the two only the hours from 17 and from 9 o'clock are working time.
    assert calendar.after(begins, 8 * HOURS, lunch_and_night) == utc(2026, 11, 24, 3)
    assert calendar.working_time(begins, utc(2026, 11, 24, 3), lunch_and_night) == 8 * HOURS
    assert calendar.after(begins, HOURS, [Pause(begins, None)]) is None
    assert calendar.after(begins, HOURS, [Pause(utc(2026, 11, 23, 3), None)]) == utc(
        2026, 11, 23, 2
    )


def test_r16_round_the_clock_is_a_calendar() -> None:
    calendar = calendar_of(always())
    begins = utc(2026, 2, 27, 23, 59, 59)
    assert calendar.after(begins, timedelta(days=3, seconds=1)) == begins + timedelta(
        days=3, seconds=1
    )
    assert calendar.working_time(begins, begins + timedelta(days=900)) == timedelta(days=900)


def _with(*spans: tuple[int, int, int], **facts: object) -> CalendarSpec:
    windows = tuple(Window(day, Span(starts, ends)) for day, starts, ends in spans)
    return CalendarSpec(**{"zone": "UTC", "windows": windows, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (_with, NoWorkingTime),
        (lambda: _with((0, 0, 60), zone="Mars/Olympus"), UnknownZone),
        (lambda: _with((0, 0, 60), zone=""), UnknownZone),
        (lambda: _with((0, 0, 60), zone="../../etc/passwd"), UnknownZone),
        (lambda: _with((0, 0, 60), country="XX"), UnknownCountry),
        (lambda: _with((0, 0, 60), country="DE", subdivision="XX"), UnknownCountry),
        (lambda: _with((0, 0, 60), subdivision="BY"), InvalidCalendar),
        (lambda: _with((0, 0, 61), (0, 60, 90)), OverlappingWindows),
        (lambda: _with((0, 1380, 1500), (1, 0, 90)), OverlappingWindows),
        (lambda: _with((6, 1380, 1500), (0, 0, 90)), OverlappingWindows),
        (lambda: _with((0, 60, 60)), InvalidCalendar),
        (lambda: _with((0, -1, 60)), InvalidCalendar),
        (lambda: _with((0, 60, 1501)), InvalidCalendar),
        (lambda: _with((7, 0, 60)), InvalidCalendar),
        (
            lambda: _with((0, 0, 60), exceptions=(DayException(date(2026, 1, 1)),) * 2),
            InvalidCalendar,
        ),
    ],
)
def test_r16_calendars_that_cannot_be_are_refused(
    make: Callable[[], CalendarSpec], error: type[InvalidCalendar]
) -> None:
    with pytest.raises(error):
        check_spec(make())


def test_r16_working_time_that_never_comes_is_an_error_not_a_loop() -> None:
    # A window that lies in the hour each year's change of clocks skips, on that weekday alone; and every
    # other such Sunday taken off for two years.
    sundays = [date(2026, 1, 4) + timedelta(weeks=week) for week in range(120)]
    spec = CalendarSpec(
        "Europe/Berlin",
        (Window(6, Span(120, 180)),),
        exceptions=tuple(DayException(each) for each in sundays),
    )
    with pytest.raises(BeyondReach):
        calendar_of(spec).after(utc(2026, 1, 1), HOURS)
    with pytest.raises(BeyondReach):
        calendar_of(always()).after(utc(2026, 1, 1), timedelta(days=20_000))
    with pytest.raises(BeyondReach):
        calendar_of(always()).working_time(utc(1900, 1, 1), utc(2026, 1, 1))
    with pytest.raises(InvalidCalendar):
        calendar_of(always()).after(utc(2026, 1, 1), -HOURS)


def test_r16_the_end_of_the_calendar_is_an_error_too() -> None:
    with pytest.raises(BeyondReach):
        calendar_of(always()).after(utc(9999, 12, 1), timedelta(days=60))


def test_working_overlapping_exceptions_are_refused() -> None:
    spec = CalendarSpec(
        "UTC", OFFICE, exceptions=(DayException(date(2026, 1, 1), (Span(0, 90), Span(60, 120))),)
    )
    with pytest.raises(OverlappingWindows):
        check_spec(spec)


def test_touching_round_the_week_is_no_overlap() -> None:
    check_spec(BERLIN)
