"""The shipped chart as kernels; `detectors.ew_chart` says what it does and why."""

import math

from anomaly.bank import layout as at
from anomaly.bank.layout import Reals, Wholes
from anomaly.bank.moments import ew_mean, ew_stable, running, running_variance
from anomaly.compiling import lean_entry, lean_kernel
from anomaly.detectors import ew_chart, excursions, pace

_CLIP = ew_chart.CLIP
_SPIKE_DEVIATIONS = ew_chart.SPIKE_DEVIATIONS
_WIDTH_MIN = ew_chart.WIDTH_MIN
_FORGET = ew_chart.FORGET
_EXTEND = ew_chart.EXTEND
_RECENT_RATE = ew_chart.RECENT_RATE
_RHYTHM_US = ew_chart.RHYTHM_US
_YOUNG_PART = ew_chart.YOUNG_PART
_SETTLED = ew_chart.SETTLED
_FORGOTTEN_US = excursions.FORGOTTEN_US
_HURRY_RATE = pace.HURRY_RATE
_STEP_MAX = pace.STEP_MAX
_HURRIED = pace.HURRIED


@lean_kernel
def larger(one: float, other: float) -> float:
    """Return what Python's `max` returns."""
    return other if other > one else one  # noqa: FURB136 - whose `max` it is matters


@lean_kernel
def smaller(one: float, other: float) -> float:
    """Return what Python's `min` returns."""
    return other if other < one else one  # noqa: FURB136 - whose `min` it is matters


@lean_kernel
def follow(r: Reals, w: Wholes, p: Reals, q: Wholes, value: float, ts_us: int) -> None:
    """Move the short-term mean."""
    _keep_pace(r, w, p, q, ts_us)
    if not w[at.WARM]:
        return
    middle = r[at.MIDDLE]
    value = larger(value, middle - _CLIP * r[at.DOWN])
    value = smaller(value, middle + _CLIP * r[at.UP])
    _follow_fast(r, w, p, value)
    value = r[at.FAST]
    away = value - r[at.MIDDLE]
    if away >= r[at.UP] or away <= -r[at.DOWN]:
        w[at.EXCURSION_N] += 1
        if abs(away) > abs(r[at.EXTREME]):
            r[at.EXTREME] = away


@lean_kernel
def _follow_fast(r: Reals, w: Wholes, p: Reals, value: float) -> None:
    r[at.FAST] = ew_mean(r[at.FAST], value, p[at.FAST_RATE]) if w[at.FAST_ON] else value
    w[at.FAST_ON] = 1


@lean_kernel
def _keep_pace(r: Reals, w: Wholes, p: Reals, q: Wholes, ts_us: int) -> None:
    """Tell, and say in the limits, whether readings come faster than those that are known."""
    step = float(abs(ts_us - w[at.FOLLOWED_US]))
    if w[at.FOLLOWED_US]:
        known = r[at.PACE]
        if known == 0.0:
            r[at.PACE] = step
        else:
            rate = _HURRY_RATE if step < known else p[at.FAST_RATE]
            r[at.PACE] = known + rate * (smaller(step, _STEP_MAX * known) - known)
    w[at.FOLLOWED_US] = ts_us
    hurried = int(r[at.PACE] < _HURRIED * r[at.KNOWN_PACE])
    if hurried != w[at.HURRIED]:
        w[at.HURRIED] = hurried
        if w[at.WARM]:
            set_limits(r, w, p, q)


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
        _learn_early(r, w, p, q, value, ts_us)
        if w[at.WARM]:
            set_limits(r, w, p, q)
        return
    if w[at.EXCURSION_N]:
        _learn_excursion(r, w, p, q, ts_us)
    if not _is_too_soon(w, q, ts_us):
        _learn_warm(r, w, p, q, value, ts_us)


@lean_kernel
def _is_too_soon(w: Wholes, q: Wholes, ts_us: int) -> bool:
    every_us = smaller(float(q[at.LEARN_EVERY_US]), abs(ts_us - w[at.FIRST_US]) * _YOUNG_PART)
    return bool(abs(ts_us - w[at.LEARNT_US]) < every_us)


@lean_kernel
def _median(one: float, two: float, three: float) -> float:
    if two < one:
        one, two = two, one
    # As `sorted` would have it, zeros of either sign included.
    if three < two:
        return one if three < one else three  # noqa: FURB136 - whose `max` it is matters
    return two


