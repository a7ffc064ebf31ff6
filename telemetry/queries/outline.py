"""A line through rollups that looks like the line through the readings they are of.

Of each bucket four values are drawn: first, least, greatest, last (M4, Jugel et al. 2014). Their times within
the bucket are not known; they are spread over it, the least before the greatest where the bucket rises.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from telemetry.downsample import Arrays
from telemetry.rollups.columns import RollupColumns

# OPC UA: Bad, without saying why.
_BAD: Final = 0x80000000
_FEW: Final = 2


def outline(rollups: RollupColumns, rows: slice, width_us: int) -> Arrays:
    """Return the points that stand for the rollups of one series, in the order of time.

    Args:
        rollups: of any number of series.
        rows: those of the series.
        width_us: how long a bucket is.

    A bucket whose readings are all Bad is one point without a number: the line breaks there.
    """
    count = rollups.count[rows]
    first, last = rollups.first[rows], rollups.last[rows]
    low, high = rollups.min[rows], rollups.max[rows]
    is_rising = last >= first
    value = np.column_stack(
        [first, np.where(is_rising, low, high), np.where(is_rising, high, low), last]
    )
    offset = np.array([0, width_us // 3, 2 * width_us // 3, width_us - 1], np.int64)
    ts_us = rollups.bucket_us[rows][:, None] + offset
    kept = np.ones(value.shape, np.bool_)
    # One reading is one point; of two each is an extreme.
    kept[count <= 1, 1:] = False
    kept[count <= _FEW, 1:3] = False
    quality = np.where(count == 0, np.uint32(_BAD), np.uint32(0)).astype(np.uint32)
    return ts_us[kept], value[kept], _spread(quality, kept)


def _spread(quality: NDArray[np.uint32], kept: NDArray[np.bool_]) -> NDArray[np.uint32]:
    spread: NDArray[np.uint32] = np.broadcast_to(quality[:, None], kept.shape)[kept]
    return spread
