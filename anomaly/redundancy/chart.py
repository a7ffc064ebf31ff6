"""Differences of sensors that measure the same, compiled: means per minute, EWMA, limits, who disagrees.

Two sensors differ by something that stays: where they sit, how they were calibrated. Of each pair the
difference is taken by the minute (the median of three), its mean is learnt for a week and then stands, and
an exponentially weighted mean over an hour (EWMA chart: Roberts 1959) is held against it. The limit counts
in standard deviations of *that* mean as they were found, for differences of neighbouring minutes are alike;
it is never narrower than a tolerance. Of three sensors the one furthest from the middle one disagrees (a
median vote).

Places in the state arrays are named here and nowhere else.
"""

import math

import numpy as np
from numpy.typing import NDArray

from anomaly.compiling import lean_entry, lean_kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SENSORS_MAX = 3
# Whole numbers, by group.
CELL, OPEN, NEWEST_US, ROW_US, LEARNT_US, COUNT = range(6)
INTS = 6
# Arrays of three numbers by group: of sensors, and of the pairs (0, 1), (0, 2), (1, 2).
(SUM, HEARD, HELD, STREAK, CALM, DEVIATES, SIZE, TOLD, KNOWN) = range(9)
OF_SENSORS = 9
BEFORE, LAST, LEVEL, MEAN, SQUARES, SPREAD, SEEN = range(7)
OF_PAIRS = 7
# Times by sensor: when it was heard last, and since when it has been beyond the limit.
HELD_US, ONSET_US = range(2)
TIMES = 2
# Parameters.
(
    STEP_US, SPAN_US, WARM_US, REFERENCE_US, DEVIATIONS, IN_A_ROW, CLEAR, CLEAR_ROWS, HOLD_US,
) = range(9)  # fmt: skip
# What changed of a sensor.
NONE, STARTED, WORSENED, ENDED = range(4)

_WORSE = 1.25
# After a pause the newest minute stands for so much at most.
_PAUSE_US = 300_000_000
# A difference counts as at most so many limits: a broken wire is forgotten as soon as it is mended.
_CLIP = 4.0
# Learnt only while all is this part of the limit inside.
_LEARN_INSIDE = 0.5
# Differences known before they can be told from a wild one, and how far out a wild one is taken to be.
_KNOWN_MIN = 30
_WILD = 6.0


@lean_kernel
def _pair(one: int, other: int) -> int:
    return one + other - 1


@lean_kernel
def _median(one: float, two: float, three: float) -> float:
    return max(min(one, two), min(max(one, two), three))


@lean_kernel
def limit_of(params: Floats, ints: Ints, pairs: Floats, pair: int, tolerance: float) -> float:
    """Return how far the mean difference of a pair may lie from what it was learnt to be.

    The standard deviation was found over so many spans of the EWMA only, each worth half an independent
    value: the limit is wider while they are few.
    """
    independent = max(ints[LEARNT_US] / (2.0 * params[SPAN_US]), 1.0)
    few = 1.0 + 1.0 / math.sqrt(independent)
    spread: float = params[DEVIATIONS] * math.sqrt(max(pairs[SPREAD, pair], 0.0)) * few
    return max(spread, tolerance)


@lean_kernel
def _follow(
    params: Floats, ints: Ints, pairs: Floats, pair: int, difference: float, passed_us: float,
    tolerance: float, warm: bool,
) -> None:  # fmt: skip
    """Bring the mean difference of a pair up to date."""
    before, last = pairs[BEFORE, pair], pairs[LAST, pair]
    middle = difference
    if not math.isnan(before):
        middle = _median(before, last, difference)
    pairs[BEFORE, pair], pairs[LAST, pair] = last, difference
    known = pairs[SEEN, pair]
    reach = math.inf
    if warm:
        reach = _CLIP * limit_of(params, ints, pairs, pair, tolerance)
    elif known >= _KNOWN_MIN:
        reach = max(_WILD * math.sqrt(pairs[SQUARES, pair] / known), tolerance)
    mean = pairs[MEAN, pair]
    middle = min(max(middle, mean - reach), mean + reach)
    if math.isnan(pairs[LEVEL, pair]):
        pairs[LEVEL, pair] = middle
    weight = 1.0 - math.exp(-min(passed_us, _PAUSE_US) / params[SPAN_US])
    pairs[LEVEL, pair] += weight * (middle - pairs[LEVEL, pair])


