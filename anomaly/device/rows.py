"""From readings of single series to rows of the whole device: one per step of source time.

Series of a device are sampled at times of their own. A row holds each series' mean over a step; where a
series said nothing in it, the last it said, as long as it usually says nothing; NaN after that. So one that
is sampled seldom, or sent when it changes, is held; one of which readings are missing is not: beside what the
others say now, its last value would look like a machine that comes apart.

Rows come in the order of time. After an outage a server sends what it kept tag by tag, so that readings come
for rows that are done: they are left to the models of single series.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from anomaly.compiling import lean_kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A series that says nothing is held for so much of its usual time between two readings ...
_HOLD_PART = 1.5
# ... or, where that time differs, for so many mean deviations more than it.
_HOLD_DEVIATIONS = 4.0
# ... or so long, before it has come twice.
_HOLD_US = 60_000_000.0
# How these follow: slowly, so that an hour with holes in it does not make them usual.
_REST_RATE = 0.002
# Rate of the mean time between rows.
_PACE_RATE = 0.05
# A reading is too late by at most so many rows, or so long; what is older begins another run.
_LATE_ROWS = 200.0
_LATE_US = 600_000_000.0
# The time between two rows counts for at most so many of it.
_PAUSE = 10.0
# Rows further apart than this part of a step more than one are complete once every series was heard.
_SPARSE = 1.5

# Places in `clock`.
_CELL, _OPEN, _NEWEST_US, _ROW_US = range(4)
CLOCKS = 4
_ARRAYS = ("sums", "heard", "held", "held_us", "rests", "clock", "pace")


@lean_kernel
def _note_rest(rest: Floats, passed_us: float) -> None:
    """Learn how long a series says nothing: how often it did, the mean, and the mean deviation from it."""
    rest[0] += 1.0
    rate = max(_REST_RATE, 1.0 / rest[0])
    if rest[1] > 0.0:
        passed_us = min(passed_us, _PAUSE * rest[1])
        rest[2] += rate * (abs(passed_us - rest[1]) - rest[2])
    rest[1] += rate * (passed_us - rest[1])


@lean_kernel
def _close(
    sums: Floats, heard: Ints, held: Floats, held_us: Ints, rests: Floats, clock: Ints, pace: Floats,
    out: Floats,
) -> None:  # fmt: skip
    """Write the open step's row and begin none."""
    now_us = clock[_NEWEST_US]
    if clock[_ROW_US] != 0:
        passed = float(abs(now_us - clock[_ROW_US]))
        if pace[0] > 0.0:
            # A rest is no measure of how often there is a row.
            passed = min(passed, _PAUSE * pace[0])
        pace[0] += passed - pace[0] if pace[0] == 0.0 else _PACE_RATE * (passed - pace[0])
    clock[_ROW_US] = now_us
    for slot in range(len(sums)):
        usual, deviation = rests[slot, 1], rests[slot, 2]
        hold_us = max(_HOLD_PART * usual, usual + _HOLD_DEVIATIONS * deviation)
        if usual == 0.0:
            hold_us = _HOLD_US
        if heard[slot]:
            if not math.isnan(held[slot]):
                _note_rest(rests[slot], float(abs(now_us - held_us[slot])))
            held[slot] = sums[slot] / heard[slot]
            held_us[slot] = now_us
            out[slot] = held[slot]
        elif abs(now_us - held_us[slot]) <= hold_us:
            out[slot] = held[slot]
        else:
            out[slot] = math.nan
        sums[slot] = 0.0
        heard[slot] = 0
    clock[_OPEN] = 0


@lean_kernel
def _is_complete(heard: Ints) -> bool:
    silent = 0
    for slot in range(len(heard)):
        silent += heard[slot] == 0
    return silent == 0


@lean_kernel
def _is_late(ts_us: int, cell: int, clock: Ints, pace_us: float) -> bool:
    """Tell whether a reading is of a row that is done, or of one before the open one."""
    if clock[_ROW_US] == 0 and not clock[_OPEN]:
        return False
    done = cell < clock[_CELL] or (cell == clock[_CELL] and not clock[_OPEN])
    return done and clock[_NEWEST_US] - ts_us <= max(_LATE_US, _LATE_ROWS * pace_us)


@lean_kernel
def gather(
    order: Ints, places: Ints, slots: Ints, ts_us: Ints, values: Floats, step_us: int, sums: Floats,
    heard: Ints, held: Floats, held_us: Ints, rests: Floats, clock: Ints, pace: Floats, rows: Floats,
    row_us: Ints,
) -> int:  # fmt: skip
    """Take a device's readings in the order of source time; return how many rows were completed.

    `order` says which readings these are, `places` where each one's series is in `slots`. There must be room
    for a row more than source time has steps in them, and one for that which is open.
    """
    done = 0
    for index in order:
        cell = ts_us[index] // step_us
        if _is_late(ts_us[index], cell, clock, pace[0]):
            continue
        if clock[_OPEN] and cell != clock[_CELL]:
            _close(sums, heard, held, held_us, rests, clock, pace, rows[done])
            row_us[done] = clock[_ROW_US]
            done += 1
        clock[_CELL] = cell
        clock[_OPEN] = 1
        clock[_NEWEST_US] = ts_us[index]
        slot = slots[places[index]]
        sums[slot] += values[index]
        heard[slot] += 1
    if clock[_OPEN] and pace[0] >= _SPARSE * step_us and _is_complete(heard):
        _close(sums, heard, held, held_us, rests, clock, pace, rows[done])
        row_us[done] = clock[_ROW_US]
        done += 1
    return done


@dataclass
class OpenRow:
    """The open step of one device, and what each of its series said last.

    Attributes:
        pace: one number, the mean time between rows in µs; 0 while unknown.
        rests: of each series how often it said nothing for how long in µs: number, mean, and the mean
            deviation from it.
    """

    sums: Floats = field(default_factory=lambda: np.zeros(0))
    heard: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    held: Floats = field(default_factory=lambda: np.zeros(0))
    held_us: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    rests: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    clock: Ints = field(default_factory=lambda: np.zeros(CLOCKS, np.int64))
    pace: Floats = field(default_factory=lambda: np.zeros(1))

    def grow(self, count: int) -> None:
        """Make room for `count` series."""
        more = count - len(self.sums)
        self.sums = np.append(self.sums, np.zeros(more))
        self.heard = np.append(self.heard, np.zeros(more, np.int64))
        self.held = np.append(self.held, np.full(more, np.nan))
        self.held_us = np.append(self.held_us, np.zeros(more, np.int64))
        self.rests = np.append(self.rests, np.zeros((more, 3)), axis=0)

    def state(self) -> list[bytes]:
        """Return all of it as MessagePack-ready values."""
        return [getattr(self, name).tobytes() for name in _ARRAYS]

    def restore(self, state: list[bytes]) -> None:
        """Take over what `state` returned.

        Raises:
            TypeError, ValueError: the state is of another layout.
        """
        self.grow(len(state[0]) // 8)
        for name, packed in zip(_ARRAYS, state, strict=True):
            own = getattr(self, name)
            own[...] = np.frombuffer(packed, own.dtype).reshape(own.shape)