@lean_kernel
def _learn_early(r: Reals, w: Wholes, p: Reals, q: Wholes, value: float, ts_us: int) -> None:
    count = w[at.BEFORE_N]
    if count < 2:  # noqa: PLR2004 - three make a median
        r[at.BEFORE + count] = value
        w[at.BEFORE_N] = count + 1
        return
    median = _median(r[at.BEFORE], r[at.BEFORE + 1], value)
    r[at.BEFORE] = r[at.BEFORE + 1]
    r[at.BEFORE + 1] = value
    n, mean, squares = r[at.EARLY_N], r[at.EARLY_MEAN], r[at.EARLY_SQUARES]
    reach = _SPIKE_DEVIATIONS * math.sqrt(running_variance(n, r[at.SPREAD]))
    raw = smaller(larger(value, median - reach), median + reach)
    _follow_fast(r, w, p, raw)
    if abs(value - median) > _SPIKE_DEVIATIONS * math.sqrt(running_variance(n, squares)):
        value = median
    learnt = w[at.LEARNT]
    if learnt >= q[at.WARMUP_READINGS] and _is_too_soon(w, q, ts_us):
        return
    if not learnt:
        w[at.FIRST_US] = ts_us
    w[at.LEARNT_US] = ts_us
    w[at.LEARNT] = learnt + 1
    _, r[at.MEAN], r[at.SPREAD] = running(n, r[at.MEAN], r[at.SPREAD], raw)
    _, r[at.FAST_MEAN], r[at.FAST_SPREAD] = running(
        n, r[at.FAST_MEAN], r[at.FAST_SPREAD], r[at.FAST]
    )
    n, mean, squares = running(n, mean, squares, value)
    r[at.EARLY_N], r[at.EARLY_MEAN], r[at.EARLY_SQUARES] = n, mean, squares
    r[at.RECENT] = ew_mean(r[at.RECENT], value, _RECENT_RATE) if learnt else value
    r[at.LOWEST] = smaller(r[at.LOWEST], value)
    r[at.HIGHEST] = larger(r[at.HIGHEST], value)
    _learn_quick(r, p, learnt + 1, math.inf)
    lasted_us = ts_us - w[at.FIRST_US]
    if learnt + 1 >= q[at.WARMUP_READINGS] and lasted_us >= q[at.WARMUP_SPAN_US]:
        variance, whole = running_variance(n, squares), running_variance(n, r[at.SPREAD])
        part = running_variance(n, r[at.FAST_SPREAD]) / whole if whole > 0.0 else 1.0
        r[at.FAST_SPREAD] = part * variance
        r[at.OFFSET] = mean
        r[at.MEAN] = 0.0
        r[at.SPREAD] = variance
        w[at.BEFORE_N] = 0
        r[at.BEFORE] = r[at.BEFORE + 1] = 0.0
        w[at.WARM] = 1


@lean_kernel
def _learn_warm(r: Reals, w: Wholes, p: Reals, q: Wholes, value: float, ts_us: int) -> None:
    w[at.LEARNT_US] = ts_us
    w[at.LEARNT] += 1
    middle = r[at.MIDDLE]
    up, down = _widths(r, w, p, q, middle, 1)
    value = smaller(larger(value, middle - down), middle + up)
    away, rate = value - r[at.OFFSET], p[at.SLOW_RATE]
    if q[at.STABLE]:
        r[at.MEAN], r[at.SPREAD] = ew_stable(r[at.MEAN], r[at.SPREAD], away, rate)
    else:
        r[at.MEAN] = ew_mean(r[at.MEAN], away, rate)
        r[at.SPREAD] = ew_mean(r[at.SPREAD], away * away, rate)
    r[at.RECENT] = ew_mean(r[at.RECENT], r[at.FAST], _RECENT_RATE)
    middle = r[at.OFFSET] + r[at.MEAN]
    off = r[at.FAST] - middle
    r[at.FAST_SPREAD] = ew_mean(r[at.FAST_SPREAD], off * off, rate)
    for place in (at.LOWEST, at.FAST_LOWEST):
        r[place] += _FORGET * (middle - r[place])
        r[place + 1] += _FORGET * (middle - r[place + 1])
    # Where nobody said anything they are infinite on the other side, and stay so.
    if r[at.SAID_LOWEST] < middle:
        r[at.SAID_LOWEST] += _FORGET * (middle - r[at.SAID_LOWEST])
    if r[at.SAID_HIGHEST] > middle:
        r[at.SAID_HIGHEST] += _FORGET * (middle - r[at.SAID_HIGHEST])
    step = larger(r[at.HIGHEST] - r[at.LOWEST], up) * _EXTEND / w[at.LEARNT]
    r[at.LOWEST] = larger(smaller(value, r[at.LOWEST]), r[at.LOWEST] - step)
    r[at.HIGHEST] = smaller(larger(value, r[at.HIGHEST]), r[at.HIGHEST] + step)
    _learn_quick(r, p, w[at.LEARNT], step)
    set_limits(r, w, p, q)


