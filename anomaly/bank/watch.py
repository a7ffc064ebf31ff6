"""One reading of one series, judged: `scoring.monitor` and `scoring.sensor` as kernels.

A deviation begins and ends here; what it is called, and whom it concerns, is Python's. `here` is the place of
the reading.
"""

import math

from anomaly.bank import chart
from anomaly.bank import layout as at
from anomaly.bank.chart import larger, smaller
from anomaly.bank.layout import Reals, Wholes
from anomaly.compiling import lean_kernel

# A worse value is told when it beats the worst one told by this factor.
_WORSE_FACTOR = 1.25


@lean_kernel
def take(
    r: Reals, w: Wholes, p: Reals, q: Wholes, here: Wholes, value: float, frozen: bool
) -> tuple[int, float]:
    """Judge a reading, and learn from it where that is right; return what changed, and the score.

    `frozen` says that the device is in alarm, so that nothing may be learnt.
    """
    w[at.SEEN] += 1
    outside = not r[at.RANGE_LOW] <= value <= r[at.RANGE_HIGH]
    w[at.OUTSIDE] = (w[at.OUTSIDE] << 1 | outside) & q[at.WINDOW]
    record = w[at.RECORD]
    if outside:
        if record == 0 or record >= at.FLATLINE:
            return _judge_outside(r, w, q, here, value), 0.0
        # A machine fault driven beyond the range stays one, at the end of the range.
        value = smaller(larger(value, r[at.RANGE_LOW]), r[at.RANGE_HIGH])
    ts_us = here[at.TS_US]
    r[at.LAST_VALUE] = value
    stuck = _is_stuck(r, w, p, q, value, ts_us)
    chart.follow(r, w, p, q, value, ts_us)
    score = chart.score(r, w)
    beyond = abs(score) >= 1.0
    w[at.BEYOND] = (w[at.BEYOND] << 1 | beyond) & q[at.WINDOW]
    if record != 0:
        return _judge_open(r, w, p, q, value, score, stuck), score
    if w[at.BEYOND] != 0:
        return (_judge_beyond(r, w, q, here, value, score) if beyond else at.NOTHING), score
    w[at.ONSET_ON] = 0
    if stuck and w[at.WARM]:
        return _start_flatline(r, w, here, value), score
    if not frozen and w[at.OUTSIDE] == 0:
        chart.learn(r, w, p, q, value, ts_us)
    return at.NOTHING, score


@lean_kernel
def _count(bits: int) -> int:
    count = 0
    while bits != 0:
        bits &= bits - 1
        count += 1
    return count


@lean_kernel
def settle(w: Wholes) -> None:
    """Know of no deviation, nor of readings that would begin one."""
    w[at.RECORD] = 0
    w[at.ONSET_ON] = 0
    w[at.BEYOND] = 0
    w[at.OUTSIDE] = 0
    w[at.CALM] = 0


@lean_kernel
def _note_onset(w: Wholes, here: Wholes) -> None:
    if not w[at.ONSET_ON]:
        w[at.ONSET_ON] = 1
        for part in range(at.PLACE):
            w[at.ONSET + part] = here[part]


@lean_kernel
def _start(
    r: Reals, w: Wholes, record: int, low: float, high: float, value: float, score: float
) -> int:
    """Begin a deviation at the onset that was noted."""
    w[at.RECORD] = record
    for part in range(at.PLACE):
        w[at.DEVIATION + part] = w[at.ONSET + part]
    r[at.EXPECTED_LOW] = low
    r[at.EXPECTED_HIGH] = high
    r[at.WORST] = value
    r[at.SCORE] = r[at.TOLD] = score
    r[at.SINCE_S] = 0.0
    w[at.CALM] = 0
    w[at.BRIEF] = 0
    w[at.FEATURE] = 0
    return at.STARTED


@lean_kernel
def start_break(
    r: Reals, w: Wholes, here: Wholes, value: float, score: float, low: float, high: float
) -> int:
    """Begin a deviation because a reading broke the series' records.

    It begins at the limit, however far out the reading is: one reading is no measure. The first one back in
    the range ends it, unless the chart goes beyond its limit meanwhile.
    """
    _note_onset(w, here)
    change = _start(r, w, at.HIGH if score > 0 else at.LOW, low, high, value, 1.0)
    w[at.BRIEF] = 1
    return change


@lean_kernel
def _lasting_size(r: Reals, w: Wholes, value: float, score: float) -> float:
    """Return how far out the last two readings both lie, in half-widths: one spike is no measure."""
    size = abs(score)
    if w[at.WARM]:
        low, high = r[at.MIDDLE] - r[at.DOWN], r[at.MIDDLE] + r[at.UP]
        if value > high:
            size = 1.0 + 2.0 * (value - high) / (high - low)
        elif value < low:
            size = 1.0 + 2.0 * (low - value) / (high - low)
    lasting = smaller(size, r[at.SIZE_BEFORE])
    r[at.SIZE_BEFORE] = size
    return larger(lasting, abs(score))


