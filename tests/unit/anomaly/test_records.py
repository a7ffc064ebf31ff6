"""Record breaks: told once, in several respects, quiet on noise, hard to poison."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.records import layout as at
from anomaly.records.kernel import advance

MINUTE_US = 60_000_000
Told = list[tuple[int, float, str]]


def tell(values: NDArray[np.float64], *, step_us: int = MINUTE_US, after: int = 500) -> Told:
    """Return row, score and cause of what reaches the limit after the warm-up."""
    state, params = at.fresh(), at.parameters()
    found = []
    for row, value in enumerate(values.tolist()):
        score, cause, _, _ = advance(state, params, 1_700_000_000_000_000 + row * step_us, value)
        if row >= after and abs(score) >= 1:
            found.append((row, score, at.CAUSES[cause]))
    return found


def noise(seed: int, rows: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(50.0, 1.0, rows)


def test_a_row_fits_in_four_kilobytes() -> None:
    assert at.fresh().nbytes <= 4096


def test_normal_noise_is_never_told() -> None:
    assert [tell(noise(seed, 4000)) for seed in range(8)] == [[]] * 8


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_spike_is_told_at_once_with_its_side(side: float) -> None:
    values = noise(1, 2000)
    values[1500] += 20.0 * side
    (row, score, _), *others = tell(values)
    assert (row, math.copysign(1.0, score)) == (1500, side)
    assert others == []


def test_a_lesser_spike_is_not_told_after_a_greater_one() -> None:
    values = noise(1, 3000)
    values[[1000, 1500, 2000, 2500]] = 70.0, 62.0, 62.0, 120.0
    assert [row for row, _, _ in tell(values)] == [1000, 2500]


def test_a_rhythm_that_breaks_is_told_within_its_usual_range() -> None:
    rows = np.arange(12 * 24 * 14)  # five minutes apart, two weeks
    values = 10.0 * np.sin(2 * np.pi * rows / 288) + 0.1 * noise(3, len(rows))
    values[3744:3780] = values[3744 - 144 : 3780 - 144]  # half a day off for three hours
    told = tell(values, step_us=5 * MINUTE_US, after=1000)
    assert told
    assert 3744 <= told[0][0] < 3780
    assert values[3744:3780].max() <= values[:3744].max()


def test_the_band_is_the_range_it_broke() -> None:
    state, params = at.fresh(), at.parameters()
    values = noise(2, 1000)
    for row, value in enumerate(values.tolist()):
        advance(state, params, row * MINUTE_US, value)
    score, cause, low, high = advance(state, params, 1000 * MINUTE_US, 90.0)
    assert score > 1
    assert low < high < 90.0
    if at.CAUSES[cause] == "value":
        assert (low, high) == pytest.approx((values.min(), values.max()))


def test_fast_readings_are_looked_at_once_a_minute() -> None:
    state, params = at.fresh(), at.parameters()
    for row in range(1200):
        advance(state, params, row * 500_000, float(row % 7))
    assert state[at.SEEN] == 10


@pytest.mark.parametrize("wild", [math.nan, math.inf, -math.inf, 1e308, 1e99, -1e99])
def test_a_wild_reading_neither_stops_nor_deafens_it(wild: float) -> None:
    values = noise(4, 3000)
    values[1000], values[2500] = wild, 2000.0
    assert 2500 in [row for row, _, _ in tell(values)]


def test_a_clock_set_back_does_not_stop_it() -> None:
    state, params = at.fresh(), at.parameters()
    for row in range(100):
        advance(state, params, (1000 - row) * MINUTE_US, 1.0 + row % 3)
    assert state[at.SEEN] == 100


def test_after_a_restart_it_rests() -> None:
    state, params = at.fresh(), at.parameters()
    for row, value in enumerate(noise(5, 1000).tolist()):
        advance(state, params, row * MINUTE_US, value)
    at.restart(state)
    assert advance(state, params, 5000 * MINUTE_US, 500.0)[0] == 0


def after_a_pause(values: NDArray[np.float64], at_row: int, pause_us: int) -> Told:
    state, params = at.fresh(), at.parameters()
    found = []
    for row, value in enumerate(values.tolist()):
        ts_us = 1_700_000_000_000_000 + row * MINUTE_US + (pause_us if row >= at_row else 0)
        score, cause, _, _ = advance(state, params, ts_us, value)
        if row >= at_row and abs(score) >= 1:
            found.append((row, score, at.CAUSES[cause]))
    return found


@pytest.mark.parametrize("pause_us", [40 * MINUTE_US, -600 * MINUTE_US])
def test_what_changed_while_nobody_looked_is_not_told_and_deafens_nobody(pause_us: int) -> None:
    """A slow series moves on in a pause; so does one whose clock is set, or whose past comes again."""
    values = 50.0 + 5.0 * np.sin(np.arange(3000) / 400) + 0.02 * noise(5, 3000)
    gone = np.concatenate([values[:1500], values[1800:]])
    assert after_a_pause(gone, 1500, 0), "without a pause it is a jump"
    assert after_a_pause(gone, 1500, pause_us) == []
    gone[2000:2100] += 2.0
    assert [row for row, _, _ in after_a_pause(gone, 1500, pause_us)] == [2000]
