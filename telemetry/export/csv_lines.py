"""Readings as lines of CSV, put together column by column.

What begins a line has one width in a block: a quoted time, then the names, which are the same in all of it.
So it is made as rows of bytes; only the number has a width of its own, and Arrow writes that.
"""

from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from telemetry.downsample import Arrays
from telemetry.export.columns import states, values
from telemetry.export.rules import COLUMNS, ExportedSeries

# Spreadsheets take a cell that begins so for a formula (OWASP, "CSV Injection").
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_DAY_US: Final = 86_400_000_000
_SECOND_US: Final = 1_000_000


class CsvWriter:
    """RFC 4180 with a heading, times as `2026-03-01T12:00:00.000000Z`, numbers in full precision.

    Texts are quoted, numbers are not, and what is not there is empty.
    """

    def __init__(self) -> None:
        self._heading = b",".join(map(_quoted, COLUMNS)) + b"\n"

    def block(self, series: ExportedSeries, arrays: Arrays) -> bytes:
        """Return the lines of a block; before the first comes the heading."""
        heading, self._heading = self._heading, b""
        if not len(arrays[0]):
            return heading
        names = b",".join(_quoted(_no_formula(name)) for name in series.names)
        texts = pc.cast(pc.cast(values(arrays), pa.string()), pa.binary())
        lines = pc.binary_join_element_wise(
            _beginnings(arrays[0], names),
            texts,
            *_rest(series, arrays),
            b"",
            null_handling="replace",
            null_replacement=b"",
        )
        return heading + _joined(lines)

    def end(self) -> bytes:
        """Return the rest: the heading when there was no reading."""
        heading, self._heading = self._heading, b""
        return heading


def _beginnings(ts_us: NDArray[np.int64], names: bytes) -> Any:
    """Return what stands in each line before its number: the time and the names."""
    day = ts_us // _DAY_US
    within_us = ts_us - day * _DAY_US
    second = within_us // _SECOND_US
    us = within_us - second * _SECOND_US
    milli = us // 1000
    line = _day(int(day[0])) + b'HH:MM:SS.mmmuuuZ",' + names + b","
    # What is the same in all lines is copied at once, and the rest written over it.
    made = bytearray(line) * len(ts_us)
    rows = np.frombuffer(made, _row(len(line)))
    clock, millis, micros = _digits()
    rows["clock"], rows["milli"] = clock[second], millis[milli]
    rows["micro"] = micros[us - milli * 1000]
    for other in np.unique(day[day != day[0]]).tolist():
        rows["day"][day == other] = _day(other)
    offsets = np.arange(len(ts_us) + 1, dtype=np.int32) * np.int32(len(line))
    return pa.BinaryArray.from_buffers(
        pa.binary(), len(ts_us), [None, pa.py_buffer(offsets), pa.py_buffer(made)]
    )


def _row(size: int) -> np.dtype[np.void]:
    return np.dtype(
        {
            "names": ["day", "clock", "milli", "micro"],
            "formats": ["S12", "u8", "u4", "u4"],
            "offsets": [0, 12, 20, 24],
            "itemsize": size,
        }
    )


@cache
def _digits() -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the bytes of every second of a day, of milliseconds, and of µs with the zone."""
    clock = [f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(86_400)]
    return (
        np.array(clock, "S8").view(np.uint64),
        np.array([f".{number:03}" for number in range(1000)], "S4").view(np.uint32),
        np.array([f"{number:03}Z" for number in range(1000)], "S4").view(np.uint32),
    )


def _day(number: int) -> bytes:
    """Return how a time begins on a day, counted since 1970."""
    return f'"{np.datetime64(number, "D")}T'.encode()


def _rest(series: ExportedSeries, arrays: Arrays) -> list[Any]:
    """Return what stands after the number, mostly the same in all of a block."""
    quality = arrays[2]
    is_same = bool((quality == quality[0]).all())
    if is_same and not series.states:
        return [f",{quality[0]},\n".encode()]
    texts = pc.cast(pc.cast(pa.array(quality, pa.uint32()), pa.string()), pa.binary())
    return [b",", texts, b",", _quoted_states(series, arrays), b"\n"]


def _quoted_states(series: ExportedSeries, arrays: Arrays) -> Any:
    if not series.states:
        return b""
    found = states(series, arrays)
    quoted = [_quoted(_no_formula(text)) for text in found.dictionary.to_pylist()]
    return pc.take(pa.array(quoted, pa.binary()), found.indices)


def _quoted(text: str) -> bytes:
    return b'"' + text.replace('"', '""').encode() + b'"'


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _joined(lines: Any) -> bytes:
    """Return an array of bytes as one: what Arrow keeps of them."""
    _, offsets, data = lines.buffers()
    first, end = np.frombuffer(offsets, np.int32)[[lines.offset, lines.offset + len(lines)]]
    return bytes(memoryview(data)[first:end])
