"""What is expected of all series of a lane, whoever judges them."""

import numpy as np

from anomaly.bank import layout as at
from anomaly.expectations.bands import Bands
from anomaly.scoring.lane import LaneModels


def bands_of(lane: LaneModels) -> Bands:
    """Return the present bands of a lane's series."""
    bank, count = lane.bank, len(lane.bank)
    real, whole = bank.real[:count], bank.whole[:count]
    learnt = whole[:, at.LEARNT].copy()
    is_warm = whole[:, at.WARM] != 0
    low = np.where(is_warm, real[:, at.MIDDLE] - real[:, at.DOWN], np.nan)
    high = np.where(is_warm, real[:, at.MIDDLE] + real[:, at.UP], np.nan)
    for row in np.flatnonzero(bank.scratch[:count, at.METHOD] == at.ELSEWHERE).tolist():
        detector = lane.monitors[bank.series[row]].detector
        learnt[row] = detector.learnt
        low[row], high[row] = detector.band() or (np.nan, np.nan)
    return Bands(np.array(bank.series, np.int64), whole[:, at.HEARD_US].copy(), learnt, low, high)
