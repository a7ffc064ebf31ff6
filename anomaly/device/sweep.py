"""One compiled pass over a frame for all devices of a gateway: readings to rows, and rows to what changed.

State lies in pools that all devices share, in the order `fleet` lays it out; what is where is said here. Most
frames change nothing, and Python hears of the others only: of devices that begin, change or end a deviation,
whose limits are to be worked out anew, or whose model is Python's own.
"""

import numpy as np
from numpy.typing import NDArray

from anomaly.compiling import lean_entry, lean_kernel
from anomaly.detectors import joint
from anomaly.device import judge, rows
from anomaly.device.rows import Floats, Ints

Flags = NDArray[np.bool_]

# OPC UA StatusCode: the top bit means Bad.
_BAD = 0x8000_0000
# Beyond this, squares and sums overflow.
_PLAUSIBLE_MAX = 1e100

# --- `where`, a row a device: how many series, first place in the pools of reals and wholes, who judges ----
SERIES, REAL, WHOLE, HOW = range(4)
WHERES = 4
# Too few series to say anything; compiled; a model in Python.
PASSED_OVER, COMPILED, ELSEWHERE = range(3)
# --- `todo`, a row a device that has completed rows: where these and their times are, how many -------------
DEVICE, ROW, TIME, COUNT = range(4)
TODOS = 4
# --- `told`, a row a device that Python must look at: which of `todo`, and what `judge.advance` said -------
TODO, NUMBER, CHANGE = range(3)
TOLDS = 3


