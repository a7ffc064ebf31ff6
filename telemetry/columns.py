"""Readings as columns, packed for PostgreSQL and unpacked from it without a loop over rows.

A binary COPY stream is a header, then per row a 16-bit count of fields and per field a 32-bit length and the
value, all big-endian, then -1 (PostgreSQL manual, COPY, "Binary Format"). No column of `readings` is ever
NULL and all have a fixed width, so a row has a fixed layout, and a structured array is the stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telemetry.marks import Mark, marks_of

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
# timestamptz counts µs from 2000-01-01.
POSTGRES_EPOCH_US: Final = 946_684_800_000_000
DAY_US: Final = 86_400_000_000

COPY_COLUMNS: Final = ("series_id", "ts", "value", "quality", "edge_ts", "recorded_at")
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("series_id_length", ">i4"),
        ("series_id", ">i4"),
        ("ts_length", ">i4"),
        ("ts", ">i8"),
        ("value_length", ">i4"),
        ("value", ">f8"),
        ("quality_length", ">i4"),
        ("quality", ">i4"),
        ("edge_ts_length", ">i4"),
        ("edge_ts", ">i8"),
        ("recorded_at_length", ">i4"),
        ("recorded_at", ">i8"),
    ]
)
_SAME: Final = np.zeros((), _ROW)
_SAME["fields"] = 6
for _name in COPY_COLUMNS:
    _SAME[f"{_name}_length"] = _ROW[_name].itemsize
_POINT = np.dtype([("ts", ">i8"), ("value", ">f8"), ("quality", ">i4")])
_RECEIVED = np.dtype([*_POINT.descr, ("recorded_at", ">i8")])
_LATEST = np.dtype([("series_id", ">i4"), *_RECEIVED.descr])


@dataclass(frozen=True)
class ReadingColumns:
    """Readings, one array per column, all of one length n.

    Attributes:
        series_id: int32[n].
        ts_us: int64[n], time at the source, µs since 1970.
        value: float64[n]; NaN where a Bad reading has no number.
        quality: uint32[n], OPC UA StatusCode.
        edge_ts_us: int64[n], when the edge took the reading, µs since 1970.
        recorded_at_us: when the platform received them, µs since 1970.
    """

    series_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]
    edge_ts_us: NDArray[np.int64]
    recorded_at_us: int

    def __len__(self) -> int:
        return len(self.series_id)

    @classmethod
    def joined(cls, parts: "Sequence[ReadingColumns]") -> "ReadingColumns":
        """Return the readings of at least one part, one part after the other, received when the first was."""
        return cls(
            np.concatenate([part.series_id for part in parts]),
            np.concatenate([part.ts_us for part in parts]),
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.quality for part in parts]),
            np.concatenate([part.edge_ts_us for part in parts]),
            parts[0].recorded_at_us,
        )

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "ReadingColumns":
        """Return the readings that an index or a mask selects."""
        return ReadingColumns(
            self.series_id[index],
            self.ts_us[index],
            self.value[index],
            self.quality[index],
            self.edge_ts_us[index],
            self.recorded_at_us,
        )

    def by_series_and_time(self) -> "ReadingColumns":
        """Return the readings in the order of the index; equal keys keep their order.

        Neighbours then fall on one index page, which is worth more than the sort costs.
        """
        return self.take(np.lexsort((self.ts_us, self.series_id)))

    def days(self) -> NDArray[np.int64]:
        """Return the days, counted from 1970-01-01 in UTC, that the source times fall on."""
        if len(self) == 0:
            return np.zeros(0, np.int64)
        first, last = int(self.ts_us.min()) // DAY_US, int(self.ts_us.max()) // DAY_US
        if last - first <= 1:
            # The usual case, without sorting.
            return np.arange(first, last + 1)
        return np.unique(self.ts_us // DAY_US)


def pack_readings(columns: ReadingColumns) -> memoryview:
    """Return the binary COPY stream for the columns `COPY_COLUMNS` of `telemetry.readings`."""
    stream = np.empty(len(_HEADER) + len(columns) * _ROW.itemsize + len(_TRAILER), np.uint8)
    body = stream[len(_HEADER) : -len(_TRAILER)]
    stream[: len(_HEADER)] = np.frombuffer(_HEADER, np.uint8)
    stream[-len(_TRAILER) :] = np.frombuffer(_TRAILER, np.uint8)
    # What is the same in all rows in one go: twice as fast as field by field.
    same = _SAME.copy()
    same["recorded_at"] = columns.recorded_at_us - POSTGRES_EPOCH_US
    body.reshape(-1, _ROW.itemsize)[:] = np.frombuffer(same.tobytes(), np.uint8)
    rows = body.view(_ROW)
    rows["series_id"] = columns.series_id
    rows["ts"] = columns.ts_us - POSTGRES_EPOCH_US
    rows["value"] = columns.value
    rows["quality"] = columns.quality.view(np.int32)
    rows["edge_ts"] = columns.edge_ts_us - POSTGRES_EPOCH_US
    return stream.data


@dataclass(frozen=True)
class PreparedReadings:
    """Readings ready for a transaction.

    Attributes:
        stream: the COPY stream, in the order of the index.
        newest: the newest reading of each series, in ascending order of series.
        marks: which rollups they put out of date.
        rows: how many readings there are.
    """

    stream: memoryview
    newest: ReadingColumns
    marks: list[Mark]
    rows: int


def prepare_readings(columns: ReadingColumns) -> PreparedReadings:
    """Do what needs no database: sort, pack, find the newest of each series and what is to be rolled up."""
    ordered = columns.by_series_and_time()
    is_last = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered.series_id[1:], ordered.series_id[:-1], out=is_last[:-1])
    marks = marks_of(ordered.series_id, ordered.ts_us)
    return PreparedReadings(pack_readings(ordered), ordered.take(is_last), marks, len(ordered))


def unpack_points(
    data: bytes,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint32]]:
    """Return ts in µs since 1970, value and quality of points that the database sent joined together.

    Each is what `timestamptz_send`, `float8send` and `int4send` make of them, 20 bytes.
    """
    rows = np.frombuffer(data, _POINT)
    return (
        rows["ts"].astype(np.int64) + POSTGRES_EPOCH_US,
        rows["value"].astype(np.float64),
        rows["quality"].astype(np.int32).view(np.uint32),
    )


def unpack_received(
    data: bytes,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint32], NDArray[np.int64]]:
    """Return what `unpack_points` does, and when each was received in µs since 1970; 28 bytes each."""
    rows = np.frombuffer(data, _RECEIVED)
    return (
        rows["ts"].astype(np.int64) + POSTGRES_EPOCH_US,
        rows["value"].astype(np.float64),
        rows["quality"].astype(np.int32).view(np.uint32),
        rows["recorded_at"].astype(np.int64) + POSTGRES_EPOCH_US,
    )


def unpack_latest(
    data: bytes,
) -> tuple[
    NDArray[np.int32],
    NDArray[np.int64],
    NDArray[np.float64],
    NDArray[np.uint32],
    NDArray[np.int64],
]:
    """Return the series and what `unpack_received` does; 32 bytes each."""
    rows = np.frombuffer(data, _LATEST)
    return (
        rows["series_id"].astype(np.int32),
        rows["ts"].astype(np.int64) + POSTGRES_EPOCH_US,
        rows["value"].astype(np.float64),
        rows["quality"].astype(np.int32).view(np.uint32),
        rows["recorded_at"].astype(np.int64) + POSTGRES_EPOCH_US,
    )
