"""Scores one reading against everything before it, then learns it. Compiled, O(1), no Python object.

For every feature the *excess* is how far it leaves its range, in widths of that range. The excesses of a
family are added up (they are alike); the evidence is the sum over the families of log(1 + excess / scale).
So it grows with how many families break their records much more than with how far out one of them is: one
family alone is seldom worth an alarm, a fault shows in several.

What was told is learnt like everything else: a record is the series' new range.
"""

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from anomaly.records import layout as at

Row = NDArray[np.float64]

# Division by zero gives infinity, as in NumPy. Nothing is allocated, so nothing need be counted. What was
# compiled is kept by whoever calls it (`anomaly.compiling`).
_OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "_nrt": False}
_kernel = njit(**_OPTIONS)

# A reading counts as no farther out than so many ranges: one wild value must not deafen a series for good.
_CLIP = 10.0
# The first readings of a feature widen its range unjudged.
_FIRST_READINGS = 50
# Readings before there are deviations at all.
_SPREAD_READINGS = 20
# How an hour's mean follows: at most so much per reading, and with this time constant where readings are
# denser than one in five minutes.
_DAY_RATE, _DAY_S = 0.1, 2847.0
_WEEK_RATE, _WEEK_S = 0.3, 841.0
_HOUR_US = 3_600_000_000
# Standard deviation of normal noise over its mean distance from the mean: sqrt(pi / 2).
_DEVIATION = 1.2533
# A score just below the limit.
_BELOW = 0.99
# A pause so many times as long as usual: what comes after it does not follow what came before.
_PAUSE = 5.0
_USUAL_RATE = 0.05
# How the time between readings of which none is missing follows: down at once, up seldom, so that holes do
# not count.
_STEP_RATE_DOWN, _STEP_RATE_UP = 0.2, 0.01
# A step is so much of a usual one longer before it goes over a hole.
_ALIKE = 0.25
# Beyond this, squares and sums overflow.
_PLAUSIBLE_MAX = 1e100


@_kernel
def _begin(state: Row, value: float) -> None:
    for number in range(len(at.RATES)):
        state[at.MEANS + number] = value
    state[at.ALL_MEAN] = value


@_kernel
def _follow(state: Row, value: float, plain: float) -> None:
    """Bring the means up to date; of the first readings each is the plain one."""
    for number in range(len(at.RATES)):
        place = at.MEANS + number
        state[place] += max(at.RATES[number], plain) * (value - state[place])


@_kernel
def _bridge(state: Row, step_us: float, value: float) -> None:
    """Put a line where readings are missing: a step over a hole is as many steps as it is long.

    Neither judged nor learnt; but without it every hole would look like a jump.
    """
    usual = state[at.STEP_US]
    if usual == 0.0:
        state[at.STEP_US] = step_us
        return
    rate = _STEP_RATE_DOWN if step_us < usual else _STEP_RATE_UP
    state[at.STEP_US] += rate * (step_us - usual)
    missing = math.ceil(min(step_us / usual, float(at.RING)) - _ALIKE) - 1
    seen = int(state[at.SEEN])
    before = state[at.RECENT + (seen - 1) % at.RING]
    for number in range(1, missing + 1):
        between = before + (value - before) * number / (missing + 1)
        _follow(state, between, 1.0 / (state[at.SEEN] + 1.0))
        state[at.RECENT + int(state[at.SEEN]) % at.RING] = between
        state[at.SEEN] += 1.0


@_kernel
def _resume(state: Row, step_us: float, value: float) -> None:
    """After a pause, or a clock that was set, follow the series anew; what was learnt of it stays.

    Until the means have come to what is, nothing is told: a series goes its way while nobody looks.
    """
    usual_us = state[at.USUAL_US]
    if usual_us == 0.0:
        state[at.USUAL_US] = abs(step_us)
    elif step_us > _PAUSE * usual_us or step_us < 0.0:
        for number in range(len(at.RATES)):
            state[at.MEANS + number] = value
        for number in range(at.RING):
            state[at.RECENT + number] = value
        state[at.PEAK], state[at.SINCE] = math.inf, 0.0
    else:
        state[at.USUAL_US] += _USUAL_RATE * (step_us - usual_us)
        _bridge(state, step_us, value)


@_kernel
def _clipped(state: Row, value: float) -> float:
    low, high = state[at.LOWEST], state[at.HIGHEST]
    reach = _CLIP * (high - low)
    if state[at.SEEN] < _FIRST_READINGS or not reach > 0.0:
        return value
    return float(min(max(value, low - reach), high + reach))


