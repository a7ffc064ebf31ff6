"""Readings as CSV and as Parquet: both take blocks and give bytes, and keep no more than a row group.

The columns are in `telemetry.export.rules`.
"""

from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from telemetry.downsample import Arrays
from telemetry.export.columns import states, values
from telemetry.export.csv_lines import CsvWriter
from telemetry.export.rules import COLUMNS, ExportedSeries, Format

_NAMES: Final = COLUMNS[1:4]


class Writer(Protocol):
    """Turns blocks into the bytes of a file."""

    def block(self, series: ExportedSeries, arrays: Arrays) -> bytes:
        """Return what a block adds to the file."""
        ...

    def end(self) -> bytes:
        """Return what ends the file."""
        ...


class _Sink:
    """Where a library writes to; what it wrote is taken out again at once."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> int:
        """Keep a copy."""
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing: what was written is still to be taken."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _time(arrays: Arrays) -> Any:
    return pa.array(arrays[0], pa.timestamp("us", "UTC"))


class ParquetWriter:
    """Apache Parquet with zstd; a row group is at least `GROUP_ROWS` readings unless the file ends."""

    GROUP_ROWS: Final = 262_144
    _SCHEMA: Final = pa.schema(
        [
            ("time", pa.timestamp("us", "UTC")),
            *((name, pa.dictionary(pa.int32(), pa.string())) for name in _NAMES),
            ("value", pa.float64()),
            ("quality", pa.uint32()),
            ("state", pa.dictionary(pa.int32(), pa.string())),
        ]
    )

    def __init__(self) -> None:
        self._sink = _Sink()
        self._writer = parquet.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"), self._SCHEMA, compression="zstd"
        )
        self._waiting: list[Any] = []
        self._rows = 0

    def block(self, series: ExportedSeries, arrays: Arrays) -> bytes:
        """Return the row group that a block completes; most blocks complete none."""
        rows = len(arrays[0])
        same = pa.array(np.zeros(rows, np.int32))
        self._waiting.append(
            pa.record_batch(
                [
                    _time(arrays),
                    *(pa.DictionaryArray.from_arrays(same, [name]) for name in series.names),
                    values(arrays),
                    pa.array(arrays[2], pa.uint32()),
                    states(series, arrays),
                ],
                schema=self._SCHEMA,
            )
        )
        self._rows += rows
        if self._rows >= self.GROUP_ROWS:
            self._write_group()
        return self._sink.take()

    def end(self) -> bytes:
        """Return the last row group and the footer."""
        if self._rows:
            self._write_group()
        self._writer.close()
        return self._sink.take()

    def _write_group(self) -> None:
        table = pa.Table.from_batches(self._waiting).unify_dictionaries()
        self._writer.write_table(table, row_group_size=self._rows)
        self._waiting, self._rows = [], 0


def writer_of(kind: Format) -> Writer:
    """Return a writer of a new file."""
    return CsvWriter() if kind == "csv" else ParquetWriter()
