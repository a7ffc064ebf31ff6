"""One pass over rows of a device, compiled: distance, limits, several in a row, learning, peaks.

The moments are of short-term means (a multivariate EWMA chart: Lowry, Woodall, Champ and Rigdon 1992), with
their covariance as it is found rather than as independent readings would have it. During the first day, until
the daily rhythm has been seen, a row must also lie apart from the level of the last minutes.

Places in the two state vectors are named here and nowhere else.
"""

import math

import numpy as np
from numpy.typing import NDArray

from anomaly.compiling import lean_entry, lean_kernel
from anomaly.detectors import joint
from anomaly.device import arithmetic

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Whole numbers.
(
    WARM, ROWS, FIRST_US, LEARNT_US, CALM, OPEN, STREAK, ONSET_US, BLOCK_ROWS, BLOCK_US, BLOCKS, DUE,
    SINCE_DECIDED, GROWN, JUDGED_US, FITTED,
) = range(16)  # fmt: skip
INTS = 16
# Numbers.
LIMIT, LIMIT_BREAK, PEAK_YOUNG, PEAK, PEAK_BREAK, TOLD, SIZE, SHRINKAGE, USUAL, PACE = range(10)
FLOATS = 10
# Parameters.
(
    RATE, SMOOTHING, SHRINK_MIN, WARMUP_ROWS, WARMUP_SPAN_US, LEARN_EVERY_US, IN_A_ROW, CLEAR, CLEAR_ROWS,
    BREAK_RATE,
) = range(10)  # fmt: skip

# What `OPEN` says.
NOTHING, APART, BREAK = joint.NOTHING, joint.APART, joint.BREAK
# What `advance` found.
NONE, STARTED, WORSENED, ENDED = joint.NONE, joint.STARTED, joint.WORSENED, joint.ENDED

# Peaks kept: a week of ten minutes each.
BLOCKS_MAX = 1008
_BLOCK_ROWS_MIN = 16
# Limits are worked out anew when there are so many more blocks: a part, and every four hours.
_REFIT_PART = 0.1
_REFIT_BLOCKS = 24
# And when rows come this much faster.
PACE_PART = 0.5
_BLOCK_US_MIN = 600_000_000
_DAY_US = 86_400_000_000
# How long the short-term view of correlations looks back, at least.
_BREAK_US = 1_500_000_000.0
# The recent level, while a device is young: looks back so far, and over so many rows at most.
_ROWS_YOUNG = 400.0
_RECENT_US = 100_000_000.0
_RECENT_RATE = 0.05
_WORSE = 1.25
# A break of correlation is looked for where the others explain this part of a series' variance.
_EXPLAINED_MIN = 0.5
# A series' squared contribution enters its mean held to this.
_BREAK_CAP = 16.0
# Part of the warm-up after which rows are compared with what was known before them.
_PREQUENTIAL_FROM = 0.5
# The inverse is worked out anew when the rows are so many more.
_DECIDE_PART = 0.02
# A row that rests on fewer series says nothing of how they move together.
_KNOWN_MIN = 2
# So many missing rows of a series are bridged by a line; after more its short-term mean begins anew ...
_BRIDGED = 3
# ... and is compared with the others' once what it began with weighs about a fiftieth.
_FILLED = 4.0
# A series that misses so many rows is not waited for any more.
_GONE = 100
# Rows of `tracks`.
SMOOTH, RECENT, SPREAD, CONTRIBUTIONS, BEFORE, LAST, MISSED, TAKEN, WHOLE = range(9)
TRACKS = 9


@lean_kernel
def _break_size(spread: Floats, precision: Floats, scale: Floats) -> float:
    """Return the largest lasting mean of squared contributions among series that the others explain."""
    largest = 0.0
    for i in range(len(spread)):
        if scale[i] > 0.0 and 1.0 - 1.0 / precision[i, i] >= _EXPLAINED_MIN:
            largest = max(largest, spread[i])
    return largest


@lean_kernel
def _least(sizes: Floats) -> float:
    """Return what all rows of a streak lie out at least: it is compared with the limit."""
    least: float = sizes[0]
    for i in range(1, len(sizes)):
        least = min(least, sizes[i])
    return least