@lean_kernel
def _learn_quick(r: Reals, p: Reals, learnt: int, step: float) -> None:
    """Learn the short-term mean's range, by at most `step`, and the pace at which it was learnt."""
    known, rate = r[at.KNOWN_PACE], larger(p[at.SLOW_RATE], 1.0 / learnt)
    r[at.KNOWN_PACE] = known + rate * (r[at.PACE] - known)
    fast, lowest, highest = r[at.FAST], r[at.FAST_LOWEST], r[at.FAST_HIGHEST]
    if learnt > _SETTLED:
        r[at.FAST_LOWEST] = larger(smaller(fast, lowest), lowest - step)
        r[at.FAST_HIGHEST] = smaller(larger(fast, highest), highest + step)


@lean_kernel
def _learn_excursion(r: Reals, w: Wholes, p: Reals, q: Wholes, ts_us: int) -> None:
    """Learn from an excursion that is over: the more there were lately, the more of it."""
    if w[at.EXCURSION_N] >= q[at.RAISE_READINGS]:
        since_us = float(abs(ts_us - w[at.EXCURSION_US]))
        lately = r[at.EXCURSIONS] * math.exp(-since_us / _FORGOTTEN_US)
        count, extreme = lately + 1.0, r[at.MIDDLE] + r[at.EXTREME]
        part = count / (1.0 + count)
        for place in (at.LOWEST, at.FAST_LOWEST):
            r[place] += part * smaller(extreme - r[place], 0.0)
            r[place + 1] += part * larger(extreme - r[place + 1], 0.0)
        r[at.EXCURSIONS] = count
        w[at.EXCURSION_US] = ts_us
        set_limits(r, w, p, q)
    w[at.EXCURSION_N] = 0
    r[at.EXTREME] = 0.0


@lean_kernel
def _variance(r: Reals, q: Wholes) -> float:
    """Return the baseline's variance."""
    variance = r[at.SPREAD]
    if not q[at.STABLE]:
        variance -= r[at.MEAN] * r[at.MEAN]
    return float(larger(variance, 0.0))


@lean_kernel
def _alike(r: Reals, p: Reals, variance: float) -> float:
    """Return how many readings in a row say no more than one that is independent."""
    most: float = (2.0 - p[at.FAST_RATE]) / p[at.FAST_RATE]
    if not variance > 0.0:
        return 1.0
    return smaller(larger(most * r[at.FAST_SPREAD] / variance, 1.0), most)


@lean_kernel
def _widths(
    r: Reals, w: Wholes, p: Reals, q: Wholes, middle: float, hurried: int
) -> tuple[float, float]:
    """Return how far above and below the middle is expected: of readings, or of their short-term mean."""
    variance = _variance(r, q)
    alike = _alike(r, p, variance)
    margin = p[at.RECORD_MARGIN] + p[at.YOUNG_READINGS] * alike / w[at.LEARNT]
    margin *= r[at.HIGHEST] - r[at.LOWEST]
    lowest, highest = r[at.LOWEST], r[at.HIGHEST]
    if not hurried:
        lowest, highest = r[at.FAST_LOWEST], r[at.FAST_HIGHEST]
        variance *= alike * p[at.FAST_RATE] / (2.0 - p[at.FAST_RATE])
    reach = p[at.LIMIT_DEVIATIONS] * math.sqrt(variance)
    least = r[at.WIDTH_MIN]
    if math.isnan(least):
        least = larger(_WIDTH_MIN * abs(middle), 1e-9)
    up = larger(larger(reach, highest + margin - middle), least)
    down = larger(larger(reach, middle - lowest + margin), least)
    if w[at.LEARNT_US] - w[at.FIRST_US] < _RHYTHM_US:
        recent = r[at.RECENT] - middle
        up = larger(up, recent + reach)
        down = larger(down, reach - recent)
    return larger(up, r[at.SAID_HIGHEST] - middle), larger(down, middle - r[at.SAID_LOWEST])


@lean_kernel
def set_limits(r: Reals, w: Wholes, p: Reals, q: Wholes) -> None:
    """Work out the expected range anew."""
    middle = r[at.OFFSET] + r[at.MEAN]
    r[at.MIDDLE] = middle
    r[at.UP], r[at.DOWN] = _widths(r, w, p, q, middle, w[at.HURRIED])


@lean_entry(ew_chart, excursions, pace)
def renew_limits(r: Reals, w: Wholes, p: Reals, q: Wholes) -> None:
    """Work out the expected range of a warm series anew, between two frames."""
    set_limits(r, w, p, q)
