"""Columns of a file of readings, as Arrow has them."""

from typing import Any

import numpy as np
import pyarrow as pa

from telemetry.downsample import Arrays
from telemetry.export.rules import ExportedSeries


def values(arrays: Arrays) -> Any:
    """Return the numbers; null where a Bad reading has none."""
    return pa.array(arrays[1], pa.float64(), mask=np.isnan(arrays[1]))


def states(series: ExportedSeries, arrays: Arrays) -> Any:
    """Return the texts that values stand for, as a dictionary; null where they stand for none."""
    codes = sorted(series.states)
    if not codes:
        return pa.nulls(len(arrays[0]), pa.dictionary(pa.int32(), pa.string()))
    place = np.minimum(np.searchsorted(codes, arrays[1]), len(codes) - 1).astype(np.int32)
    is_other = np.array(codes, np.float64)[place] != arrays[1]
    texts = pa.array([series.states[code] for code in codes], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(place, mask=is_other), texts)