@lean_kernel
def _record_peak(
    ints: Ints, floats: Floats, peaks: Floats, ts_us: int, streak: Floats, broken: float
) -> None:
    """Take a row's sizes into the open block; close it when it is long enough."""
    if ints[BLOCK_ROWS] == 0:
        ints[BLOCK_US] = ts_us
        floats[PEAK_YOUNG] = floats[PEAK] = floats[PEAK_BREAK] = 0.0
    ints[BLOCK_ROWS] += 1
    floats[PEAK_YOUNG] = max(floats[PEAK_YOUNG], _least(streak[0]))
    floats[PEAK] = max(floats[PEAK], _least(streak[1]))
    floats[PEAK_BREAK] = max(floats[PEAK_BREAK], broken)
    young = not math.isfinite(floats[LIMIT])
    long_enough = young or abs(ts_us - ints[BLOCK_US]) >= _BLOCK_US_MIN
    if ints[BLOCK_ROWS] >= _BLOCK_ROWS_MIN and long_enough:
        place = ints[BLOCKS] % BLOCKS_MAX
        peaks[0, place] = floats[PEAK_YOUNG]
        peaks[1, place] = floats[PEAK]
        peaks[2, place] = floats[PEAK_BREAK]
        peaks[3, place] = float(ints[BLOCK_ROWS])
        ints[BLOCKS] += 1
        ints[BLOCK_ROWS] = 0
        if ints[BLOCKS] > ints[FITTED] + min(_REFIT_PART * ints[FITTED], _REFIT_BLOCKS):
            ints[DUE] = 1


@lean_kernel
def _decide(
    params: Floats, ints: Ints, floats: Floats, count: Floats, slow: Floats, quick: Floats,
    work: Floats,
) -> None:  # fmt: skip
    """Work out anew, every fiftieth row or so, what the moments say."""
    needed = _PREQUENTIAL_FROM * params[WARMUP_ROWS]
    if ints[SINCE_DECIDED] <= _DECIDE_PART * ints[ROWS] or ints[ROWS] < needed:
        return
    ints[SINCE_DECIDED] = 0
    p = len(count)
    shrink, effective = params[SHRINK_MIN], 2.0 / params[RATE]
    floats[SHRINKAGE] = arithmetic.decide(
        slow[0], slow[2 : p + 2], count, needed, shrink, effective, slow[1],
        slow[p + 2 : 2 * p + 2], work,
    )  # fmt: skip
    if ints[GROWN] == 0:
        arithmetic.decide(
            quick[0], quick[2 : p + 2], quick[-1], needed, shrink, effective, quick[1],
            quick[p + 2 : 2 * p + 2], work,
        )  # fmt: skip


@lean_kernel
def _learn(
    row: Floats, moved: Floats, ts_us: int, params: Floats, ints: Ints, floats: Floats, count: Floats,
    slow: Floats, quick: Floats, far: float, work: Floats,
) -> None:  # fmt: skip
    """Take a row into both sets of moments: of values, and of what they lie from their recent level.

    A row further out than usual counts as if it lay where the usual ends: a fault that creeps in does not
    make itself expected before it is noticed.
    """
    if ints[ROWS] == 0:
        ints[FIRST_US] = ts_us
    elif ints[WARM] == 1:
        # Of a young device, as much is learnt at any age.
        every = min(params[LEARN_EVERY_US], abs(ts_us - ints[FIRST_US]) / _ROWS_YOUNG)
        if abs(ts_us - ints[LEARNT_US]) < every:
            return
    ints[LEARNT_US] = ts_us
    ints[ROWS] += 1
    ints[SINCE_DECIDED] += 1
    p = len(row)
    if ints[GROWN] == 0:
        arithmetic.learn(quick[0], quick[2 : p + 2], quick[-1], moved, params[RATE], work[3 * p])
    if ints[GROWN] == 1 and far > floats[USUAL] > 0.0:
        for i in range(p):
            row[i] = slow[0, i] + (row[i] - slow[0, i]) * (floats[USUAL] / far)
    arithmetic.learn(slow[0], slow[2 : p + 2], count, row, params[RATE], work[3 * p])
    _decide(params, ints, floats, count, slow, quick, work)
    if (
        ints[WARM] == 0
        and ints[ROWS] >= params[WARMUP_ROWS]
        and ts_us - ints[FIRST_US] >= params[WARMUP_SPAN_US]
    ):
        ints[WARM] = 1
        ints[DUE] = 1
    if ints[GROWN] == 0 and ts_us - ints[FIRST_US] >= _DAY_US:
        ints[GROWN] = 1
        ints[DUE] = 1


@lean_kernel
def _judge_open(ints: Ints, floats: Floats, params: Floats, size: float) -> int:
    if size >= params[CLEAR]:
        ints[CALM] = 0
    else:
        ints[CALM] += 1
        if ints[CALM] >= params[CLEAR_ROWS]:
            ints[OPEN] = NOTHING
            ints[STREAK] = 0
            return ENDED
    if size >= floats[TOLD] * _WORSE:
        floats[TOLD] = size
        return WORSENED
    return NONE


