"""The columns of a table: read, put together by rows, and joined to what lies outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from telemetry.errors import TooManyReadings
from telemetry.queries import repository
from telemetry.queries.cells import Aggregate, Cells, of_readings, of_rollups, together
from telemetry.queries.fill import NONE, Fill, Known
from telemetry.rollups import service as rollups
from telemetry.rollups.rules import Step, width_us

READINGS_MAX: Final = 5_000_000
# Blocks are put together again before they become many.
_PARTS_MAX: Final = 64
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_NOTHING: Final = (np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint32))


@dataclass(frozen=True)
class Grid:
    """What is to be filled: at least one row, each `step_us` long, for each of the series."""

    series_ids: tuple[int, ...]
    ts_us: NDArray[np.int64]
    step_us: int

    @property
    def start(self) -> datetime:
        """When the first row begins."""
        return _at(int(self.ts_us[0]))

    @property
    def end(self) -> datetime:
        """When the last row ends."""
        return _at(int(self.ts_us[-1]) + self.step_us)


def _at(ts_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=ts_us)


def columns_of_readings(session: Session, grid: Grid, aggregate: Aggregate) -> list[Known]:
    """Return the values of each series' rows, from its readings.

    Raises:
        TooManyReadings: the span holds more than can be read for a table.
    """
    left = READINGS_MAX
    columns = []
    for series_id in grid.series_ids:
        parts: list[Cells] = [of_readings(_NOTHING, grid.step_us)]
        for block in repository.points(session, series_id, grid.start, grid.end, left + 1):
            left -= len(block[0])
            parts.append(of_readings(block, grid.step_us))
            if len(parts) > _PARTS_MAX:
                parts = [together(parts, grid.step_us)]
        if left < 0:
            raise TooManyReadings(
                f"the span holds more than {READINGS_MAX:,} readings; ask for a shorter one or for a step in "
                "whole minutes, for which there are rollups",
                limit=READINGS_MAX,
            )
        cells = together(parts, grid.step_us)
        columns.append(Known(cells.ts_us, cells.of(aggregate)))
    return columns


def columns_of_rollups(
    session: Session, grid: Grid, source: Step, aggregate: Aggregate
) -> list[Known]:
    """Return the values of each series' rows, from rollups whose buckets divide them."""
    # Only rollups know for how long a value held: for that they are put together themselves.
    times = grid.step_us // width_us(source) if aggregate == "twa" else 1
    found = rollups.read(session, grid.series_ids, grid.start, grid.end, source, times=times)
    columns = []
    for series_id in grid.series_ids:
        first, last = np.searchsorted(found.series_id, [series_id, series_id + 1])
        rows = slice(int(first), int(last))
        if aggregate == "twa":
            is_known = ~np.isnan(found.twa[rows])
            columns.append(Known(found.bucket_us[rows][is_known], found.twa[rows][is_known]))
        else:
            cells = of_rollups(found, rows, grid.step_us)
            columns.append(Known(cells.ts_us, cells.of(aggregate)))
    return columns


def with_neighbours(
    session: Session, grid: Grid, columns: Sequence[Known], fill: Fill, over_us: int | None
) -> list[Known]:
    """Put before and after each column the nearest readings outside the table that `fill` needs."""
    if fill == "none" or not columns:
        return list(columns)
    over = None if over_us is None else timedelta(microseconds=over_us)
    before = repository.nearest_before(session, grid.series_ids, grid.start, over)
    after = (
        repository.nearest_after(session, grid.series_ids, grid.end, over)
        if fill == "linear"
        else {}
    )
    joined = []
    for series_id, column in zip(grid.series_ids, columns, strict=True):
        parts = [before.get(series_id, NONE), column, after.get(series_id, NONE)]
        joined.append(
            Known(
                np.concatenate([part.ts_us for part in parts]),
                np.concatenate([part.value for part in parts]),
            )
        )
    return joined
