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
BAD, UNCERTAIN = 0x8000_0000, 0x4000_0000


def judge(
    series: int = 1, ts: int = NOW, edge_ts: int = NOW, value: float = 1.0, quality: int = 0
) -> Reason | int:
    reasons = rules.judge(
        np.array([series], np.int32),
        np.array([ts], np.int64),
        np.array([edge_ts], np.int64),
        np.array([value]),
        np.array([quality], np.uint32),
        limits=LIMITS,
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
        ({"value": math.nan, "quality": BAD}, 0),
        ({"value": math.nan, "quality": 0xFFFF_FFFF}, 0),
        ({"value": 1.0, "quality": BAD}, 0),
        ({"value": math.nan, "quality": BAD - 1}, Reason.NOT_FINITE),
        ({"value": math.nan, "quality": UNCERTAIN}, Reason.NOT_FINITE),
        ({"value": math.inf, "quality": BAD}, Reason.NOT_FINITE),
        ({"value": math.nan, "quality": BAD, "ts": NOW * 2}, Reason.FUTURE_TIMESTAMP),
        ({"value": math.nan, "quality": BAD, "series": 0}, Reason.UNKNOWN_SERIES),
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


QUALITIES = st.sampled_from([0, UNCERTAIN, BAD])


@given(
    st.dictionaries(st.integers(0, 9), ODD),
    st.lists(st.booleans(), min_size=10, max_size=10),
    st.lists(QUALITIES, min_size=10, max_size=10),
)
def test_odd_values_are_stored_only_where_that_loses_nothing(
    odd: dict[int, Any], booleans: list[bool], qualities: list[int]
) -> None:
    value = np.ones(10)
    value[list(odd)] = np.nan
    before = value.copy()
    quality = np.array(qualities, np.uint32)
    settled, reasons = rules.settle_odd(value, np.array(booleans), quality, odd)
    assert value.tobytes() == before.tobytes()
    for row, item in odd.items():
        no_value = item is None and qualities[row] == BAD
        if row in reasons:
            assert not (isinstance(item, bool) and booleans[row])
            assert not no_value
        else:
            assert np.isnan(settled[row]) if no_value else settled[row] == item
    none = [row for row, item in odd.items() if item is None]
    assert (np.isnan(settled) <= np.isin(np.arange(10), [*reasons, *none])).all()
    kept = [row for row in range(10) if row not in reasons]
    assert rules.settled(value, odd)[kept].tobytes() == settled[kept].tobytes()


def test_a_boolean_series_takes_zero_and_one_only() -> None:
    value = np.array([0.0, 1.0, -0.0, 0.5, np.nan])
    _, reasons = rules.settle_odd(value, np.ones(5, np.bool_), np.zeros(5, np.uint32), {})
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
        "already_stored",
    }
