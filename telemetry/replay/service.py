"""Public verbs on the readings of several series as one stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from telemetry import rules
from telemetry.downsample import Arrays
from telemetry.replay import repository

STRETCH_ROWS: Final = 200_000
# Of many series each still gives so many at once: a query costs more than its rows.
_OF_SERIES_MIN: Final = 2_000


@dataclass(frozen=True)
class Stretch:
    """All readings of some series with `start_us <= ts < end_us`, by source time; arrays of one length.

    Attributes:
        start_us, end_us: source time, µs since 1970; the end may be sooner than was asked for.
        series_id: int32; of equal times the lower id comes first.
        ts_us: int64, source time, µs since 1970.
        value: float64; NaN where a Bad reading has no number.
        quality: uint32, OPC UA StatusCode.
        left_out: readings that are not in it: of one series and one instant only so many are given.
    """

    start_us: int
    end_us: int
    series_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]
    left_out: int = 0


def series_with_readings(
    session: Session, series_ids: Sequence[int], start: datetime, end: datetime
) -> list[int]:
    """Return those of the series that have a reading with `start <= ts < end`.

    Raises:
        SpanInvalid: the span does not begin before it ends.
    """
    rules.check_span(start, end)
    return repository.series_with_readings(session, series_ids, start, end)


def read_stretch(
    session: Session,
    series_ids: Sequence[int],
    start_us: int,
    end_us: int,
    rows_max: int = STRETCH_ROWS,
) -> Stretch:
    """Return the readings from `start_us` on, up to `end_us` or as far as about `rows_max` reach.

    Memory holds no more than that, however many readings there are; the next stretch begins where this ends.
    """
    of_series = max(rows_max // max(len(series_ids), 1), _OF_SERIES_MIN)
    until_us, left_out = end_us, 0
    found: list[tuple[int, Arrays]] = []
    for series_id in sorted(series_ids):
        arrays = repository.block(session, series_id, start_us, until_us, of_series)
        if len(arrays[0]) == of_series:
            last_us = int(arrays[0][-1])
            if last_us == start_us:
                # More readings of one instant than are given at once.
                left_out += repository.count_at(session, series_id, start_us) - of_series
            until_us = min(until_us, max(last_us, start_us + 1))
        found.append((series_id, arrays))
    return _merged(found, start_us, until_us, left_out)


def _merged(
    found: Sequence[tuple[int, Arrays]], start_us: int, end_us: int, left_out: int
) -> Stretch:
    kept = [int(np.searchsorted(arrays[0], end_us)) for _, arrays in found]
    series_id = np.repeat(np.array([key for key, _ in found], np.int32), kept)
    ts_us, value, quality = (
        np.concatenate(
            [arrays[place][:rows] for (_, arrays), rows in zip(found, kept, strict=True)]
        )
        if found
        else np.zeros(0)
        for place in range(3)
    )
    order = np.argsort(ts_us, kind="stable")
    return Stretch(
        start_us,
        end_us,
        series_id[order],
        ts_us[order].astype(np.int64),
        value[order].astype(np.float64),
        quality[order].astype(np.uint32),
        left_out,
    )
