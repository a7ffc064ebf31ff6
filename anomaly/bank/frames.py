"""The pass: one frame over all its series, in the frame's order."""

import math

import numpy as np
from numpy.typing import NDArray

from anomaly.bank import hearing, watch
from anomaly.bank import layout as at
from anomaly.bank.layout import Reals, Wholes
from anomaly.compiling import lean_entry, lean_kernel
from anomaly.detectors import ew_chart, excursions, pace
from anomaly.records import kernel as records
from anomaly.records import layout as learnt

# OPC UA StatusCode: the top bit means Bad.
_BAD = 0x8000_0000

# --- the table of series: open addressing, a power of two rows --------------------------------------
KEY, ROW, FACTS = 0, 1, 2
EMPTY = -(2**62)
# What stands for a row of the bank where there is none: no value in the frame, or not to be scored.
NO_VALUE, PASSED_OVER = -1, -2


@lean_kernel
def _slot(table: Wholes, key: np.int64 | int) -> int:
    """Return where a series is in the table, or where it would be."""
    last = table.shape[0] - 1
    slot: int = ((key * 0x1E3779B97F4A7C15) >> 24) & last
    while table[slot, KEY] not in (key, EMPTY):
        slot = (slot + 1) & last
    return slot


@lean_entry()
def put(table: Wholes, key: int, row: int, facts: int) -> None:
    """Say which row a series has, as of which facts. The table must have room."""
    slot = _slot(table, key)
    table[slot, KEY], table[slot, ROW], table[slot, FACTS] = key, row, facts


@lean_kernel
def _find(
    table: Wholes,
    facts: int,
    series: NDArray[np.int32],
    value: NDArray[np.float64],
    quality: NDArray[np.uint32],
    rows: Wholes,
) -> int:
    """Write the row of each reading; return how many are of series that must be asked for."""
    missing = 0
    last_key, last_row = np.int64(EMPTY), 0
    for i in range(series.shape[0]):
        if quality[i] >= _BAD or not math.isfinite(value[i]):
            rows[i] = NO_VALUE
            continue
        key = np.int64(series[i])
        if key != last_key:
            slot = _slot(table, key)
            if table[slot, KEY] == EMPTY or table[slot, FACTS] != facts:
                rows[missing] = i
                missing += 1
                continue
            last_key, last_row = key, table[slot, ROW]
        rows[i] = last_row
    return missing


@lean_kernel
def _tell(
    told: Wholes, told_real: Reals, r: Reals, w: Wholes, here: Wholes, row: int, change: int
) -> None:
    told[at.TOLD_ROW] = row
    told[at.TOLD_CHANGE] = change
    told[at.TOLD_INDEX] = here[at.INDEX]
    told[at.TOLD_TS_US] = here[at.TS_US]
    told[at.TOLD_RECORD] = w[at.RECORD]
    for part in range(at.PLACE):
        told[at.TOLD_PLACE + part] = w[at.DEVIATION + part]
    told[at.TOLD_FEATURE] = w[at.FEATURE]
    for part in range(at.TOLD_REALS):
        told_real[part] = r[at.EXPECTED_LOW + part]


@lean_kernel
def _receive(
    clocks: Wholes, q: Wholes, received_us: int, ts_us: NDArray[np.int64], rows: Wholes
) -> bool:
    """Take note of the frame as a whole; tell whether it has any value."""
    oldest_us, newest_us = 2**63 - 1, -(2**63)
    values = False
    for i in range(ts_us.shape[0]):
        if rows[i] != NO_VALUE:
            values = True
            oldest_us = min(oldest_us, ts_us[i])
            newest_us = max(newest_us, ts_us[i])
    if values:
        hearing.receive(clocks, q, received_us, oldest_us, newest_us)
    return values


@lean_kernel
def _hear(
    real: Reals, whole: Wholes, scratch: Wholes, clocks: Wholes, rows: Wholes, count: int
) -> None:
    """Take note, once per series, of what was noted of its readings: it is spent then."""
    for i in range(count):
        row = rows[i]
        if row >= 0 and scratch[row, at.FRAME_N] > 0:
            hearing.hear(real[row], whole[row], scratch[row], clocks)
            scratch[row, at.FRAME_N] = 0


@lean_kernel
def _break(
    r: Reals,
    w: Wholes,
    q: Wholes,
    here: Wholes,
    known: Reals,
    records_p: Reals,
    value: float,
) -> tuple[int, float]:
    """Judge by a series' records, and learn; return what changed, and the score: 1 at the limit."""
    score, cause, low, high = records.advance(known, records_p, here[at.TS_US], value)
    if known[learnt.SEEN] <= q[at.WARMUP_READINGS]:
        return at.NOTHING, 0.0
    if abs(score) < 1.0 or w[at.RECORD] != 0:
        return at.NOTHING, score
    change = watch.start_break(r, w, here, value, score, low, high)
    w[at.FEATURE] = cause + 1
    return change, score


@lean_entry(ew_chart, excursions, pace, records, learnt)
def score(
    series: NDArray[np.int32],
    ts_us: NDArray[np.int64],
    value: NDArray[np.float64],
    quality: NDArray[np.uint32],
    table: Wholes,
    facts: int,
    real: Reals,
    whole: Wholes,
    scratch: Wholes,
    records_real: Reals,
    p: Reals,
    q: Wholes,
    records_p: Reals,
    clocks: Wholes,
    in_alarm: NDArray[np.bool_],
    resting: NDArray[np.bool_],
    here: Wholes,
    received_us: int,
    frame: int,
    rows: Wholes,
    told: Wholes,
    told_real: Reals,
    scores: Reals,
    breaks: Reals,
) -> tuple[int, int, int]:
    """Score a frame and learn from it.

    Where series must be asked for, nothing is done but to write the places of their readings to `rows`.
    Otherwise `rows` gets the row of each reading, `scores` its score by the chart and `breaks` by the
    records, and `told` and `told_real` what changed, in the order of the frame. `in_alarm`, by asset, is as
    it was before the frame, so that the order of series in it does not matter; `here` begins with the
    frame's epoch and seq, and `frame` differs from the last one.

    Returns:
        How many readings are of series to be asked for, how many transitions were told, and how many
        readings are left to be judged elsewhere.
    """
    missing = _find(table, facts, series, value, quality, rows)
    if missing:
        return missing, 0, 0
    if not _receive(clocks, q, received_us, ts_us, rows):
        return 0, 0, 0
    number = elsewhere = 0
    for i in range(series.shape[0]):
        row = rows[i]
        scores[i] = breaks[i] = 0.0
        if row < 0:
            continue
        s = scratch[row]
        hearing.note(s, frame, ts_us[i])
        if resting[i]:
            continue
        if s[at.METHOD] != at.COMPILED:
            elsewhere += 1
            continue
        here[at.INDEX], here[at.TS_US] = i, ts_us[i]
        r, w = real[row], whole[row]
        change, scores[i] = watch.take(r, w, p, q, here, value[i], in_alarm[s[at.ASSET]])
        if q[at.RECORD_BREAKS] and not w[at.OUTSIDE] & 1:
            broken, breaks[i] = _break(r, w, q, here, records_real[row], records_p, value[i])
            change = change if change != at.NOTHING else broken
        if change != at.NOTHING:
            _tell(told[number], told_real[number], r, w, here, row, change)
            number += 1
            if change == at.ENDED:
                watch.settle(w)
    _hear(real, whole, scratch, clocks, rows, series.shape[0])
    return 0, number, elsewhere
