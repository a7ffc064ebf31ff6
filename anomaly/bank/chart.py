"""The shipped chart as kernels; `detectors.ew_chart` says what it does and why."""

import math

from anomaly.bank import layout as at
from anomaly.bank.layout import Reals, Wholes
from anomaly.bank.moments import ew_mean, ew_stable, running, running_variance
from anomaly.compiling import lean_kernel
from anomaly.detectors import ew_chart

_CLIP = ew_chart.CLIP
_SPIKE_DEVIATIONS = ew_chart.SPIKE_DEVIATIONS
_WIDTH_MIN = ew_chart.WIDTH_MIN
_FORGET = ew_chart.FORGET
_EXTEND = ew_chart.EXTEND
_RECENT_RATE = ew_chart.RECENT_RATE
_RHYTHM_US = ew_chart.RHYTHM_US


@lean_kernel
def larger(one: float, other: float) -> float:
    """Return what Python's `max` returns."""
    return other if other > one else one  # noqa: FURB136 - whose `max` it is matters


@lean_kernel
def smaller(one: float, other: float) -> float:
    """Return what Python's `min` returns."""
    return other if other < one else one  # noqa: FURB136 - whose `min` it is matters


@lean_kernel
def follow(r: Reals, w: Wholes, p: Reals, value: float) -> None:
    """Move the short-term mean."""
    if w[at.WARM]:
        middle = r[at.MIDDLE]
        value = larger(value, middle - _CLIP * r[at.DOWN])
        value = smaller(value, middle + _CLIP * r[at.UP])
    if w[at.FAST_ON]:
        value = ew_mean(r[at.FAST], value, p[at.FAST_RATE])
    r[at.FAST] = value
    w[at.FAST_ON] = 1


@lean_kernel
def score(r: Reals, w: Wholes) -> float:
    """Return the short-term mean's distance from the middle in half-widths."""
    if not w[at.WARM]:
        return 0.0
    away: float = r[at.FAST] - r[at.MIDDLE]
    return float(away / (r[at.UP] if away >= 0 else r[at.DOWN]))


@lean_kernel
def learn(r: Reals, w: Wholes, p: Reals, q: Wholes, value: float, ts_us: int) -> None:
    """Count a reading as normal."""
    if not w[at.WARM]:
        _learn_early(r, w, q, value, ts_us)
        if w[at.WARM]:
            set_limits(r, w, p, q)
    elif not _is_too_soon(w, q, ts_us):
        _learn_warm(r, w, p, q, value, ts_us)


@lean_kernel
def _is_too_soon(w: Wholes, q: Wholes, ts_us: int) -> bool:
    return bool(abs(ts_us - w[at.LEARNT_US]) < q[at.LEARN_EVERY_US])


@lean_kernel
def _median(one: float, two: float, three: float) -> float:
    if two < one:
        one, two = two, one
    # As `sorted` would have it, zeros of either sign included.
    if three < two:
        return one if three < one else three  # noqa: FURB136 - whose `max` it is matters
    return two


