"""The comparison finds one wrong reading among many, whatever is wrong with it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.chaos import signals
from runtime.chaos.compare import compare, not_as_emitted
from runtime.chaos.journal import ROW
from tests.unit.chaos.rows import rows, some

NONE = np.empty(0, ROW)


def found(taken: Any, stored: Any, *, uncertain: Any = NONE, aside: Any = NONE) -> dict[str, int]:
    result = compare(taken, uncertain, stored, aside)
    names = ("missing", "duplicated", "unknown", "altered")
    return {name: getattr(result, name) for name in names if getattr(result, name)}


def test_all_there_in_any_order_is_all_right() -> None:
    taken = some(1000)
    assert found(taken, taken[::-1]) == {}
    result = compare(taken, NONE, taken, NONE)
    assert (result.taken, result.stored, result.quarantined) == (1000, 1000, 0)
    assert result.examples == {}


def test_nothing_at_all_is_all_right() -> None:
    assert found(NONE, NONE) == {}


def test_a_missing_reading_is_found() -> None:
    taken = some(1000)
    stored = np.delete(taken, 500)
    assert found(taken, stored) == {"missing": 1}
    (example,) = compare(taken, NONE, stored, NONE).examples["missing"]
    assert example.startswith("series 0, ts 1500, edge_ts 2500, value ")


def test_a_reading_stored_twice_is_found() -> None:
    taken = some(1000)
    assert found(taken, np.concatenate([taken, taken[7:8]])) == {"duplicated": 1}


def test_a_reading_both_stored_and_in_quarantine_is_a_double() -> None:
    taken = some(100)
    assert found(taken, taken, aside=taken[:3]) == {"duplicated": 3}


def test_a_reading_in_quarantine_only_is_not_missing() -> None:
    taken = some(100)
    assert found(taken, taken[3:], aside=taken[:3]) == {}


def test_a_reading_nobody_took_is_found() -> None:
    taken = some(100)
    stranger = rows((5, 1, 2, 3.0, 0))
    assert found(taken, np.concatenate([taken, stranger])) == {"unknown": 1}
    assert found(taken, taken, aside=stranger) == {"unknown": 1}


@pytest.mark.parametrize("field", ["value", "quality"])
def test_another_value_or_quality_is_not_the_same_reading(field: str) -> None:
    taken = some(100)
    stored = taken.copy()
    stored[field][42] += 1
    assert found(taken, stored) == {"missing": 1, "unknown": 1, "altered": 1}


def test_one_altered_beside_one_missing_of_the_same_moment_is_one() -> None:
    taken = rows((5, 1, 2, 3.0, 0), (5, 1, 2, 4.0, 0))
    assert found(taken, rows((5, 1, 2, 9.0, 0))) == {"missing": 2, "unknown": 1, "altered": 1}


def test_the_smallest_difference_of_a_value_counts() -> None:
    taken = some(10)
    stored = taken.copy()
    stored["value"][3] = np.nextafter(stored["value"][3], np.inf)
    assert found(taken, stored) == {"missing": 1, "unknown": 1, "altered": 1}


@pytest.mark.parametrize("field", ["ts", "edge_ts", "series"])
def test_another_time_or_series_is_not_the_same_reading(field: str) -> None:
    taken = some(100)
    stored = taken.copy()
    stored[field][42] += 1_000_000
    assert found(taken, stored) == {"missing": 1, "unknown": 1}


def test_what_was_taken_twice_has_to_be_there_twice() -> None:
    taken = np.concatenate([some(10), some(10)[:2]])
    assert found(taken, taken) == {}
    assert found(taken, some(10)) == {"missing": 2}


def test_a_commit_its_process_died_over_is_there_once_or_not_at_all() -> None:
    taken, uncertain = some(10), some(5, series=1)
    assert found(taken, taken, uncertain=uncertain) == {}
    both = np.concatenate([taken, uncertain])
    assert found(taken, both, uncertain=uncertain) == {}
    assert compare(taken, uncertain, both, NONE).taken == 15
    assert compare(taken, uncertain, taken, NONE).taken == 10
    again = np.concatenate([both, uncertain[:1]])
    assert found(taken, again, uncertain=uncertain) == {"duplicated": 1}


@given(
    st.lists(st.integers(0, 3), max_size=30),
    st.lists(st.integers(0, 3), max_size=30),
    st.lists(st.integers(0, 3), max_size=10),
    st.lists(st.integers(0, 3), max_size=10),
)
def test_it_counts_as_one_would_by_hand(
    taken: list[int], stored: list[int], uncertain: list[int], aside: list[int]
) -> None:
    parts = [
        np.concatenate([NONE, *(some(4)[n : n + 1] for n in part)])
        for part in (taken, uncertain, stored, aside)
    ]
    result = compare(*parts)
    missing = duplicated = unknown = 0
    for n in range(4):
        sure, there = taken.count(n), stored.count(n) + aside.count(n)
        allowed = sure + uncertain.count(n)
        missing += max(0, sure - there)
        if allowed:
            duplicated += max(0, there - allowed)
        else:
            unknown += there
    assert (result.missing, result.duplicated, result.unknown) == (missing, duplicated, unknown)


def _emitted(tick: int, ts: int) -> Any:
    values, qualities = signals.of_tick(tick)
    return rows(
        *(
            (series.number, ts + 5 if series.clockless else ts, ts + 9, value, quality)
            for series, value, quality in zip(signals.all_series(), values, qualities, strict=True)
        )
    )


def test_what_the_plant_emitted_is_known_again() -> None:
    ticks = np.array([(0, 100), (1, 200), (2, 300)], np.int64)
    taken = np.concatenate([_emitted(tick, ts) for tick, ts in ticks.tolist()])
    assert not_as_emitted(taken, ticks) == 0
    assert not_as_emitted(taken[:0], ticks) == 0


@pytest.mark.parametrize(("field", "change"), [("value", 0.5), ("quality", 1), ("ts", 1)])
def test_what_the_plant_did_not_emit_so_is_found(field: str, change: float) -> None:
    ticks = np.array([(0, 100), (1, 200)], np.int64)
    taken = _emitted(1, 200)
    taken[field][3] += change
    assert not_as_emitted(taken, ticks) == 1


def test_a_counter_without_a_clock_is_checked_by_its_value() -> None:
    ticks = np.array([(0, 100), (1, 200)], np.int64)
    number = next(series.number for series in signals.all_series() if series.clockless)
    taken = _emitted(1, 200)
    taken["value"][number] = 7.0  # a tick that has not come yet
    assert not_as_emitted(taken, ticks) == 1
    taken["value"][number] = np.nan
    assert not_as_emitted(taken, ticks) == 1
