"""The readings of a series a block at a time, each read in a transaction of its own.

So a download that takes an hour holds no connection and no snapshot meanwhile, and one that is given up
leaves nothing behind. The next block begins after the last source time of the one before: times may come
twice, so that a full block gives its last time up to the next. Readings stored meanwhile are in it or not.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from kernel.db import Database
from telemetry.columns import DAY_US
from telemetry.downsample import Arrays
from telemetry.export import repository

BLOCK_ROWS: Final = 65_536
# A block that is emptier makes the next look further; the days of a query are what it costs to plan.
_SPARSE: Final = 4


def blocks(
    database: Database, series_id: int, start_us: int, end_us: int, rows: int = BLOCK_ROWS
) -> Iterator[Arrays]:
    """Yield the readings with `start_us <= ts < end_us` in the order of source time, none of it empty."""
    span_us = DAY_US
    while start_us < end_us:
        until_us = min(end_us, start_us + span_us)
        found = _read(database, series_id, start_us, until_us, rows)
        if len(found[0]) < rows:
            if len(found[0]) < rows // _SPARSE:
                span_us *= 2
            start_us = until_us
        else:
            span_us = max(DAY_US, span_us // 2)
            last_us = int(found[0][-1])
            before = int(np.searchsorted(found[0], last_us))
            if before:
                found = _head(found, before)
                start_us = last_us
            else:
                # More readings of one instant than a block holds.
                found = _read(database, series_id, last_us, last_us + 1, None)
                start_us = last_us + 1
        if len(found[0]):
            yield found


def _read(
    database: Database, series_id: int, start_us: int, end_us: int, rows: int | None
) -> Arrays:
    with database.transaction() as session:
        return repository.block(session, series_id, start_us, end_us, rows)


def _head(found: Arrays, count: int) -> Arrays:
    return found[0][:count], found[1][:count], found[2][:count]