@lean_kernel
def _judge_beyond(r: Reals, w: Wholes, q: Wholes, here: Wholes, value: float, score: float) -> int:
    _note_onset(w, here)
    size = _lasting_size(r, w, value, score)
    if _count(w[at.BEYOND]) < q[at.RAISE_READINGS]:
        return at.NOTHING
    record = at.HIGH if score > 0 else at.LOW
    low, high = r[at.MIDDLE] - r[at.DOWN], r[at.MIDDLE] + r[at.UP]
    return _start(r, w, record, low, high, value, size)


@lean_kernel
def _judge_open(
    r: Reals, w: Wholes, p: Reals, q: Wholes, value: float, score: float, stuck: bool
) -> int:
    size = _lasting_size(r, w, value, score)
    is_sensor = w[at.RECORD] >= at.FLATLINE
    if abs(score) >= 1.0:
        w[at.BRIEF] = 0
    if stuck if is_sensor else abs(score) >= p[at.CLEAR_SCORE]:
        w[at.CALM] = 0
    else:
        w[at.CALM] += 1
        back = w[at.BRIEF] and r[at.EXPECTED_LOW] <= value <= r[at.EXPECTED_HIGH]
        if back or w[at.CALM] >= q[at.CLEAR_READINGS]:
            return at.ENDED
    if is_sensor or size <= r[at.SCORE]:
        return at.NOTHING
    r[at.SCORE] = size
    r[at.WORST] = value
    if size < r[at.TOLD] * _WORSE_FACTOR:
        return at.NOTHING
    r[at.TOLD] = size
    return at.WORSENED


@lean_kernel
def _judge_outside(r: Reals, w: Wholes, q: Wholes, here: Wholes, value: float) -> int:
    w[at.CALM] = 0
    if w[at.RECORD] != 0:
        return at.NOTHING
    _note_onset(w, here)
    if _count(w[at.OUTSIDE]) < q[at.RAISE_READINGS]:
        return at.NOTHING
    return _start(r, w, at.OUT_OF_RANGE, r[at.RANGE_LOW], r[at.RANGE_HIGH], value, 1.0)


@lean_kernel
def _start_flatline(r: Reals, w: Wholes, here: Wholes, value: float) -> int:
    _note_onset(w, here)
    w[at.ONSET_ON] = 0
    since_us = w[at.FLAT_SINCE_US]
    w[at.ONSET + at.TS_US] = since_us
    low, high = r[at.MIDDLE] - r[at.DOWN], r[at.MIDDLE] + r[at.UP]
    change = _start(r, w, at.FLATLINE, low, high, value, 1.0)
    r[at.SINCE_S] = (here[at.TS_US] - since_us) / 1e6
    return change


@lean_kernel
def _is_stuck(r: Reals, w: Wholes, p: Reals, q: Wholes, value: float, ts_us: int) -> bool:
    """Take a reading and tell whether the value has stayed the same for longer than it ever did."""
    if not w[at.FLAT_ON] or value != r[at.FLAT_VALUE]:
        # What was a fault is no measure of what is usual.
        if not w[at.FLAT_STUCK] and w[at.FLAT_RUN] > 1:
            w[at.FLAT_LONGEST] = max(w[at.FLAT_LONGEST], w[at.FLAT_RUN])
            w[at.FLAT_LONGEST_US] = max(w[at.FLAT_LONGEST_US], ts_us - w[at.FLAT_SINCE_US])
        w[at.FLAT_VARIED] = w[at.FLAT_ON]
        w[at.FLAT_ON] = 1
        r[at.FLAT_VALUE] = value
        w[at.FLAT_RUN] = 1
        w[at.FLAT_SINCE_US] = ts_us
        w[at.FLAT_STUCK] = 0
        return False
    w[at.FLAT_RUN] += 1
    run = w[at.FLAT_RUN]
    if run < q[at.FLAT_READINGS] or not w[at.FLAT_VARIED] or _is_resting(r, value):
        return False
    lasted_us = ts_us - w[at.FLAT_SINCE_US]
    factor = p[at.FLAT_FACTOR]
    stuck = (
        run >= factor * w[at.FLAT_LONGEST]
        and lasted_us >= q[at.FLAT_SPAN_US]
        and lasted_us >= factor * w[at.FLAT_LONGEST_US]
    )
    w[at.FLAT_STUCK] = stuck
    return bool(stuck)


@lean_kernel
def _is_resting(r: Reals, value: float) -> bool:
    return value in (0.0, r[at.REST_LOW], r[at.REST_HIGH]) and not math.isnan(value)
