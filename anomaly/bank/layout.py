"""What is where in the bank's arrays. A row is a series; what a column means is said once, here.

`real` (float64) and `whole` (int64) are the state, and are saved. `scratch` holds what only counts during a
frame or is told anew after a restart. Kernels take a row of each, called `r` and `w`.
"""

import numpy as np
from numpy.typing import NDArray

from anomaly.deviations import Record
from anomaly.settings import AnomalySettings

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]

# Raised when a column changes its place or meaning: older snapshots are then learnt anew.
LAYOUT = 4

# --- real: the chart (see detectors.ew_chart) ---------------------------------------------------------
FAST = 0  # short-term mean
RECENT = 1  # level of the last minutes
EARLY_N = 2  # warm-up: readings, their mean, and the sum of squared distances from it
EARLY_MEAN = 3
EARLY_SQUARES = 4
OFFSET = 5  # what values are counted from once warm
# The baseline, from the offset; while warming up, mean and sum of squares of readings with their spikes.
MEAN = 6
SPREAD = 7  # its variance; in equality mode, as in River, the mean of squares
LOWEST = 8
HIGHEST = 9
BEFORE = 10  # the last two readings while warming up, the older first
MIDDLE = 12
DOWN = 13
UP = 14
# Of the short-term mean: while warming up mean and sum of squares, once warm its mean square from the
# baseline; and its range.
FAST_MEAN = 15
FAST_SPREAD = 16
FAST_LOWEST = 17
FAST_HIGHEST = 18
PACE = 19  # µs between readings lately, and when the readings that are learnt from came
KNOWN_PACE = 20
EXTREME = 21  # of the excursion that is going on, from the middle
EXCURSIONS = 22  # how many there were lately
CHART_REALS = 23
# --- real: facts of the plant, written anew when a series is placed ------------------------------------
WIDTH_MIN = 23  # NaN where no engineering range is known
RANGE_LOW = 24
RANGE_HIGH = 25
REST_LOW = 26  # ends of the range, where machines rest; NaN where unknown
REST_HIGH = 27
# --- real: the watch ---------------------------------------------------------------------------------
FLAT_VALUE = 28
TOLD = 29  # score that was told last
SIZE_BEFORE = 30
LAST_VALUE = 31
LONGEST_SILENCE = 32  # µs
EXPECTED_LOW = 33  # the open deviation; NaN where nothing was expected yet
EXPECTED_HIGH = 34
WORST = 35
SCORE = 36
SINCE_S = 37
# --- real: of the chart, how far out people said is no fault; infinite where nobody did
SAID_LOWEST = 38
SAID_HIGHEST = 39
REALS = 40

# --- whole: the chart ---------------------------------------------------------------------------------
LEARNT = 0
WARM = 1
FAST_ON = 2  # whether the short-term mean has begun
BEFORE_N = 3
FIRST_US = 4
LEARNT_US = 5
FOLLOWED_US = 6  # source time of the last reading
HURRIED = 7  # whether readings come faster than those that are learnt from
EXCURSION_N = 8  # readings beyond the limit since one was learnt, ...
EXCURSION_US = 9  # ... and when the last excursion was over
CHART_WHOLES = 10
# --- whole: the watch ---------------------------------------------------------------------------------
SEEN = 10
BEYOND = 11  # one bit per recent reading: beyond the limit
OUTSIDE = 12  # and out of the engineering range
CALM = 13
FLAT_ON = 14
FLAT_RUN = 15
FLAT_SINCE_US = 16
FLAT_LONGEST = 17
FLAT_LONGEST_US = 18
FLAT_VARIED = 19
FLAT_STUCK = 20
HEARD = 21
HEARD_US = 22  # source time of the last reading, and the gateway's talking time then
HEARD_TALKED_US = 23
ONSET_ON = 24
ONSET = 25  # a place; see below
RECORD = 30  # the open deviation; 0 for none
DEVIATION = 31  # its place
BRIEF = 36  # whether one reading began it, by breaking records
FEATURE = 37  # by which record of the series it began, counted from 1 (`records.layout.CAUSES`); 0 by none
WHOLES = 38
# Whole columns of the layouts that can be read: what was added came last, and is 0 in older ones.
WHOLES_OF = {3: 37, LAYOUT: WHOLES}
# Real ones; what was added is in older ones as it is of a series that is new.
REALS_OF = {3: 38, LAYOUT: REALS}