@lean_kernel
def _learn_early(r: Reals, w: Wholes, q: Wholes, value: float, ts_us: int) -> None:
    count = w[at.BEFORE_N]
    if count < 2:  # noqa: PLR2004 - three make a median
        r[at.BEFORE + count] = value
        w[at.BEFORE_N] = count + 1
        return
    median = _median(r[at.BEFORE], r[at.BEFORE + 1], value)
    r[at.BEFORE] = r[at.BEFORE + 1]
    r[at.BEFORE + 1] = value
    n, mean, squares = r[at.EARLY_N], r[at.EARLY_MEAN], r[at.EARLY_SQUARES]
    if abs(value - median) > _SPIKE_DEVIATIONS * math.sqrt(running_variance(n, squares)):
        value = median
    learnt = w[at.LEARNT]
    if learnt >= q[at.WARMUP_READINGS] and _is_too_soon(w, q, ts_us):
        return
    if not learnt:
        w[at.FIRST_US] = ts_us
    w[at.LEARNT_US] = ts_us
    w[at.LEARNT] = learnt + 1
    n, mean, squares = running(n, mean, squares, value)
    r[at.EARLY_N], r[at.EARLY_MEAN], r[at.EARLY_SQUARES] = n, mean, squares
    r[at.RECENT] = ew_mean(r[at.RECENT], value, _RECENT_RATE) if learnt else value
    r[at.LOWEST] = smaller(r[at.LOWEST], value)
    r[at.HIGHEST] = larger(r[at.HIGHEST], value)
    lasted_us = ts_us - w[at.FIRST_US]
    if learnt + 1 >= q[at.WARMUP_READINGS] and lasted_us >= q[at.WARMUP_SPAN_US]:
        r[at.OFFSET] = mean
        r[at.MEAN] = 0.0
        r[at.SPREAD] = running_variance(n, squares)
        w[at.BEFORE_N] = 0
        r[at.BEFORE] = r[at.BEFORE + 1] = 0.0
        w[at.WARM] = 1


@lean_kernel
def _learn_warm(r: Reals, w: Wholes, p: Reals, q: Wholes, value: float, ts_us: int) -> None:
    w[at.LEARNT_US] = ts_us
    w[at.LEARNT] += 1
    middle, up = r[at.MIDDLE], r[at.UP]
    value = smaller(larger(value, middle - r[at.DOWN]), middle + up)
    away, rate = value - r[at.OFFSET], p[at.SLOW_RATE]
    if q[at.STABLE]:
        r[at.MEAN], r[at.SPREAD] = ew_stable(r[at.MEAN], r[at.SPREAD], away, rate)
    else:
        r[at.MEAN] = ew_mean(r[at.MEAN], away, rate)
        r[at.SPREAD] = ew_mean(r[at.SPREAD], away * away, rate)
    r[at.RECENT] = ew_mean(r[at.RECENT], r[at.FAST], _RECENT_RATE)
    middle = r[at.OFFSET] + r[at.MEAN]
    lowest = r[at.LOWEST] + _FORGET * (middle - r[at.LOWEST])
    highest = r[at.HIGHEST] + _FORGET * (middle - r[at.HIGHEST])
    step = larger(highest - lowest, up) * _EXTEND / w[at.LEARNT]
    r[at.LOWEST] = larger(smaller(value, lowest), lowest - step)
    r[at.HIGHEST] = smaller(larger(value, highest), highest + step)
    set_limits(r, w, p, q)


@lean_kernel
def deviation_of(r: Reals, q: Wholes) -> float:
    """Return the baseline's standard deviation."""
    variance = r[at.SPREAD]
    if not q[at.STABLE]:
        variance -= r[at.MEAN] * r[at.MEAN]
    return math.sqrt(variance) if variance > 0.0 else 0.0


@lean_kernel
def set_limits(r: Reals, w: Wholes, p: Reals, q: Wholes) -> None:
    """Work out the expected range anew."""
    middle = r[at.OFFSET] + r[at.MEAN]
    reach = p[at.LIMIT_DEVIATIONS] * deviation_of(r, q)
    margin = p[at.RECORD_MARGIN] + p[at.YOUNG_READINGS] / w[at.LEARNT]
    margin *= r[at.HIGHEST] - r[at.LOWEST]
    least = r[at.WIDTH_MIN]
    if math.isnan(least):
        least = larger(_WIDTH_MIN * abs(middle), 1e-9)
    up = larger(larger(reach, r[at.HIGHEST] + margin - middle), least)
    down = larger(larger(reach, middle - r[at.LOWEST] + margin), least)
    if w[at.LEARNT_US] - w[at.FIRST_US] < _RHYTHM_US:
        recent = r[at.RECENT] - middle
        up = larger(up, recent + reach)
        down = larger(down, reach - recent)
    r[at.MIDDLE], r[at.UP], r[at.DOWN] = middle, up, down
