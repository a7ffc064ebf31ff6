"""10,000 random cases against the slow oracle, to the second: R16's promise for every clock."""

import random
from datetime import datetime, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kernel.calendars.arithmetic import Pause, calendar_of
from kernel.calendars.errors import OverlappingWindows
from kernel.calendars.model import CalendarSpec, DayException, Span, Window, check_spec
from tests.unit.calendars.oracle import Oracle, utc

CALENDARS, CASES = 100, 100
DAYS = 18

# Zone and a beginning from which the days that are hard come: clocks put on and back, by an hour, half an
# hour, at midnight; China's holidays with their make-up Saturdays and Sundays.
HARD = (
    ("Europe/Berlin", utc(2026, 3, 20)),
    ("Europe/Berlin", utc(2026, 10, 16)),
    ("America/New_York", utc(2026, 3, 1)),
    ("America/New_York", utc(2026, 10, 24)),
    ("Australia/Lord_Howe", utc(2026, 3, 28)),
    ("Australia/Lord_Howe", utc(2026, 9, 26)),
    ("America/Santiago", utc(2026, 3, 28)),
    ("America/Santiago", utc(2026, 8, 29)),
    ("America/St_Johns", utc(2010, 10, 31)),
    ("Africa/Cairo", utc(2026, 4, 18)),
    ("Asia/Shanghai", utc(2026, 2, 8)),
    ("Asia/Shanghai", utc(2026, 9, 16)),
    ("Asia/Shanghai", utc(2025, 1, 22)),
    ("Asia/Kolkata", utc(2026, 5, 1)),
    ("Pacific/Apia", utc(2011, 12, 22)),
)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[CalendarSpec, datetime]:
    """Return a calendar with hard days, and when to begin looking."""
    zone, begins = draw(st.sampled_from(HARD))
    windows = []
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        cuts = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
        windows += [
            Window(weekday, Span(starts, ends))
            for starts, ends in zip(cuts[::2], cuts[1::2], strict=False)
            if starts < 1440
        ]
        if draw(st.booleans()):  # a night shift
            windows[-1] = Window(weekday, Span(windows[-1].span.starts, 1440 + cuts[0]))
    exceptions = [
        DayException(
            (begins + timedelta(days=day)).date(), draw(st.sampled_from(((), (Span(300, 1440),))))
        )
        for day in draw(st.sets(st.integers(0, DAYS), max_size=3))
    ]
    country = "CN" if zone == "Asia/Shanghai" or draw(st.booleans()) else None
    spec = CalendarSpec(zone, tuple(windows), country, exceptions=tuple(exceptions))
    try:
        check_spec(spec)
    except OverlappingWindows:
        assume(False)  # noqa: FBT003 - Hypothesis's own form
    return spec, begins


def _pauses(chance: random.Random, begins: datetime) -> list[Pause]:
    found = []
    for _ in range(chance.choice((0, 0, 1, 2, 4))):
        starts = begins + timedelta(seconds=chance.randrange(DAYS * 86_400))
        ends = starts + timedelta(seconds=chance.choice((0, 7, 3_600, 90_061, 300_000)))
        found.append(Pause(starts, ends if chance.random() < 0.9 else None))
    return found


@given(calendars(), st.randoms(use_true_random=False))
@settings(
    max_examples=CALENDARS,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_r16_10_000_random_cases_equal_a_minute_by_minute_oracle(
    made: tuple[CalendarSpec, datetime], chance: random.Random
) -> None:
    spec, begins = made
    calendar, oracle = calendar_of(spec), Oracle(spec, begins, DAYS)
    for _ in range(CASES):
        starts = begins + timedelta(seconds=chance.randrange(DAYS * 86_400 - 1))
        ends = starts + timedelta(seconds=chance.randrange(DAYS * 86_400) // chance.choice((1, 9)))
        ends = min(ends, begins + timedelta(days=DAYS))
        pauses = _pauses(chance, begins)
        worked = oracle.working_time(starts, ends, pauses)
        assert calendar.working_time(starts, ends, pauses) == worked
        if worked:
            due = oracle.after(starts, worked, pauses)
            assert calendar.after(starts, worked, pauses) == due
            assert due is not None
            assert due <= ends