@_kernel
def _see_spread(state: Row, value: float) -> None:
    """How many deviations the value is off the slowest mean, before it enters either; then it does.

    The spread is that of the last hundred readings, but no less than that of the whole past: after a quiet
    hour the usual is no outlier.
    """
    seen = state[at.SEEN]
    away = value - state[at.MEANS + len(at.RATES) - 1]
    spread = math.sqrt(max(state[at.NEAR_VARIANCE], state[at.ALL_VARIANCE]))
    state[at.SPREAD_NOW] = spread
    judged = seen >= _SPREAD_READINGS and spread > 0.0
    state[at.NOW + at.SPREAD] = away / spread if judged else 0.0
    plain = 1.0 / (seen + 1.0)
    rate = max(at.RATES[-1], plain)
    state[at.NEAR_VARIANCE] = (1.0 - rate) * (state[at.NEAR_VARIANCE] + rate * away * away)
    off = value - state[at.ALL_MEAN]
    state[at.ALL_VARIANCE] = (1.0 - plain) * (state[at.ALL_VARIANCE] + plain * off * off)
    state[at.ALL_MEAN] += plain * off


@_kernel
def _see_levels(state: Row, value: float) -> None:
    """The value, its means, and the bands between them; of the first readings each mean is the plain one."""
    _follow(state, value, 1.0 / (state[at.SEEN] + 1.0))
    m3, m10, m30, m100 = (
        state[at.MEANS], state[at.MEANS + 1], state[at.MEANS + 2], state[at.MEANS + 3],
    )  # fmt: skip
    state[at.NOW] = value
    state[at.NOW + 1] = m30
    band = at.NOW + at.BAND
    state[band], state[band + 1], state[band + 2], state[band + 3] = (
        value - m3, m3 - m10, m10 - m30, m30 - m100,
    )  # fmt: skip
    state[band + 4], state[band + 5], state[band + 6] = value - m10, m3 - m30, m10 - m100


@_kernel
def _see_changes(state: Row, value: float) -> None:
    seen = int(state[at.SEEN])
    for number in range(len(at.STEPS)):
        step = at.STEPS[number]
        before = state[at.RECENT + (seen - step) % at.RING] if seen >= step else value
        state[at.NOW + at.CHANGE + number] = value - before
    state[at.RECENT + seen % at.RING] = value


@_kernel
def _see_rhythm(
    state: Row, family: int, counted: int, place: int, value: float, rate: float
) -> None:
    """The distance from an hour's mean, as it is and smoothed; NaN where that hour was never seen."""
    mean, now = state[place], at.NOW + family
    if math.isnan(mean):
        state[place] = value
        for number in range(1 + len(at.SMOOTH_RATES)):
            state[now + number] = math.nan
        return
    residual = value - mean
    state[place] = mean + rate * residual
    state[now] = residual
    for number in range(len(at.SMOOTH_RATES)):
        smooth = counted + 1 + number
        # From zero, not from the first residual, which is as noisy as any.
        state[smooth] += at.SMOOTH_RATES[number] * (residual - state[smooth])
        state[now + 1 + number] = state[smooth]
    state[counted] += 1.0


@_kernel
def _excess(state: Row, feature: int, seen: float, young: float) -> float:
    """Return a feature's signed excess over its range."""
    value = state[at.NOW + feature]
    low, high = state[at.LOWEST + feature], state[at.HIGHEST + feature]
    if seen < _FIRST_READINGS or not high > low:
        return 0.0
    if value > high:
        return float(max((value - high) / (high - low) - young / seen, 0.0))
    if value < low:
        return -float(max((low - value) / (high - low) - young / seen, 0.0))
    return 0.0


@_kernel
def _seen(state: Row, family: int) -> float:
    """Return how many readings a family's features rest on, this one not among them."""
    if family == at.DAY:
        return float(state[at.DAY_SEEN] - 1.0)
    if family == at.WEEK:
        return float(state[at.WEEK_SEEN] - 1.0)
    return float(state[at.SEEN])


@_kernel
def _judge(state: Row, params: Row) -> tuple[float, int, float]:
    """Return the evidence, the feature farthest out, and its signed excess."""
    evidence, cause, worst = 0.0, -1, 0.0
    for family in range(len(at.FAMILIES) - 1):
        first, end = at.FAMILIES[family], at.FAMILIES[family + 1]
        seen, total = _seen(state, first), 0.0
        for feature in range(first, end):
            found = _excess(state, feature, seen, params[at.YOUNG])
            total += abs(found)
            if abs(found) > abs(worst):
                cause, worst = feature, found
        if total > 0.0:
            evidence += math.log1p(total / params[at.SCALE])
    return evidence, cause, worst


