"""Down-sampling keeps its promise for any series: few points, in order, with the extremes."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import rules
from telemetry.downsample import Reducer, select


@given(
    st.lists(st.floats(), min_size=1, max_size=300),
    st.integers(1, 50),
    st.sampled_from(["minmax", "lttb"]),
)
def test_points_are_few_in_order_and_hold_the_extremes(
    values: list[float], points_max: int, method: Literal["minmax", "lttb"]
) -> None:
    value = np.array(values)
    ts = np.arange(len(values), dtype=np.int64) * 1_000_000
    index = select(ts, value, points_max, method)
    assert len(index) <= points_max
    assert (np.diff(index) > 0).all()
    if len(values) > points_max:
        assert not np.isinf(value[index]).any()
        breaks = index[np.isnan(value[index])]
        assert len(breaks) <= points_max // 8
        assert not any(np.isnan(value[at - 1]) for at in breaks if at)
    finite = value[np.isfinite(value)]
    if len(finite) and method == "minmax":
        chosen = value[index][np.isfinite(value[index])]
        assert chosen.max() == finite.max()
        assert points_max == 1 or chosen.min() == finite.min()


@pytest.mark.parametrize("method", ["minmax", "lttb"])
def test_a_line_breaks_where_there_was_no_value_for_long(method: Literal["minmax", "lttb"]) -> None:
    value = np.sin(np.arange(100_000) / 500)
    ts = np.arange(len(value), dtype=np.int64) * 1_000_000
    stretches = [(1000 * n, 10 + n) for n in range(1, 60)]
    for begin, length in stretches:
        value[begin : begin + length] = np.nan
    value[-700:] = np.nan
    index = select(ts, value, 400, method)
    assert len(index) <= 400
    longest = sorted(stretches, key=lambda stretch: -stretch[1])[:49]
    expected = [*sorted(begin for begin, _ in longest), len(value) - 700]
    assert index[np.isnan(value[index])].tolist() == expected
    wide = select(ts, value, 2000, method)
    assert np.isnan(value[wide]).sum() == len(stretches) + 1


def test_a_long_stream_keeps_its_breaks() -> None:
    reducer = Reducer(80, "minmax")
    second = 1_000_000
    for block in range(8):
        ts = np.arange(block * 100_000, (block + 1) * 100_000, dtype=np.int64) * second
        value = np.random.default_rng(block).normal(size=len(ts))
        value[::1000] = np.nan
        if block in {3, 4}:  # one outage over two blocks
            value[50_000 if block == 3 else 0 : len(ts) if block == 3 else 50_000] = np.nan
        reducer.add((ts, value, np.zeros(len(ts), np.uint32)))
    ts_us, value, _ = reducer.result()
    breaks = ts_us[np.isnan(value)] // second
    assert 350_000 in breaks
    assert len(breaks) <= 10
    assert not ((breaks > 350_000) & (breaks < 450_000)).any()
    assert len(ts_us) <= 80


def test_nothing_but_missing_values_is_one_break() -> None:
    index = select(np.arange(50), np.full(50, np.nan), 10, "lttb")
    assert index.tolist() == [0]


def test_few_points_are_all_returned() -> None:
    index = select(np.arange(5), np.array([np.nan, 1, np.inf, 2, 3]), 5, "lttb")
    assert index.tolist() == [0, 1, 2, 3, 4]


def test_memory_stays_bounded_over_a_long_stream() -> None:
    reducer = Reducer(100, "minmax")
    for block in range(40):
        ts = np.arange(block * 100_000, (block + 1) * 100_000, dtype=np.int64)
        reducer.add((ts, np.random.default_rng(block).normal(size=100_000), ts.astype(np.uint32)))
    held = sum(len(a[0]) for a in (*reducer._kept, *reducer._fresh))
    assert held < 500_000
    ts_us, value, quality = reducer.result()
    assert reducer.total == 4_000_000
    assert len(ts_us) == len(value) == len(quality) <= 100
    assert (quality == ts_us).all()


@pytest.mark.parametrize(
    ("given_range", "usable"),
    [
        ((0, 10), (0, 10)),
        ((None, 10), (None, 10)),
        ((float("nan"), 10), (None, 10)),
        ((0, float("inf")), (0, None)),
        ((0, 0), (None, None)),
        ((10, -10), (None, None)),
    ],
)
def test_usable_range(
    given_range: tuple[float | None, float | None], usable: tuple[float | None, float | None]
) -> None:
    assert rules.usable_range(*given_range) == usable