# --- a place: where in the gateway's order a reading stands -------------------------------------------
EPOCH_HIGH = 0
EPOCH_LOW = 1
SEQ = 2
INDEX = 3
TS_US = 4
PLACE = 5

# --- scratch ------------------------------------------------------------------------------------------
FRAME = 0  # the last frame with a reading of the series; first and last source time in it, ...
FRAME_FIRST_US = 1
FRAME_LAST_US = 2
FRAME_LONGEST_US = 3  # ... longest step, and how many readings
FRAME_N = 4
ASSET = 5
METHOD = 6
SCRATCHES = 7

# Who judges a series: the pass, or Python's monitor after it.
COMPILED = 0
ELSEWHERE = 1

# --- clocks of the gateway (see bank.hearing) ---------------------------------------------------------
TALKED_US = 0
RECEIVED_US = 1
NEWEST_US = 2
RESUMED_US = 3
CHECKED_US = 4
CLOCKS = 5

# --- what a frame changed, told by the pass ----------------------------------------------------------
TOLD_ROW = 0
TOLD_CHANGE = 1
TOLD_INDEX = 2
TOLD_TS_US = 3
TOLD_RECORD = 4
TOLD_PLACE = 5
TOLD_FEATURE = TOLD_PLACE + PLACE
TOLD_WHOLES = TOLD_FEATURE + 1
TOLD_REALS = 5  # as from EXPECTED_LOW on

NOTHING, STARTED, WORSENED, ENDED = 0, 1, 2, 3

# Records by number; those from FLATLINE on are sensor faults.
RECORDS = (None, Record.HIGH, Record.LOW, Record.FLATLINE, Record.OUT_OF_RANGE, Record.GAP)
HIGH, LOW, FLATLINE, OUT_OF_RANGE, GAP = 1, 2, 3, 4, 5

# --- parameters: real (`p`) and whole (`q`) ------------------------------------------------------------
FAST_RATE = 0
SLOW_RATE = 1
LIMIT_DEVIATIONS = 2
RECORD_MARGIN = 3
YOUNG_READINGS = 4
CLEAR_SCORE = 5
FLAT_FACTOR = 6
GAP_FACTOR = 7

STABLE = 0
WARMUP_READINGS = 1
WARMUP_SPAN_US = 2
LEARN_EVERY_US = 3
WINDOW = 4  # a bit for each of the last readings
RAISE_READINGS = 5
CLEAR_READINGS = 6
FLAT_READINGS = 7
FLAT_SPAN_US = 8
GAP_US = 9
PAUSE_US_MAX = 10
RECORD_BREAKS = 11


def parameters(section: AnomalySettings, *, stable: bool) -> tuple[Reals, Wholes]:
    """Return the settings as kernels take them.

    `stable` chooses the moments: numerically stable ones, or those of River's EWVar (equality mode).
    """
    p = np.array(
        [
            section.fast_rate, section.slow_rate, section.limit_deviations, section.record_margin,
            section.young_readings, section.clear_score, section.flatline_factor,
            section.gap_factor,
        ],
        np.float64,
    )  # fmt: skip
    gap_us = round(section.gap_s * 1_000_000)
    window = section.raise_window
    q = np.array(
        [
            stable,
            section.warmup_readings,
            round(section.warmup_span_s * 1_000_000),
            round(section.learn_every_s * 1_000_000),
            -1 if window == 64 else (1 << window) - 1,  # noqa: PLR2004 - all bits of an int64
            min(section.raise_readings, window),
            section.clear_readings,
            section.flatline_readings,
            round(section.flatline_s * 1_000_000),
            gap_us,
            gap_us // 12,
            section.record_breaks,
        ],
        np.int64,
    )
    return p, q
