"""What stands in a table where a series has no value."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Fill = Literal["none", "previous", "linear"]


@dataclass(frozen=True)
class Known:
    """The values of a series by time: those of the table, and the nearest one outside on either side.

    Attributes:
        ts_us: int64, ascending.
        value: float64, none of them NaN.
    """

    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]


NONE: Final = Known(np.empty(0, np.int64), np.empty(0, np.float64))


def filled(
    ts_us: NDArray[np.int64], known: Known, how: Fill, over_us: int | None = None
) -> NDArray[np.float64]:
    """Return a value for each time; NaN where none is known or can be told.

    `previous` holds the last known value, `linear` joins the known values before and after; at either end of
    what is known it tells nothing. With `over_us` a value is held no longer than that, and a wider gap stays
    open.
    """
    count = len(known.ts_us)
    result = np.full(len(ts_us), np.nan)
    if count == 0:
        return result
    before = np.searchsorted(known.ts_us, ts_us, "right") - 1
    has_before = before >= 0
    before = np.maximum(before, 0)
    since_us = ts_us - known.ts_us[before]
    is_known = has_before & (since_us == 0)
    if how == "previous":
        told = has_before if over_us is None else has_before & (since_us <= over_us)
        result[told] = known.value[before[told]]
    elif how == "linear":
        after = np.minimum(before + 1, count - 1)
        gap_us = known.ts_us[after] - known.ts_us[before]
        told = has_before & (gap_us > 0)
        if over_us is not None:
            told &= gap_us <= over_us
        part = since_us[told] / gap_us[told]
        low, high = known.value[before[told]], known.value[after[told]]
        # Not low + part x (high - low), which is infinite between values of opposite sign near 1e308.
        result[told] = low * (1 - part) + high * part
    result[is_known] = known.value[before[is_known]]
    return result