@lean_kernel
def _judge(
    ints: Ints, floats: Floats, params: Floats, ts_us: int, size: float, broken: float
) -> int:
    """Compare a row's sizes, 1 at the limit, with what is open; return what that means."""
    if ints[OPEN] == APART:
        return int(_judge_open(ints, floats, params, size))
    if ints[OPEN] == BREAK:
        return int(_judge_open(ints, floats, params, max(broken, size)))
    if size < 1.0 and broken < 1.0:
        ints[STREAK] = 0
        return NONE
    if ints[STREAK] == 0:
        ints[ONSET_US] = ts_us
    ints[STREAK] += 1
    if ints[STREAK] < params[IN_A_ROW]:
        return NONE
    ints[OPEN] = APART if size >= 1.0 else BREAK
    ints[CALM] = 0
    floats[TOLD] = max(size, broken)
    return STARTED


@lean_kernel
def _bridge(tracks: Floats, i: int, value: float, rate: float) -> None:
    """Bring a series' short-term mean to where the others' are that missed no row."""
    missed = int(tracks[MISSED, i])
    tracks[MISSED, i] = 0.0
    if missed > _BRIDGED:
        tracks[SMOOTH, i] = tracks[BEFORE, i] = tracks[LAST, i] = math.nan
        tracks[TAKEN, i] = 0.0
    elif not math.isnan(tracks[SMOOTH, i]):
        step = (value - tracks[LAST, i]) / (missed + 1)
        for number in range(1, missed + 1):
            tracks[SMOOTH, i] += rate * (tracks[LAST, i] + number * step - tracks[SMOOTH, i])


@lean_kernel
def _follow(row: Floats, rate: float, tracks: Floats, level: Floats) -> None:
    """Bring the short-term means up to date: of the median of three rows, so that one wild row is nothing.

    Set `level` to those that can be compared: a mean that began later than the others' covers another while.
    """
    smooth, before, last, taken = tracks[SMOOTH], tracks[BEFORE], tracks[LAST], tracks[TAKEN]
    longest = 0.0
    for i in range(len(row)):
        value = row[i]
        if math.isnan(value):
            tracks[MISSED, i] += 1.0
            tracks[WHOLE, i] = 0.0
            continue
        if tracks[MISSED, i] > 0.0:
            _bridge(tracks, i, value, rate)
        low, high = min(before[i], last[i]), max(before[i], last[i])
        middle = value if math.isnan(low) or math.isnan(high) else min(max(value, low), high)
        before[i], last[i] = last[i], value
        if math.isnan(smooth[i]):
            smooth[i] = middle
        smooth[i] += rate * (middle - smooth[i])
        taken[i] = min(taken[i] + 1.0, _FILLED / rate)
        tracks[WHOLE, i] = min(tracks[WHOLE, i] + 1.0, _FILLED / rate)
        longest = max(longest, taken[i])
    for i in range(len(row)):
        is_like_others = taken[i] >= longest - _BRIDGED
        level[i] = smooth[i] if is_like_others and not math.isnan(row[i]) else math.nan


@lean_kernel
def _is_whole(tracks: Floats, rate: float) -> bool:
    """Tell whether no short-term mean has a hole in it, but for series that are gone.

    A mean over a bridged hole has more noise than one of as many readings. And covariances of which each
    rests on rows of its own need not be covariances at all: series would seem to be tied to others closer.
    """
    holes = 0
    for i in range(tracks.shape[1]):
        holes += tracks[WHOLE, i] < 1.0 / rate and tracks[MISSED, i] <= _GONE
    return holes == 0


@lean_kernel
def _measure(
    level: Floats, moved: Floats, z: Floats, memory: float, ints: Ints, slow: Floats, quick: Floats,
    tracks: Floats, streak: Floats, sizes: Floats, room: Floats, is_whole: bool,
) -> None:  # fmt: skip
    """Set `sizes`: how far a row lies out, as it is judged and in full, and the largest lasting break."""
    p = len(level)
    scale, precision = slow[1], slow[p + 2 : 2 * p + 2]
    spread, contributions = tracks[SPREAD], tracks[CONTRIBUTIONS]
    far = arithmetic.distance(z, precision, contributions)
    # With holes nothing is taken into the view of how series move together: a hole is no break.
    for i in range(p if is_whole else 0):
        if scale[i] > 0.0:
            square = min(contributions[i] * contributions[i], _BREAK_CAP)
            spread[i] += memory * (square - spread[i])
    size = far
    if ints[GROWN] == 0:
        arithmetic.standardise(moved, quick[0], quick[1], quick[p + 2 : 2 * p + 2], z, room)
        size = min(size, arithmetic.distance(z, quick[p + 2 : 2 * p + 2], room))
    last = streak.shape[1] - 1
    for i in range(last):
        streak[0, i], streak[1, i] = streak[0, i + 1], streak[1, i + 1]
    streak[0, last], streak[1, last] = size, far
    sizes[0], sizes[1], sizes[2] = size, far, _break_size(spread, precision, scale)