@_kernel
def _is_noise(state: Row, limit: float) -> bool:
    """Tell whether every feature is as near its mean as normal noise may take it, once in years."""
    for feature in range(at.FEATURES):
        away = abs(state[at.NOW + feature] - state[at.MIDDLE + feature])
        if away >= limit * _DEVIATION * state[at.DISTANCE + feature]:
            return False
    return True


@_kernel
def _learn_ranges(state: Row) -> None:
    for family in range(len(at.FAMILIES) - 1):
        first, end = at.FAMILIES[family], at.FAMILIES[family + 1]
        plain = 1.0 / max(_seen(state, first) + 1.0, 1.0)
        for feature in range(first, end):
            value = state[at.NOW + feature]
            if math.isnan(value):
                continue
            state[at.HIGHEST + feature] = max(state[at.HIGHEST + feature], value)
            state[at.LOWEST + feature] = min(state[at.LOWEST + feature], value)
            away = value - state[at.MIDDLE + feature]
            state[at.DISTANCE + feature] += plain * (abs(away) - state[at.DISTANCE + feature])
            state[at.MIDDLE + feature] += plain * away


@_kernel
def _tell(state: Row, params: Row, evidence: float) -> float:
    """Return the score: the evidence, held back while the series rests from an alarm or makes it a habit."""
    state[at.HABIT] *= 1.0 - 1.0 / (1.0 + params[at.HABIT_READINGS])
    state[at.SINCE] += 1.0
    if evidence <= 0.0:
        return 0.0
    score = evidence / (1.0 + params[at.HABIT_WEIGHT] * state[at.HABIT])
    if state[at.SINCE] <= params[at.REST] and score <= params[at.REPEAT] * state[at.PEAK]:
        return 0.0
    state[at.HABIT] += evidence
    state[at.PEAK] = score
    state[at.SINCE] = 0.0
    return float(score / params[at.LIMIT])


@_kernel
def advance(state: Row, params: Row, ts_us: int, value: float) -> tuple[float, int, float, float]:
    """Score a reading, then learn it.

    Args:
        state: the series' row, see `layout`; changed.
        params: see `layout.parameters`.
        ts_us: source time, µs since 1970.
        value: the reading. One that is not finite, or beyond anything physical, changes nothing.

    Returns:
        score: 0 where nothing is to be told, 1 at the limit; negative when the record was broken downwards.
        cause: number of the feature farthest out, see `layout.CAUSES`; -1 with score 0.
        low, high: the feature's range up to now, laid around the reading in the series' unit; NaN with
            score 0.
    """
    if not abs(value) <= _PLAUSIBLE_MAX:
        return 0.0, -1, math.nan, math.nan
    step_us = ts_us - state[at.TS_US]
    if state[at.SEEN] == 0.0:
        _begin(state, value)
        step_us = 0.0
    elif abs(step_us) < params[at.EVERY_US]:  # a clock set back must not stop it
        return 0.0, -1, math.nan, math.nan
    step_s = max(step_us, 0.0) / 1e6
    value = _clipped(state, value)
    if state[at.SEEN] > 0.0:
        _resume(state, step_us, value)
    _see_spread(state, value)
    _see_levels(state, value)
    _see_changes(state, value)
    hour = ts_us // _HOUR_US
    rate = min(_DAY_RATE, 1.0 - math.exp(-step_s / _DAY_S))
    place = at.DAY_MEANS + hour % at.HOURS_OF_DAY
    _see_rhythm(state, at.DAY, at.DAY_SEEN, place, value, rate)
    rate = min(_WEEK_RATE, 1.0 - math.exp(-step_s / _WEEK_S))
    place = at.WEEK_MEANS + hour % at.HOURS_OF_WEEK
    _see_rhythm(state, at.WEEK, at.WEEK_SEEN, place, value, rate)

    evidence, cause, worst = _judge(state, params)
    score = _tell(state, params, evidence)
    if score >= 1.0 and _is_noise(state, params[at.NOISE]):
        score = _BELOW
    low = high = math.nan
    if score > 0.0:
        unit = state[at.SPREAD_NOW] if cause == at.SPREAD else 1.0
        now = state[at.NOW + cause]
        low = value + unit * (state[at.LOWEST + cause] - now)
        high = value + unit * (state[at.HIGHEST + cause] - now)
    else:
        cause = -1
    _learn_ranges(state)
    state[at.SEEN] += 1.0
    state[at.TS_US] = ts_us
    return math.copysign(score, worst), cause, low, high