@lean_kernel
def _learn(pairs: Floats, pair: int, tolerance: float) -> None:
    """Take a pair's newest difference into what it usually is (Welford's recurrences)."""
    pairs[SEEN, pair] += 1.0
    known = pairs[SEEN, pair]
    value = pairs[LAST, pair]
    if known > _KNOWN_MIN:
        reach = max(_WILD * math.sqrt(pairs[SQUARES, pair] / known), tolerance)
        value = min(max(value, pairs[MEAN, pair] - reach), pairs[MEAN, pair] + reach)
    apart = value - pairs[MEAN, pair]
    pairs[MEAN, pair] += apart / known
    pairs[SQUARES, pair] += apart * (value - pairs[MEAN, pair])
    off = pairs[LEVEL, pair] - pairs[MEAN, pair]
    pairs[SPREAD, pair] += (off * off - pairs[SPREAD, pair]) / known


@lean_kernel
def _measure(
    params: Floats, ints: Ints, sensors: Floats, pairs: Floats, members: int, tolerance: float
) -> None:  # fmt: skip
    """Set how far out each sensor is, 1 at the limit; NaN for those of which nothing can be said."""
    known = sensors[KNOWN]
    for slot in range(SENSORS_MAX):
        sensors[SIZE, slot] = math.nan
    if members == SENSORS_MAX and known[0] + known[1] + known[2] == SENSORS_MAX:
        # Where each lies from the first, against what was learnt; the middle one has the majority.
        first = pairs[MEAN, 0] - pairs[LEVEL, 0]
        second = pairs[MEAN, 1] - pairs[LEVEL, 1]
        middle = _median(0.0, first, second)
        centre = 0 if middle == 0.0 else 1 if middle == first else 2
        for slot in range(SENSORS_MAX):
            sensors[SIZE, slot] = 0.0
            if slot != centre:
                pair = _pair(slot, centre)
                off = abs(pairs[LEVEL, pair] - pairs[MEAN, pair])
                sensors[SIZE, slot] = off / limit_of(params, ints, pairs, pair, tolerance)
        return
    for one in range(members):
        for other in range(one + 1, members):
            if known[one] + known[other] == 2.0:  # noqa: PLR2004 - both
                pair = _pair(one, other)
                off = abs(pairs[LEVEL, pair] - pairs[MEAN, pair])
                # Two cannot tell which of them is wrong; one that was found to be goes on being it.
                blamed = other if sensors[DEVIATES, other] > sensors[DEVIATES, one] else one
                sensors[SIZE, blamed] = off / limit_of(params, ints, pairs, pair, tolerance)


@lean_kernel
def _judge(params: Floats, sensors: Floats, times: Ints, slot: int, now_us: int) -> int:
    size = sensors[SIZE, slot]
    if math.isnan(size):
        return NONE
    if sensors[DEVIATES, slot] == 0.0:
        if size >= 1.0 and sensors[STREAK, slot] == 0.0:
            times[ONSET_US, slot] = now_us
        sensors[STREAK, slot] = sensors[STREAK, slot] + 1.0 if size >= 1.0 else 0.0
        if sensors[STREAK, slot] < params[IN_A_ROW]:
            return NONE
        sensors[DEVIATES, slot], sensors[CALM, slot], sensors[TOLD, slot] = 1.0, 0.0, size
        return STARTED
    sensors[CALM, slot] = 0.0 if size >= params[CLEAR] else sensors[CALM, slot] + 1.0
    if sensors[CALM, slot] >= params[CLEAR_ROWS]:
        sensors[DEVIATES, slot] = sensors[STREAK, slot] = 0.0
        return ENDED
    if size >= _WORSE * sensors[TOLD, slot]:
        sensors[TOLD, slot] = size
        return WORSENED
    return NONE


