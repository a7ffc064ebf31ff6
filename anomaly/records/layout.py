"""What is learnt of one series, as one row of float64, and the parameters.

A series is looked at in some twenty respects, called features, in six families. What of each was least and
greatest so far is its range.
"""

import numpy as np
from numpy.typing import NDArray

# Raised when a place changes its meaning: older rows are then learnt anew.
LAYOUT = 2

# Rates per reading of the means, from one reading to some hundred.
RATES = (0.3, 0.1, 0.03, 0.01)
# Rates at which residuals against a rhythm are smoothed.
SMOOTH_RATES = (0.3, 0.1, 0.03)
# Steps over which changes are taken, in readings.
STEPS = (1, 10, 30)

# Names of the features, as an alarm tells them; their order is that of the ranges.
CAUSES = (
    "value",
    "mean_30",
    "value_off_mean_3", "mean_3_off_mean_10", "mean_10_off_mean_30", "mean_30_off_mean_100",
    "value_off_mean_10", "mean_3_off_mean_30", "mean_10_off_mean_100",
    "change_1", "change_10", "change_30",
    "hour_of_day", "hour_of_day_3", "hour_of_day_10", "hour_of_day_30",
    "hour_of_week", "hour_of_week_3", "hour_of_week_10", "hour_of_week_30",
    "deviations",
)  # fmt: skip
FEATURES = len(CAUSES)
# First feature of each family, and the end.
LEVEL, BAND, CHANGE, DAY, WEEK, SPREAD = 0, 2, 9, 12, 16, 20
FAMILIES = (LEVEL, BAND, CHANGE, DAY, WEEK, SPREAD, FEATURES)

RING = STEPS[-1]
HOURS_OF_DAY = 24
HOURS_OF_WEEK = 168

# --- the row ------------------------------------------------------------------------------------------
SEEN = 0  # readings that were looked at
TS_US = 1  # source time of the last one
MEANS = 2
RECENT = MEANS + len(RATES)  # the last readings, in a ring
NEAR_VARIANCE = RECENT + RING  # around the slowest mean
SPREAD_NOW = NEAR_VARIANCE + 1  # the greater of the two spreads, at the last reading
ALL_MEAN = SPREAD_NOW + 1  # of everything seen
ALL_VARIANCE = ALL_MEAN + 1
DAY_SEEN = ALL_VARIANCE + 1  # residuals against the hour of the day
DAY_SMOOTH = DAY_SEEN + 1
DAY_MEANS = DAY_SMOOTH + len(SMOOTH_RATES)  # NaN for an hour never seen
WEEK_SEEN = DAY_MEANS + HOURS_OF_DAY
WEEK_SMOOTH = WEEK_SEEN + 1
WEEK_MEANS = WEEK_SMOOTH + len(SMOOTH_RATES)
LOWEST = WEEK_MEANS + HOURS_OF_WEEK
HIGHEST = LOWEST + FEATURES
MIDDLE = HIGHEST + FEATURES  # mean of each feature, and its mean distance from that
DISTANCE = MIDDLE + FEATURES
NOW = DISTANCE + FEATURES  # the features of the last reading; NaN for one that it has not
HABIT = NOW + FEATURES  # what was told lately
PEAK = HABIT + 1  # the last score told, and how many readings ago
SINCE = PEAK + 1
USUAL_US = SINCE + 1  # how far apart readings usually are
STEP_US = USUAL_US + 1  # how far apart they are where none is missing
STATES = STEP_US + 1

# --- parameters ---------------------------------------------------------------------------------------
LIMIT = 0
SCALE = 1
YOUNG = 2
REST = 3
REPEAT = 4
HABIT_WEIGHT = 5
HABIT_READINGS = 6
EVERY_US = 7
NOISE = 8
PARAMETERS = 9


def parameters(
    *,
    limit: float = 2.85,
    scale: float = 0.02,
    young: float = 20.0,
    rest: int = 100,
    repeat: float = 1.2,
    habit: float = 0.02,
    habit_readings: int = 300,
    every_s: float = 60.0,
    noise: float = 5.5,
) -> NDArray[np.float64]:
    """Return the parameters as the kernel takes them.

    Args:
        limit: evidence at which the score is 1. Evidence is the sum over families of
            log(1 + excess / `scale`).
        scale: excess that begins to count, in ranges of the feature.
        young: an excess counts only beyond this number over the readings seen.
        rest: readings after an alarm in which only a higher score is told ...
        repeat: ... higher by this factor.
        habit: by how much what was told lately lowers a score.
        habit_readings: for how many readings that is remembered.
        every_s: seconds of source time between readings that are looked at, at least.
        noise: a score stays below 1 while no feature is farther than so many standard deviations from its
            mean: noise alone may do that.
    """
    every_us = every_s * 1e6
    return np.array(
        [limit, scale, young, rest, repeat, habit, habit_readings, every_us, noise], np.float64
    )


def fresh() -> NDArray[np.float64]:
    """Return the row of a series nothing is known of."""
    state = np.zeros(STATES, np.float64)
    begin(state)
    return state


def begin(state: NDArray[np.float64]) -> None:
    """Make a row that of a series nothing is known of."""
    state[:] = 0.0
    state[DAY_MEANS : DAY_MEANS + HOURS_OF_DAY] = np.nan
    state[WEEK_MEANS : WEEK_MEANS + HOURS_OF_WEEK] = np.nan
    state[LOWEST:HIGHEST] = np.inf
    state[HIGHEST:MIDDLE] = -np.inf
    state[SINCE] = np.inf


def restart(state: NDArray[np.float64]) -> None:
    """Let rows tell nothing until their means have come to what is, which does not follow what was."""
    state[..., PEAK] = np.inf
    state[..., SINCE] = 0.0
