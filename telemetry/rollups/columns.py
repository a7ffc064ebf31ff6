"""Rollups as columns: unpacked from the database, put together, and finished for whoever asked.

A row says of one series and bucket what its readings say alone; how long values held across buckets is put
in here (`finished`). A float that there is none of is NaN.
"""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from telemetry.columns import POSTGRES_EPOCH_US

_ROW: Final = np.dtype(
    [
        ("series_id", ">i4"),
        ("bucket", ">i8"),
        ("count", ">i8"),
        ("bad", ">i8"),
        ("min", ">f8"),
        ("max", ">f8"),
        ("sum", ">f8"),
        ("begun_us", ">f8"),
        ("ended_us", ">f8"),
        ("integral", ">f8"),
        ("known_us", ">f8"),
        ("held", ">f8"),
        ("first", ">f8"),
        ("last", ">f8"),
    ]
)


@dataclass(frozen=True)
class RollupRows:
    """What readings of a bucket say alone; arrays of one length.

    Attributes:
        series_id: int32.
        bucket_us: int64, its beginning, µs since 1970.
        count: int64, readings that are aggregated: not Bad, and with a number.
        bad: int64, the others.
        min, max, sum, first, last: float64, of those that are aggregated.
        begun_us, ended_us: float64, the first and last source time of any reading, µs since 1970.
        integral: float64, value x µs between these, each value held until the next reading.
        known_us: float64, for how many µs between these a value was known.
        held: float64, the value held at the end; NaN after a reading without one.
    """

    series_id: NDArray[np.int32]
    bucket_us: NDArray[np.int64]
    count: NDArray[np.int64]
    bad: NDArray[np.int64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    sum: NDArray[np.float64]
    begun_us: NDArray[np.float64]
    ended_us: NDArray[np.float64]
    integral: NDArray[np.float64]
    known_us: NDArray[np.float64]
    held: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.series_id)

    def take(self, index: NDArray[np.bool_]) -> "RollupRows":
        """Return the rows that a mask selects."""
        return RollupRows(
            **{field.name: getattr(self, field.name)[index] for field in fields(self)}
        )


@dataclass(frozen=True)
class RollupColumns:
    """Rollups for whoever asked; arrays of one length, in the order of series and bucket.

    Attributes:
        series_id: int32.
        bucket_us: int64, the beginning of the bucket, µs since 1970.
        count: int64, readings that are aggregated: neither Bad nor without a number.
        bad: int64, the other readings.
        min, max, mean, first, last: float64, of the readings aggregated; NaN where there are none. Of
            readings of one time the first is the least and the last the greatest.
        twa: float64, the time-weighted mean: each value counts from its reading until the next one, also
            into and out of the bucket; a reading without a value ends what was held. NaN where no value held.
    """

    series_id: NDArray[np.int32]
    bucket_us: NDArray[np.int64]
    count: NDArray[np.int64]
    bad: NDArray[np.int64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    mean: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]
    twa: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.series_id)


@dataclass(frozen=True)
class Around:
    """What of some series, in ascending order of their ids, lies around a span; arrays of one length.

    Attributes:
        series_id: int32.
        before: float64, the value that the last reading before the span has; NaN without one.
        newest_us: int64, the newest source time of the series; 0 without a reading.
    """

    series_id: NDArray[np.int32]
    before: NDArray[np.float64]
    newest_us: NDArray[np.int64]


def unpack_rows(data: bytes) -> RollupRows:
    """Return rows that the database sent joined together, in the order of `RollupRows`."""
    rows = np.frombuffer(data, _ROW)
    native: dict[str, Any] = {
        name: rows[name].astype(rows.dtype[name].newbyteorder("="))
        for name in _ROW.names or ()
        if name != "bucket"
    }
    return RollupRows(bucket_us=rows["bucket"].astype(np.int64) + POSTGRES_EPOCH_US, **native)


