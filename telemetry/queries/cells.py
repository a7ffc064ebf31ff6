"""Readings and rollups put together by the rows of a table.

A cell keeps what any aggregate can be made of, and cells of the same row can be put together again; so that
readings come a block at a time, and rollups are cells already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from telemetry.downsample import Arrays
from telemetry.rollups.columns import RollupColumns

Aggregate = Literal["mean", "min", "max", "first", "last", "twa"]

# As `telemetry.usable` in the database: OPC UA's Bad, and what no sensor could mean.
_BAD: Final = 0x80000000
_VALUE_MAX: Final = 1e200


@dataclass(frozen=True)
class Cells:
    """One series' cells that have a value, by time; arrays of one length.

    Attributes:
        ts_us: int64, when the row begins, µs since 1970.
        count: int64, of how many readings.
        min, max, sum, first, last: float64.
    """

    ts_us: NDArray[np.int64]
    count: NDArray[np.int64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    sum: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]

    def of(self, aggregate: Aggregate) -> NDArray[np.float64]:
        """Return the value of each cell; of the time-weighted mean rollups know more."""
        assert aggregate != "twa"
        if aggregate == "mean":
            return self.sum / self.count
        column: NDArray[np.float64] = getattr(self, aggregate)
        return column


def of_readings(readings: Arrays, step_us: int) -> Cells:
    """Return the cells of readings that are in the order of time; Bad ones and those without a number go."""
    ts_us, value, quality = readings
    usable = (quality < _BAD) & (np.abs(value) <= _VALUE_MAX)
    ts_us, value = ts_us[usable], value[usable]
    ones = np.ones(len(ts_us), np.int64)
    return together([Cells(ts_us, ones, value, value, value, value, value)], step_us)


def of_rollups(rollups: RollupColumns, rows: slice, step_us: int) -> Cells:
    """Return the cells of one series' rollups, whose buckets divide the rows."""
    has_value = rollups.count[rows] > 0

    def column(of: NDArray[np.float64]) -> NDArray[np.float64]:
        return of[rows][has_value]

    count = rollups.count[rows][has_value]
    cells = Cells(
        rollups.bucket_us[rows][has_value],
        count,
        column(rollups.min),
        column(rollups.max),
        column(rollups.mean) * count,
        column(rollups.first),
        column(rollups.last),
    )
    return together([cells], step_us)


def together(parts: Sequence[Cells], step_us: int) -> Cells:
    """Return the cells of rows `step_us` long, from at least one part; they follow one another in time."""
    if len(parts) == 1:
        whole = parts[0]
    else:
        whole = Cells(
            *(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Cells))
        )
    if len(whole.ts_us) == 0:
        return whole
    row_us = whole.ts_us - whole.ts_us % step_us
    starts = np.flatnonzero(np.diff(row_us, prepend=row_us[0] - 1))
    ends = np.append(starts[1:], len(row_us)) - 1
    return Cells(
        row_us[starts],
        np.add.reduceat(whole.count, starts),
        np.minimum.reduceat(whole.min, starts),
        np.maximum.reduceat(whole.max, starts),
        np.add.reduceat(whole.sum, starts),
        whole.first[starts],
        whole.last[ends],
    )
