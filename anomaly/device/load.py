"""Whether a running machine idles or is loaded: two levels of what it draws, found online.

What a machine draws (its power and current, where there are none its speed, then its flow; as parts of their
engineering ranges, their mean) is kept as a histogram of the time spent at each level, over two days, what is
older fading. Where the best split of it in two (Otsu 1979) explains most of it, hardly anything lies between,
and the lower level is at most six tenths of the upper, the lower is idling and the upper loaded. Otherwise
the machine just runs. A new mode counts once it has lasted; two thresholds keep noise from changing it.

After a change of level a machine is in between for a while: its readings say nothing for that long, and then
are judged for at least as long, so that one that flutters is not left alone.
"""

import numpy as np
from numpy.typing import NDArray

from anomaly.compiling import lean_entry, lean_kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNKNOWN, STOPPED, RUNNING, IDLING, LOADED = range(5)
MODES = ("unknown", "stopped", "running", "idling", "loaded")
# Whole numbers and numbers, by device.
(
    MODE, CANDIDATE, CANDIDATE_US, LAST_US, REST_FROM_US, REST_UNTIL_US, MEMBERS, HEARD, LOW,
) = range(9)  # fmt: skip
INTS = 9
SUM, TOTAL, DUE, ENTER_IDLING, ENTER_LOADED = range(5)
FLOATS = 5
BINS = 64

# A new mode must last so long; after a change of level nothing is judged for so long.
DWELL_US = 10_000_000
REST_US = 30_000_000
# After a silence this long the mode is told anew.
_SILENCE_US = 600_000_000
# Seconds: one reading stands for at most; enough to look for two levels; looked for again; remembered.
_STANDS_S = 60.0
_ENOUGH_S = 3600.0
_AGAIN_S = 600.0
_MEMORY_S = 172_800.0
# What makes two levels: explained, between them (of the middle third), in each, lower to upper.
_EXPLAINED = 0.8
_BETWEEN = 0.1
_EACH = 0.03
_LOWER = 0.6
# Hysteresis: parts of the way from the lower to the upper level.
_DOWN, _UP = 0.4, 0.6


@lean_kernel
def _split(hist: Floats, floats: Floats) -> None:
    """Look for two levels; what was found before stands where there are none now."""
    total = weighted = squares = 0.0
    for i in range(BINS):
        level = (i + 0.5) / BINS
        total += hist[i]
        weighted += level * hist[i]
        squares += level * level * hist[i]
    mean = weighted / total
    spread = squares / total - mean * mean
    below = below_sum = best = 0.0
    lower = upper = share = 0.0
    for i in range(BINS - 1):
        below += hist[i]
        below_sum += (i + 0.5) / BINS * hist[i]
        if below <= 0.0 or below >= total:
            continue
        one, other = below_sum / below, (weighted - below_sum) / (total - below)
        between = below / total * (1.0 - below / total) * (other - one) * (other - one)
        if between > best:
            best, lower, upper, share = between, one, other, below / total
    if best < _EXPLAINED * spread or lower > _LOWER * upper or min(share, 1.0 - share) < _EACH:
        return
    gap, middle = upper - lower, 0.0
    for i in range(BINS):
        level = (i + 0.5) / BINS
        if lower + gap / 3.0 < level < upper - gap / 3.0:
            middle += hist[i]
    if middle <= _BETWEEN * total:
        floats[ENTER_IDLING], floats[ENTER_LOADED] = lower + _DOWN * gap, lower + _UP * gap


@lean_kernel
def _remember(hist: Floats, floats: Floats, level: float, passed_s: float) -> None:
    place = min(max(int(level * BINS), 0), BINS - 1)
    hist[place] += passed_s
    floats[TOTAL] += passed_s
    floats[DUE] += passed_s
    if floats[TOTAL] > _MEMORY_S:
        floats[TOTAL] *= 0.5
        for i in range(BINS):
            hist[i] *= 0.5
    if floats[TOTAL] >= _ENOUGH_S and floats[DUE] >= _AGAIN_S:
        floats[DUE] = 0.0
        _split(hist, floats)


@lean_kernel
def _mode_of(ints: Ints, floats: Floats, level: float) -> int:
    """Return what a level says; between the thresholds what has been so far."""
    if ints[LOW] == ints[MEMBERS]:
        return STOPPED
    if floats[ENTER_LOADED] <= 0.0:
        return RUNNING
    if level >= floats[ENTER_LOADED]:
        return LOADED
    if level <= floats[ENTER_IDLING]:
        return IDLING
    return int(ints[MODE]) if ints[MODE] >= IDLING else RUNNING


@lean_kernel
def _judge(ints: Ints, mode: int, ts_us: int) -> int:
    """Take what a reading says the mode is; return since when it is that, -1 if it was told."""
    if mode == ints[MODE]:
        ints[CANDIDATE] = mode
        silent = ints[LAST_US] != 0 and ts_us - ints[LAST_US] > _SILENCE_US
        return ts_us if silent else -1
    if mode != ints[CANDIDATE]:
        ints[CANDIDATE], ints[CANDIDATE_US] = mode, ts_us
        both = mode >= IDLING and ints[MODE] >= IDLING
        if both and ts_us >= ints[REST_UNTIL_US] + REST_US:
            ints[REST_FROM_US], ints[REST_UNTIL_US] = ts_us, ts_us + REST_US
    if ints[MODE] != UNKNOWN and ts_us - ints[CANDIDATE_US] < DWELL_US:
        return -1
    ints[MODE] = mode
    return int(ints[CANDIDATE_US])


@lean_entry()
def advance(
    witness: Ints, ts_us: Ints, value: Floats, device: Ints, low: Floats, span: Floats, part: Floats,
    ints: Ints, floats: Floats, hist: Floats, rest_part: Floats, out: Ints,
) -> int:  # fmt: skip
    """Take witnesses' readings in the order of source time; return how many changes are in `out`.

    A change is a device, when it began and the mode; a rest is a device, its beginning and minus its end.
    """
    told = 0
    for index in range(len(witness)):
        w, now_us = witness[index], ts_us[index]
        d = device[w]
        now = min(max((value[index] - low[w]) / span[w], 0.0), 1.0)
        if part[w] >= 0.0:
            ints[d, LOW] -= part[w] <= rest_part[w]
            floats[d, SUM] -= part[w]
        else:
            ints[d, HEARD] += 1
        ints[d, LOW] += now <= rest_part[w]
        floats[d, SUM] += now
        part[w] = now
        if ints[d, HEARD] < ints[d, MEMBERS] or now_us < ints[d, LAST_US]:
            continue
        level = floats[d, SUM] / ints[d, MEMBERS]
        if ints[d, LAST_US] != 0 and ints[d, LOW] < ints[d, MEMBERS]:
            _remember(hist[d], floats[d], level, min((now_us - ints[d, LAST_US]) / 1e6, _STANDS_S))
        rested_us = ints[d, REST_FROM_US]
        mode = _mode_of(ints[d], floats[d], level)
        since_us = _judge(ints[d], mode, now_us)
        if since_us >= 0:
            out[told, 0], out[told, 1], out[told, 2] = d, since_us, mode
            told += 1
        if ints[d, REST_FROM_US] != rested_us:
            out[told, 0], out[told, 1] = d, ints[d, REST_FROM_US]
            out[told, 2] = -ints[d, REST_UNTIL_US]
            told += 1
        ints[d, LAST_US] = now_us
    return told
