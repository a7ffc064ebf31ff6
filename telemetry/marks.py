"""Which buckets a commit touched: what is written of it once per commit, not per reading.

A mark says of some series and a stretch of whole minutes within one day that rollups of it are out of date.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 3_600_000_000
_HOURS_OF_DAY: Final = 24
SERIES_MAX: Final = 2**31 - 1


@dataclass(frozen=True)
class Mark:
    """Series, as the text of an int4multirange, and the minutes they were touched in, µs since 1970."""

    series: str
    start_us: int
    end_us: int


def range_text(low: int, high: int) -> str:
    """Return the text of the int4range of some series; the largest there can be has no number after it."""
    return f"[{low},)" if high == SERIES_MAX else f"[{low},{high + 1})"


def marks_of(series_id: NDArray[np.int32], ts_us: NDArray[np.int64]) -> list[Mark]:
    """Return what readings touched; they are in the order of series and time.

    Each mark is exact in hours and series; of several series touched in an hour one has the minutes of all.
    """
    if len(series_id) == 0:
        return []
    hour = ts_us // _HOUR_US
    # One pair for each series and hour, in the order of hours; its readings are neighbours.
    is_first = np.ones(len(series_id), np.bool_)
    is_first[1:] = (series_id[1:] != series_id[:-1]) | (hour[1:] != hour[:-1])
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(series_id)) - 1
    order = np.argsort(hour[firsts], kind="stable")
    firsts, lasts = firsts[order], lasts[order]
    series, hours = series_id[firsts], hour[firsts]
    # Neighbouring series of an hour are one range, and all ranges of an hour are one text.
    new_hour = np.ones(len(hours), np.bool_)
    new_hour[1:] = hours[1:] != hours[:-1]
    new_range = new_hour.copy()
    new_range[1:] |= series[1:] != series[:-1] + 1
    range_firsts = np.flatnonzero(new_range)
    low = series[range_firsts].tolist()
    high = series[np.append(range_firsts[1:], len(series)) - 1].tolist()
    ranges = [range_text(a, b) for a, b in zip(low, high, strict=True)]
    hour_firsts = np.flatnonzero(new_hour)
    bounds = np.append(np.searchsorted(range_firsts, hour_firsts), len(range_firsts)).tolist()
    begun = np.minimum.reduceat(ts_us[firsts], hour_firsts) // MINUTE_US * MINUTE_US
    ended = (np.maximum.reduceat(ts_us[lasts], hour_firsts) // MINUTE_US + 1) * MINUTE_US
    texts = ["{" + ",".join(ranges[a:b]) + "}" for a, b in pairwise(bounds)]
    return _merged(texts, hours[hour_firsts].tolist(), begun.tolist(), ended.tolist())


def _merged(texts: list[str], hours: list[int], begun: list[int], ended: list[int]) -> list[Mark]:
    """Make one mark of hours of a day that follow one another and have the same series."""
    marks: list[Mark] = []
    hour_before = None
    for text, hour, start, end in zip(texts, hours, begun, ended, strict=True):
        is_next = hour_before == hour - 1 and hour % _HOURS_OF_DAY != 0
        if is_next and marks[-1].series == text:
            marks[-1] = Mark(text, marks[-1].start_us, end)
        else:
            marks.append(Mark(text, start, end))
        hour_before = hour
    return marks
