"""Which series of a gateway have fallen silent: `scoring.silence` as kernels, over the bank's rows.

Silence is measured twice, and both measures must agree. Source time says how far the other series have
gone on; the gateway's talking time (time between received frames, no pause counting for more than a bit)
keeps an outage of the whole gateway, or history replayed at speed, from looking like a lost sensor. A series'
own longest silence so far sets its measure: one that reports changes only may be quiet for hours.
"""

from anomaly.bank import layout as at
from anomaly.bank.layout import Reals, Wholes
from anomaly.compiling import lean_entry, lean_kernel

# A series must have been heard so often before its silence means anything.
_HEARD_MIN = 100
# Per reading, the longest silence known is forgotten by this part.
_FORGET = 1e-4


@lean_kernel
def receive(clocks: Wholes, q: Wholes, received_us: int, oldest_us: int, newest_us: int) -> None:
    """Take note of a frame: when it was received, its oldest and newest source time."""
    pause_us_max = q[at.PAUSE_US_MAX]
    if clocks[at.RECEIVED_US] != 0:
        pause = max(received_us - clocks[at.RECEIVED_US], 0)
        clocks[at.TALKED_US] += min(pause, pause_us_max)
    clocks[at.RECEIVED_US] = received_us
    if oldest_us - clocks[at.NEWEST_US] > pause_us_max:
        clocks[at.RESUMED_US] = oldest_us
    clocks[at.NEWEST_US] = newest_us


@lean_kernel
def note(s: Wholes, frame: int, ts_us: int) -> bool:
    """Take note of one reading; tell whether it is the series' first in this frame."""
    if s[at.FRAME] != frame:
        s[at.FRAME] = frame
        s[at.FRAME_FIRST_US] = s[at.FRAME_LAST_US] = ts_us
        s[at.FRAME_LONGEST_US] = 0
        s[at.FRAME_N] = 1
        return True
    step = ts_us - s[at.FRAME_LAST_US]
    if s[at.FRAME_N] == 1 or step > s[at.FRAME_LONGEST_US]:
        s[at.FRAME_LONGEST_US] = step
    s[at.FRAME_LAST_US] = ts_us
    s[at.FRAME_N] += 1
    return False


@lean_kernel
def hear(r: Reals, w: Wholes, s: Wholes, clocks: Wholes) -> None:
    """Take note of all that a frame held of one series, once it has been noted reading by reading."""
    count, talked_us = s[at.FRAME_N], clocks[at.TALKED_US]
    longest = float(s[at.FRAME_LONGEST_US])
    if w[at.HEARD] != 0:
        # An outage of the whole gateway is none of the series' own.
        before_us = max(w[at.HEARD_US], clocks[at.RESUMED_US])
        longest = max(longest, talked_us - w[at.HEARD_TALKED_US], s[at.FRAME_FIRST_US] - before_us)
        longest = max(r[at.LONGEST_SILENCE] * (1.0 - _FORGET * count), longest)
    r[at.LONGEST_SILENCE] = longest
    w[at.HEARD] += count
    w[at.HEARD_US] = s[at.FRAME_LAST_US]
    w[at.HEARD_TALKED_US] = talked_us


@lean_entry()
def silent(
    real: Reals, whole: Wholes, p: Reals, q: Wholes, clocks: Wholes, count: int, found: Wholes
) -> int:
    """Write the rows that are silent to `found` and return how many; looks once in a while only."""
    if clocks[at.TALKED_US] - clocks[at.CHECKED_US] < q[at.GAP_US] // 10:
        return 0
    clocks[at.CHECKED_US] = clocks[at.TALKED_US]
    number = 0
    for row in range(count):
        w = whole[row]
        limit_us = max(float(q[at.GAP_US]), p[at.GAP_FACTOR] * real[row, at.LONGEST_SILENCE])
        if (
            w[at.HEARD] >= _HEARD_MIN
            and clocks[at.TALKED_US] - w[at.HEARD_TALKED_US] > limit_us
            and clocks[at.NEWEST_US] - w[at.HEARD_US] > limit_us
        ):
            found[number] = row
            number += 1
    return number
