"""Several series in one table: a row for each step of time, a column for each series.

A public module like `telemetry.service`. Rows begin at multiples of the step since 1970 in UTC, and those at
the ends are there whole. Readings of Bad quality and without a number do not count, as in rollups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from telemetry import rules
from telemetry.errors import AggregateUnknown, StepInvalid, TooManyReadings
from telemetry.queries.cells import Aggregate
from telemetry.queries.columns import (
    Grid,
    columns_of_readings,
    columns_of_rollups,
    with_neighbours,
)
from telemetry.queries.fill import Fill, filled
from telemetry.rollups.rules import WIDTH, Step

ROWS_MAX: Final = 20_000
CELLS_MAX: Final = 500_000
ROLLUPS_MAX: Final = 1_000_000
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_US: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class TableQuestion:
    """What a table shows.

    Attributes:
        series_ids: its columns.
        start, end: its span; rows that overlap it are in it.
        step: how long a row is, in whole seconds.
        aggregate: what stands for the readings of a row.
        fill: what stands where there are none.
        fill_over: for how long a value is held, or how wide a gap is closed; None: any.
    """

    series_ids: Sequence[int]
    start: datetime
    end: datetime
    step: timedelta
    aggregate: Aggregate = "mean"
    fill: Fill = "none"
    fill_over: timedelta | None = None


@dataclass(frozen=True)
class Table:
    """Series side by side.

    Attributes:
        ts_us: int64[rows], when each row begins, µs since 1970.
        series_ids: of the columns.
        value: float64[columns, rows]; NaN where there is no value.
        source: what it was made of.
    """

    ts_us: NDArray[np.int64]
    series_ids: tuple[int, ...]
    value: NDArray[np.float64]
    source: rules.Resolution


def read_table(session: Session, asked: TableQuestion) -> Table:
    """Return a table of one value per series and step.

    Raises:
        SpanInvalid: the span does not begin before it ends.
        StepInvalid: the step is not a whole number of seconds, or makes too many rows or cells.
        AggregateUnknown: the time-weighted mean was asked for by a step that is no whole number of minutes.
        TooManyReadings: too much would have to be read for it.
    """
    rules.check_span(asked.start, asked.end)
    ids = tuple(dict.fromkeys(asked.series_ids))
    step_us = _step_us(asked.step)
    grid = Grid(ids, _rows(asked, step_us, len(ids)), step_us)
    source = _source(asked, len(ids))
    if source is None:
        columns = columns_of_readings(session, grid, asked.aggregate)
    else:
        columns = columns_of_rollups(session, grid, source, asked.aggregate)
    over_us = None if asked.fill_over is None else asked.fill_over // _US
    columns = with_neighbours(session, grid, columns, asked.fill, over_us)
    value = np.array([filled(grid.ts_us, each, asked.fill, over_us) for each in columns])
    return Table(grid.ts_us, ids, value.reshape(len(ids), len(grid.ts_us)), source or "raw")


def _step_us(step: timedelta) -> int:
    if step < timedelta(seconds=1) or step % timedelta(seconds=1):
        raise StepInvalid("a step is a whole number of seconds, at least one")
    return step // _US


def _rows(asked: TableQuestion, step_us: int, series: int) -> NDArray[np.int64]:
    first = (asked.start - _EPOCH) // _US // step_us * step_us
    end_us = -(-((asked.end - _EPOCH) // _US) // step_us) * step_us
    rows = (end_us - first) // step_us
    if rows > ROWS_MAX or rows * series > CELLS_MAX:
        raise StepInvalid(
            f"that would be {rows:,} rows of {series} series; at most {ROWS_MAX:,} rows and "
            f"{CELLS_MAX:,} values are given: ask for a longer step or a shorter span",
            rows_max=ROWS_MAX,
            values_max=CELLS_MAX,
        )
    return np.arange(first, end_us, step_us, dtype=np.int64)


def _source(asked: TableQuestion, series: int) -> Step | None:
    """Return the widest rollup that divides the step; None means readings."""
    steps: tuple[Step, ...] = ("1d", "1h", "1m")
    if asked.aggregate == "twa" and asked.step % WIDTH["1m"]:
        raise AggregateUnknown(
            "the time-weighted mean is known by whole minutes only", aggregate="twa"
        )
    for step in steps:
        if not asked.step % WIDTH[step]:
            if (asked.end - asked.start) / WIDTH[step] * series > ROLLUPS_MAX:
                raise TooManyReadings(
                    "too many rollups would have to be read; ask for a step in whole hours or days, or for "
                    "a shorter span",
                    limit=ROLLUPS_MAX,
                )
            return step
    return None
