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
        assert np.isfinite(value[index]).all()
    finite = value[np.isfinite(value)]
    if len(finite) and method == "minmax":
        chosen = value[index][np.isfinite(value[index])]
        assert chosen.max() == finite.max()
        assert points_max == 1 or chosen.min() == finite.min()


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
