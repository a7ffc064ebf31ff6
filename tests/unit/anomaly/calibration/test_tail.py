"""What peaks promise: near the truth where there are many, further out where there are few."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly.calibration.tail import PEAKS_MIN, fit_tail

BLOCK = 50


def peaks(seed: int, blocks: int) -> np.ndarray:
    """Largest of blocks of exponential scores: exceeded at a level x with probability exp(-x)."""
    return np.random.default_rng(seed).exponential(size=(blocks, BLOCK)).max(axis=1)


def test_too_few_peaks_say_nothing() -> None:
    assert fit_tail(peaks(1, PEAKS_MIN - 1), BLOCK * (PEAKS_MIN - 1)) is None
    assert fit_tail(peaks(1, PEAKS_MIN), BLOCK * PEAKS_MIN) is not None


def test_a_level_is_exceeded_as_often_as_was_asked() -> None:
    for seed in range(5):
        tail = fit_tail(peaks(seed, 1000), 1000 * BLOCK)
        assert tail is not None
        # A hundred times rarer than anything that was seen.
        asked = 1 / (1000 * BLOCK * 100)
        level = tail.level(asked)
        assert tail.rate(level).mean == pytest.approx(asked, rel=1e-6)
        assert 0.9 < level / -math.log(asked) < 1.6


def test_the_truth_lies_within_what_is_said_to_be_possible() -> None:
    inside = 0
    for seed in range(60):
        tail = fit_tail(peaks(100 + seed, 300), 300 * BLOCK)
        assert tail is not None
        level = -math.log(1 / (300 * BLOCK * 20))
        rate = tail.rate(level)
        assert rate.low <= rate.mean
        inside += rate.low <= math.exp(-level) <= rate.high
    assert inside >= 51  # of 60, where 54 are expected


def test_more_peaks_bring_the_limit_nearer_and_the_ends_together() -> None:
    few, many = (fit_tail(peaks(3, count), count * BLOCK) for count in (20, 2000))
    assert few is not None
    assert many is not None
    asked = 1e-8
    assert few.level(asked) > many.level(asked)
    level = many.level(1e-6)
    wide, narrow = few.rate(level), many.rate(level)
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 1e6), min_size=PEAKS_MIN, max_size=60),
    st.floats(1e-12, 0.5),
    st.floats(1e-12, 0.5),
)
def test_a_rarer_alarm_asks_for_a_higher_limit(
    found: list[float], one: float, other: float
) -> None:
    tail = fit_tail(np.array(found), len(found) * BLOCK)
    assert tail is not None
    low, high = (tail.level(rate) for rate in sorted((one, other), reverse=True))
    assert math.isfinite(low)
    assert tail.threshold <= low <= high


def test_scores_that_are_all_alike_give_a_limit_above_them() -> None:
    tail = fit_tail(np.full(30, 4.0), 1500)
    assert tail is not None
    assert tail.level(1e-9) > 4.0
