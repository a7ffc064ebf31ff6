"""Marks cover what a commit touched, and not much else."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from telemetry.marks import MINUTE_US, Mark, marks_of

HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

readings = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3 * DAY_US)), max_size=60)


def of(pairs: list[tuple[int, int]]) -> list[Mark]:
    ordered = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    return marks_of(ordered[:, 0].astype(np.int32), ordered[:, 1])


def series_of(mark: Mark) -> set[int]:
    bounds = re.findall(r"\[(\d+),(\d+)\)", mark.series)
    return {one for low, high in bounds for one in range(int(low), int(high))}


def test_a_commit_of_live_readings_is_one_mark() -> None:
    pairs = [
        (series, 5 * HOUR_US + second * 1_000_000)
        for series in range(1, 501)
        for second in range(3)
    ]
    assert of(pairs) == [Mark("{[1,501)}", 5 * HOUR_US, 5 * HOUR_US + MINUTE_US)]


def test_hours_in_a_row_of_one_series_are_one_mark_a_day() -> None:
    marks = of([(7, minute * MINUTE_US) for minute in range(90, 3 * 24 * 60)])
    assert marks == [
        Mark("{[7,8)}", 90 * MINUTE_US, DAY_US),
        Mark("{[7,8)}", DAY_US, 2 * DAY_US),
        Mark("{[7,8)}", 2 * DAY_US, 3 * DAY_US),
    ]


def test_what_is_late_does_not_widen_what_is_live() -> None:
    live = [(series, 50 * HOUR_US) for series in (1, 2, 3, 9)]
    assert of([*live, (2, 7)]) == [
        Mark("{[2,3)}", 0, MINUTE_US),
        Mark("{[1,4),[9,10)}", 50 * HOUR_US, 50 * HOUR_US + MINUTE_US),
    ]


def test_nothing_marks_nothing() -> None:
    assert of([]) == []


@given(readings)
def test_every_reading_is_marked_and_no_hour_of_another_series(
    pairs: list[tuple[int, int]],
) -> None:
    marks = of(pairs)
    for mark in marks:
        assert mark.start_us % MINUTE_US == mark.end_us % MINUTE_US == 0
        assert mark.start_us < mark.end_us
        assert mark.start_us // DAY_US == (mark.end_us - 1) // DAY_US
    marked = {
        (series, hour)
        for mark in marks
        for series in series_of(mark)
        for hour in range(mark.start_us // HOUR_US, (mark.end_us - 1) // HOUR_US + 1)
    }
    assert marked == {(series, ts // HOUR_US) for series, ts in pairs}
    for series, ts in pairs:
        assert any(series in series_of(m) and m.start_us <= ts < m.end_us for m in marks)