def joined(parts: list[RollupRows]) -> RollupRows:
    """Return the rows of all parts in the order of series and bucket, each of which is in one part only."""
    if not parts:
        return unpack_rows(b"")
    whole = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(RollupRows)
    }
    order = np.lexsort((whole["bucket_us"], whole["series_id"]))
    return RollupRows(**{name: column[order] for name, column in whole.items()})


def combined(rows: RollupRows, width_us: int) -> RollupRows:
    """Return the rows of wider buckets; these are in the order of series and bucket.

    The same as the function `telemetry.hold(spans)` of the database.
    """
    if len(rows) == 0:
        return rows
    bucket = rows.bucket_us - rows.bucket_us % width_us
    is_first = np.ones(len(rows), np.bool_)
    is_first[1:] = (rows.series_id[1:] != rows.series_id[:-1]) | (bucket[1:] != bucket[:-1])
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(rows)) - 1
    # What held from the row before, until this one begins.
    held = np.roll(rows.held, 1)
    between_us = np.where(is_first | np.isnan(held), 0.0, rows.begun_us - np.roll(rows.ended_us, 1))
    integral = rows.integral + np.nan_to_num(held) * between_us
    has_value = np.flatnonzero(rows.count > 0)
    # Of the rows with a value, the first from `firsts` on and the last up to `lasts`.
    count = np.add.reduceat(rows.count, firsts)
    first_value = np.full(len(firsts), np.nan)
    last_value = np.full(len(firsts), np.nan)
    some = count > 0
    first_value[some] = rows.first[has_value[np.searchsorted(has_value, firsts[some])]]
    last_value[some] = rows.last[
        has_value[np.searchsorted(has_value, lasts[some], side="right") - 1]
    ]
    return RollupRows(
        series_id=rows.series_id[firsts],
        bucket_us=bucket[firsts],
        count=count,
        bad=np.add.reduceat(rows.bad, firsts),
        min=np.fmin.reduceat(rows.min, firsts),
        max=np.fmax.reduceat(rows.max, firsts),
        sum=np.where(some, np.add.reduceat(np.nan_to_num(rows.sum), firsts), np.nan),
        begun_us=rows.begun_us[firsts],
        ended_us=rows.ended_us[lasts],
        integral=np.add.reduceat(integral, firsts),
        known_us=np.add.reduceat(rows.known_us + between_us, firsts),
        held=rows.held[lasts],
        first=first_value,
        last=last_value,
    )


def finished(rows: RollupRows, width_us: int, around: Around) -> RollupColumns:
    """Put in how long values held into and out of each bucket.

    Args:
        rows: all rows of a span, in the order of series and bucket.
        width_us: how long a bucket is.
        around: the same series, and at least those of `rows`.
    """
    place = np.searchsorted(around.series_id, rows.series_id)
    is_first = np.ones(len(rows), np.bool_)
    np.not_equal(rows.series_id[1:], rows.series_id[:-1], out=is_first[1:])
    carried = np.empty(len(rows))
    carried[1:] = rows.held[:-1]
    carried[is_first] = around.before[place[is_first]]
    # Without a later reading nobody knows for how long the last value held.
    is_last = np.ones(len(rows), np.bool_)
    is_last[:-1] = is_first[1:]
    end_us = rows.bucket_us + width_us
    is_followed = ~is_last | (around.newest_us[place] >= end_us)
    into_us = np.where(np.isnan(carried), 0.0, rows.begun_us - rows.bucket_us)
    out_us = np.where(np.isnan(rows.held) | ~is_followed, 0.0, end_us - rows.ended_us)
    known_us = into_us + rows.known_us + out_us
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = rows.sum / rows.count
        twa = (
            np.nan_to_num(carried) * into_us + rows.integral + np.nan_to_num(rows.held) * out_us
        ) / known_us
    return RollupColumns(
        series_id=rows.series_id,
        bucket_us=rows.bucket_us,
        count=rows.count,
        bad=rows.bad,
        min=rows.min,
        max=rows.max,
        mean=mean,
        first=rows.first,
        last=rows.last,
        twa=np.where(known_us > 0, twa, rows.last),
    )