@lean_kernel
def _gather(
    params: Floats, ints: Ints, sensors: Floats, times: Ints, members: int
) -> float:  # fmt: skip
    """End the open minute: set what each sensor says and which are known; return the time that passed."""
    now_us = ints[NEWEST_US]
    for slot in range(members):
        if sensors[HEARD, slot] > 0.0:
            sensors[HELD, slot] = sensors[SUM, slot] / sensors[HEARD, slot]
            times[HELD_US, slot] = now_us
        near = abs(now_us - times[HELD_US, slot]) <= params[HOLD_US]
        sensors[KNOWN, slot] = 1.0 if near and not math.isnan(sensors[HELD, slot]) else 0.0
        sensors[SUM, slot] = sensors[HEARD, slot] = 0.0
    ints[OPEN] = 0
    passed_us = float(max(now_us - ints[ROW_US], 0)) if ints[ROW_US] else params[STEP_US]
    ints[ROW_US] = now_us
    return passed_us


@lean_kernel
def _close(
    params: Floats, ints: Ints, sensors: Floats, pairs: Floats, times: Ints, members: int,
    tolerance: float, found: Ints,
) -> bool:  # fmt: skip
    """Take the open minute as one value of each sensor; tell whether, and in `found` what, it changed."""
    known = sensors[KNOWN]
    passed_us = _gather(params, ints, sensors, times, members)
    warm = ints[LEARNT_US] >= params[WARM_US]
    for slot in range(SENSORS_MAX):
        found[slot] = NONE
    for one in range(members):
        for other in range(one + 1, members):
            if known[one] + known[other] == 2.0:  # noqa: PLR2004 - both
                pair = _pair(one, other)
                difference = sensors[HELD, one] - sensors[HELD, other]
                _follow(params, ints, pairs, pair, difference, passed_us, tolerance, warm)
    changed, inside = False, True
    if warm:
        _measure(params, ints, sensors, pairs, members, tolerance)
        for slot in range(members):
            found[slot] = _judge(params, sensors, times, slot, ints[ROW_US])
            changed = changed or found[slot] != NONE
            if sensors[SIZE, slot] >= _LEARN_INSIDE or sensors[DEVIATES, slot] > 0.0:
                inside = False
    # Of a pair of which one is missing nothing is learnt, so that all rest on the same minutes.
    if (
        inside
        and known[0] + known[1] + known[2] == members
        and ints[LEARNT_US] < params[REFERENCE_US]
    ):
        ints[LEARNT_US] += int(min(passed_us, _PAUSE_US))
        for pair in range(1 if members == 2 else SENSORS_MAX):  # noqa: PLR2004 - two are one pair
            _learn(pairs, pair, tolerance)
    return changed


@lean_entry()
def advance(
    group: Ints, slot: Ints, ts_us: Ints, value: Floats, start: int, params: Floats, members: Ints,
    tolerance: Floats, ints: Ints, sensors: Floats, pairs: Floats, times: Ints, found: Ints,
) -> int:  # fmt: skip
    """Take readings in the order of source time from `start` on until something changed.

    Return the place of the reading before which it did, -1 where nothing changed; `found` says of each sensor
    of that reading's group what. Begin there again to go on. A reading older than the open minute counts as
    the newest its sensor has, for clocks differ, unless it is as old as what is held no more.
    """
    step_us = int(params[STEP_US])
    for index in range(start, len(group)):
        g, s, now_us = group[index], slot[index], ts_us[index]
        cell = now_us // step_us
        if ints[g, OPEN] == 1 and cell > ints[g, CELL]:
            changed = _close(
                params, ints[g], sensors[g], pairs[g], times[g], members[g], tolerance[g], found
            )
            if changed:
                return index
        if now_us < ints[g, NEWEST_US] - params[HOLD_US]:
            continue
        if ints[g, OPEN] == 0:
            ints[g, OPEN] = 1
            ints[g, CELL] = max(cell, ints[g, CELL])
        ints[g, NEWEST_US] = max(now_us, ints[g, NEWEST_US])
        sensors[g, SUM, s] += value[index]
        sensors[g, HEARD, s] += 1.0
    return -1