@lean_kernel
def _compare(ints: Ints, floats: Floats, params: Floats, ts_us: int, sizes: Floats) -> int:
    """Bring sizes to their limits and tell what that changes."""
    size = sizes[0] / floats[LIMIT]
    share = sizes[2] / floats[LIMIT_BREAK] if ints[GROWN] == 1 else 0.0
    floats[SIZE] = size if ints[OPEN] == APART else max(size, share)
    found: int = _judge(ints, floats, params, ts_us, size, share)
    return found


@lean_kernel
def _track(level: Floats, recent: Floats, moved: Floats) -> None:
    """Set how far each series lies from its recent level, which begins with it."""
    for i in range(len(level)):
        if math.isnan(recent[i]):
            recent[i] = level[i]
        moved[i] = level[i] - recent[i]


@lean_kernel
def _keep_up(recent: Floats, moved: Floats, passed_us: float) -> None:
    """Let the recent level follow."""
    weight = max(1.0 - math.exp(-passed_us / _RECENT_US), _RECENT_RATE)
    for i in range(len(recent)):
        if not math.isnan(moved[i]):
            recent[i] += weight * moved[i]


@lean_kernel
def _forget_breaks(spread: Floats) -> None:
    """Let what a deviation left in the short-term view not begin another: 1 is what is expected."""
    for i in range(len(spread)):
        spread[i] = min(spread[i], 1.0)


@lean_entry(arithmetic, joint)
def advance(
    rows: Floats, row_us: Ints, start: int, params: Floats, ints: Ints, floats: Floats, count: Floats,
    slow: Floats, quick: Floats, tracks: Floats, streak: Floats, peaks: Floats, work: Floats, frozen: bool,
) -> tuple[int, int]:  # fmt: skip
    """Take rows from `start` on until something changed; return that row's number and what it was.

    `frozen` lets nothing be learnt. The number is -1 where nothing changed. `work` is room for three matrices
    and five rows.
    """
    p = len(count)
    room, z, moved, level, sizes = (
        work[3 * p], work[3 * p + 1], work[3 * p + 2], work[3 * p + 3], work[3 * p + 4],
    )  # fmt: skip
    for index in range(start, len(rows)):
        ts_us = row_us[index]
        passed_us = float(abs(ts_us - ints[JUDGED_US]))
        ints[JUDGED_US] = ts_us
        _follow(rows[index], params[SMOOTHING], tracks, level)
        _track(level, tracks[RECENT], moved)
        is_whole = _is_whole(tracks, params[SMOOTHING])
        known = 0
        if ints[ROWS] >= _PREQUENTIAL_FROM * params[WARMUP_ROWS]:
            known = arithmetic.standardise(
                level, slow[0], slow[1], slow[p + 2 : 2 * p + 2], z, room
            )
        found, calm = NONE, ints[OPEN] == NOTHING
        # Of a row that is not measured nothing is said, whatever the last one was.
        sizes[0] = sizes[1] = sizes[2] = 0.0
        if known >= _KNOWN_MIN:
            memory = min(1.0 - math.exp(-passed_us / _BREAK_US), params[BREAK_RATE])
            _measure(
                level, moved, z, memory, ints, slow, quick, tracks, streak, sizes, room, is_whole
            )
            if ints[WARM] == 1 and math.isfinite(floats[LIMIT]):
                found = _compare(ints, floats, params, ts_us, sizes)
                calm = ints[OPEN] == NOTHING and sizes[0] < floats[LIMIT]
            if not frozen and ints[OPEN] == NOTHING:
                _record_peak(ints, floats, peaks, ts_us, streak, sizes[2])
        if not frozen and calm and is_whole:
            _learn(level, moved, ts_us, params, ints, floats, count, slow, quick, sizes[1], work)
            _keep_up(tracks[RECENT], moved, passed_us)
        if found == ENDED:
            _forget_breaks(tracks[SPREAD])
        if found != NONE:
            return index, found
    return -1, NONE