@lean_kernel
def _search(ids: Ints, key: np.int64) -> int:
    """Return where a series is in the sorted ids, or the end."""
    low, high = 0, ids.shape[0]
    while low < high:
        middle = (low + high) // 2
        if ids[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < ids.shape[0] and ids[low] == key else ids.shape[0]


@lean_kernel
def _look_up(
    series: NDArray[np.int32], value: Floats, quality: NDArray[np.uint32], resting: Flags, ids: Ints,
    device: Ints, where: Ints, places: Ints, counts: Ints,
) -> None:  # fmt: skip
    """Write where each reading's series is, -1 for what is passed over, and count readings by device."""
    counts[:] = 0
    near, end = 0, ids.shape[0]
    for i in range(series.shape[0]):
        places[i] = -1
        if resting[i] or quality[i] >= _BAD or not abs(value[i]) <= _PLAUSIBLE_MAX:
            continue
        key = np.int64(series[i])
        # Series mostly come in the order of their ids, one after the other.
        if near >= end or ids[near] != key:
            near += 1
            if near >= end or ids[near] != key:
                near = _search(ids, key)
        if near < end and where[device[near], HOW] != PASSED_OVER:
            places[i] = near
            counts[device[near]] += 1


@lean_kernel
def _group(places: Ints, device: Ints, counts: Ints, ends: Ints, order: Ints) -> None:
    """Put readings in the order of their devices, else in that of the frame."""
    total = 0
    for number in range(counts.shape[0]):
        ends[number] = total
        total += counts[number]
    for i in range(places.shape[0]):
        if places[i] >= 0:
            number = device[places[i]]
            order[ends[number]] = i
            ends[number] += 1


@lean_kernel
def _sort(order: Ints, first: int, end: int, ts_us: Ints, room: Ints) -> None:
    """Put a device's readings in the order of source time, equal ones as they are (merge sort)."""
    sorted_already = True
    for k in range(first + 1, end):
        sorted_already = sorted_already and ts_us[order[k - 1]] <= ts_us[order[k]]
    width = end - first if sorted_already else 1
    while width < end - first:
        for low in range(first, end, 2 * width):
            middle, high = min(low + width, end), min(low + 2 * width, end)
            left, right = low, middle
            for k in range(low, high):
                if right >= high or (left < middle and ts_us[order[left]] <= ts_us[order[right]]):
                    room[k] = order[left]
                    left += 1
                else:
                    room[k] = order[right]
                    right += 1
        for k in range(first, end):
            order[k] = room[k]
        width *= 2


@lean_kernel
def _rows_at_most(order: Ints, first: int, end: int, ts_us: Ints, step_us: int) -> int:
    """Return how many rows a device's readings can complete, with the one that is open."""
    found = 2
    for k in range(first + 1, end):
        found += ts_us[order[k - 1]] // step_us != ts_us[order[k]] // step_us
    return found


@lean_kernel
def _plan(
    order: Ints, counts: Ints, ends: Ints, ts_us: Ints, step_us: int, where: Ints, todo: Ints,
    room: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Say where each device's rows will be; return how many devices there are, and the room they need."""
    number, reals, times = 0, 0, 0
    for device in range(counts.shape[0]):
        if counts[device] == 0:
            continue
        first, end = ends[device] - counts[device], ends[device]
        _sort(order, first, end, ts_us, room)
        count = _rows_at_most(order, first, end, ts_us, step_us)
        todo[number, DEVICE], todo[number, ROW], todo[number, TIME] = device, reals, times
        todo[number, COUNT] = count
        reals += count * where[device, SERIES]
        times += count
        number += 1
    return number, reals, times


@lean_kernel
def _gather(
    one: Ints, order: Ints, counts: Ints, ends: Ints, places: Ints, slot: Ints, ts_us: Ints, value: Floats,
    step_us: int, where: Ints, reals: Floats, wholes: Ints, clock: Ints, pace: Floats, out: Floats,
    out_us: Ints,
) -> None:  # fmt: skip
    """Take a device's readings, and write the rows that they complete and how many these are."""
    device = one[DEVICE]
    p, real, whole = where[device, SERIES], where[device, REAL], where[device, WHOLE]
    first, end = ends[device] - counts[device], ends[device]
    one[COUNT] = rows.gather(
        order[first:end], places, slot, ts_us, value, step_us,
        reals[real : real + p], wholes[whole : whole + p], reals[real + p : real + 2 * p],
        wholes[whole + p : whole + 2 * p], reals[real + 2 * p : real + 5 * p].reshape((p, 3)),
        clock[device], pace[device],
        out[one[ROW] : one[ROW] + one[COUNT] * p].reshape((one[COUNT], p)),
        out_us[one[TIME] : one[TIME] + one[COUNT]],
    )  # fmt: skip


@lean_kernel
def _advance(
    one: Ints, start: int, where: Ints, frozen: Flags, params: Floats, reals: Floats, ints: Ints,
    floats: Floats, streak: Floats, peaks: Floats, work: Floats, out: Floats, out_us: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Let a device's model take rows from `start` on; see `judge.advance`."""
    device = one[DEVICE]
    p, count = where[device, SERIES], one[COUNT]
    # After sums, held values and rests of its rows.
    known = where[device, REAL] + 5 * p
    slow = known + p
    quick = slow + (2 * p + 2) * p
    tracks = quick + (2 * p + 3) * p
    number, change = judge.advance(
        out[one[ROW] : one[ROW] + count * p].reshape((count, p)),
        out_us[one[TIME] : one[TIME] + count],
        start, params, ints[device], floats[device],
        reals[known:slow],
        reals[slow:quick].reshape((2 * p + 2, p)),
        reals[quick:tracks].reshape((2 * p + 3, p)),
        reals[tracks : tracks + judge.TRACKS * p].reshape((judge.TRACKS, p)),
        streak[device], peaks[device],
        work[: (3 * p + 5) * p].reshape((3 * p + 5, p)),
        frozen[device],
    )  # fmt: skip
    return number, change


@lean_entry(joint)
def sweep(
    series: NDArray[np.int32], ts_us: Ints, value: Floats, quality: NDArray[np.uint32], resting: Flags,
    ids: Ints, device: Ints, slot: Ints, where: Ints, frozen: Flags, params: Floats, step_us: int,
    reals: Floats, wholes: Ints, ints: Ints, floats: Floats, streak: Floats, peaks: Floats, clock: Ints,
    pace: Floats, work: Floats, readings: Ints, devices: Ints, out: Floats, out_us: Ints, todo: Ints,
    told: Ints, again: int, start: int,
) -> tuple[int, int, int]:  # fmt: skip
    """Take a frame's values into rows, and these into the models.

    With `again` of 0 or more, only the rows from `start` on are taken, of that line of `todo`, of the frame
    before. `readings` and `devices` are room of three and two numbers for each reading and device.

    Returns:
        How many lines of `told` were written; where `out` or `out_us` are too small for the rows, nothing was
        done but to say how large both must be.
    """
    if again >= 0:
        told[0, TODO] = again
        told[0, NUMBER], told[0, CHANGE] = _advance(
            todo[again], start, where, frozen, params, reals, ints, floats, streak, peaks, work, out, out_us
        )  # fmt: skip
        return 1, 0, 0
    places, order, counts, ends = readings[0], readings[1], devices[0], devices[1]
    places = places[: series.shape[0]]
    _look_up(series, value, quality, resting, ids, device, where, places, counts)
    _group(places, device, counts, ends, order)
    due, reals_needed, times_needed = _plan(
        order, counts, ends, ts_us, step_us, where, todo, readings[2]
    )
    if reals_needed > out.shape[0] or times_needed > out_us.shape[0]:
        return 0, reals_needed, times_needed
    found = 0
    for k in range(due):
        one = todo[k]
        _gather(
            one, order, counts, ends, places, slot, ts_us, value, step_us, where, reals, wholes, clock,
            pace, out, out_us,
        )  # fmt: skip
        number = one[DEVICE]
        if one[COUNT] == 0:
            continue
        row, change = -1, judge.NONE
        if where[number, HOW] == COMPILED:
            row, change = _advance(
                one, 0, where, frozen, params, reals, ints, floats, streak, peaks, work, out, out_us
            )  # fmt: skip
            if (
                change == judge.NONE
                and ints[number, judge.DUE] == 0
                and pace[number, 0] >= judge.PACE_PART * floats[number, judge.PACE]
            ):
                continue
        told[found, TODO], told[found, NUMBER], told[found, CHANGE] = k, row, change
        found += 1
    return found, 0, 0
