"""Every reading has one verdict, whatever combination of faults it has."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import rules
from ingest.rules import Limits, Reason

NOW = 1_800_000_000_000_000
LIMITS = Limits.at(NOW, future_seconds_max=300, age_days_max=3650)
MINUTE = 60_000_000


def judge(series: int = 1, ts: int = NOW, edge_ts: int = NOW, value: float = 1.0) -> Reason | int:
    reasons = rules.judge(
        np.array([series], np.int32),
        np.array([ts], np.int64),
        np.array([edge_ts], np.int64),
        np.array([value]),
        LIMITS,
    )
    return Reason(reasons[0]) if reasons[0] else 0


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, 0),
        ({"ts": NOW + 5 * MINUTE}, 0),
        ({"ts": NOW + 5 * MINUTE + 1}, Reason.FUTURE_TIMESTAMP),
        ({"ts": 2**62}, Reason.FUTURE_TIMESTAMP),
        ({"ts": 0}, Reason.TIMESTAMP_OUT_OF_RANGE),
        ({"ts": -(2**62)}, Reason.TIMESTAMP_OUT_OF_RANGE),
        ({"edge_ts": -1}, Reason.TIMESTAMP_OUT_OF_RANGE),
        ({"edge_ts": 2**62}, Reason.TIMESTAMP_OUT_OF_RANGE),
        ({"edge_ts": NOW + 60 * MINUTE}, 0),
        ({"value": math.nan}, Reason.NOT_FINITE),
        ({"value": -math.inf}, Reason.NOT_FINITE),
        ({"value": 1.7e308}, 0),
        ({"series": 0}, Reason.UNKNOWN_SERIES),
        ({"series": 0, "value": math.nan, "ts": 0}, Reason.UNKNOWN_SERIES),
        ({"value": math.nan, "ts": NOW * 2}, Reason.NOT_FINITE),
    ],
)
def test_one_reason_each(facts: dict[str, Any], expected: Reason | int) -> None:
    assert judge(**facts) == expected


ODD = st.one_of(
    st.booleans(),
    st.text(max_size=5),
    st.none(),
    st.integers(-(2**70), 2**70),
    st.lists(st.integers(), max_size=3),
)


@given(st.dictionaries(st.integers(0, 9), ODD), st.lists(st.booleans(), min_size=10, max_size=10))
def test_odd_values_are_stored_only_where_that_loses_nothing(
    odd: dict[int, Any], booleans: list[bool]
) -> None:
    value = np.ones(10)
    value[list(odd)] = np.nan
    before = value.copy()
    settled, reasons = rules.settle_odd(value, np.array(booleans), odd)
    assert value.tobytes() == before.tobytes()
    for row, item in odd.items():
        if row in reasons:
            assert not (isinstance(item, bool) and booleans[row])
        else:
            assert settled[row] == item
    assert (np.isnan(settled) <= np.isin(np.arange(10), list(reasons))).all()
    kept = [row for row in range(10) if row not in reasons]
    assert rules.settled(value, odd)[kept].tolist() == settled[kept].tolist()


def test_a_boolean_series_takes_zero_and_one_only() -> None:
    value = np.array([0.0, 1.0, -0.0, 0.5, np.nan])
    _, reasons = rules.settle_odd(value, np.ones(5, np.bool_), {})
    assert reasons == {3: Reason.UNSUPPORTED_VALUE}


@given(st.sets(st.integers(0, 200)))
def test_ranges_cover_exactly_the_numbers(seqs: set[int]) -> None:
    ranges = rules.ranges_of(seqs)
    assert {n for low, high in ranges for n in range(low, high + 1)} == seqs
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(ranges))


def test_multirange_is_postgresqls_text() -> None:
    assert rules.multirange([]) == "{}"
    assert rules.multirange([5, 3, 4, 9]) == "{[3,6),[9,10)}"


@given(st.sets(st.integers(0, 30)), st.integers(0, 30))
def test_contiguous_ends_at_the_first_hole(seqs: set[int], start: int) -> None:
    ordered = sorted(n for n in seqs if n >= start)
    count = rules.contiguous(ordered, start)
    assert ordered[:count] == list(range(start, start + count))
    assert start + count not in seqs


def test_every_reason_has_its_code() -> None:
    assert {reason.code for reason in Reason} == {
        "unknown_series",
        "not_finite",
        "boolean_value",
        "text_value",
        "unsupported_value",
        "future_timestamp",
        "timestamp_out_of_range",
        "storage_refused",
    }
