"""The columns of a frame as bytes that compress well: like bytes beside like bytes.

All integers little-endian, `n` rows. A column of w-byte numbers is stored in planes: first the lowest byte
of every number, then the next, up to the highest ("shuffled"). Signed differences go round at the width of
their column.

    size   what
    1      how server_ts is stored: 0 all are 0, 1 difference to the row before, 2 difference to ts
    1      how edge_ts is stored, likewise
    1      how value is stored: 0 doubles, 1 some or all as decimals
    1      decimals: p, the number of places, 0..8; else 0
    4n     series: difference to the row before, 32 bits, shuffled
    8n     ts: difference to the row before, µs, shuffled
    8n     server_ts, absent when all are 0
    8n     edge_ts, absent when all are 0
           value, doubles: 8n, shuffled
           value, decimals: n bytes, 1 where the value is decimal and 0 elsewhere; 8m for the m decimal ones,
           int64, the value times 10**p, shuffled; 8(n-m) for the others, doubles, shuffled
    4n     quality, shuffled

A value is stored as a decimal only when dividing gives back the same bits. PLCs send single precision, whose
doubles have three planes of zeros, and devices that speak JSON send decimals; both become small.
"""

import math
import sys
from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from operator import add, sub
from typing import Any, Final, NamedTuple

from kernel.wire.errors import Inconsistent

__all__ = ["TIME_MAX", "Columns", "Unpack", "pack_columns", "places", "sections", "unpack_columns"]

TIME_MAX: Final = 2**62 - 1  # so that the difference of two times fits into 64 bits
PLACES_MAX: Final = 8
ABSENT, TO_ROW_BEFORE, TO_TS = range(3)
DOUBLES, DECIMALS = range(2)

_HEAD_LENGTH = 4
_WIDTH = {"I": 4, "q": 8, "d": 8}
_SAMPLED_ROWS = 64
_DECIMAL_SHARE_MIN = 0.25
_INT_MAX = float(2**53)
_MASK32 = 0xFFFF_FFFF


class Columns(NamedTuple):
    """The six columns; see `kernel.wire.frames.Frame`."""

    series: "array[int]"
    ts: "array[int]"
    server_ts: "array[int]"
    edge_ts: "array[int]"
    value: "array[float]"
    quality: "array[int]"


Unpack = Callable[[bytes, int], Columns]


def pack_columns(columns: Columns) -> bytes:
    """Return the columns as bytes; they have one length, and times are within ±TIME_MAX."""
    series, ts = columns.series, columns.ts
    server, server_data = _times(columns.server_ts, ts)
    edge, edge_data = _times(columns.edge_ts, ts)
    count, values = _values(columns.value)
    near = array("I", [*series[:1], *((b - a) & _MASK32 for a, b in pairwise(series))])
    return b"".join(
        (
            bytes((server, edge, DOUBLES if count is None else DECIMALS, count or 0)),
            _shuffled(near),
            _shuffled(_deltas(ts)),
            server_data,
            edge_data,
            values,
            _shuffled(columns.quality),
        )
    )


class Sections(NamedTuple):
    """Where the parts of packed columns are; of absent ones the bytes are empty."""

    server: int
    edge: int
    places: int | None
    series: bytes
    ts: bytes
    server_ts: bytes
    edge_ts: bytes
    is_decimal: bytes
    decimals: bytes
    doubles: bytes
    quality: bytes


def sections(data: bytes, rows: int) -> Sections:
    """Return the parts of packed columns.

    Raises:
        Inconsistent: these are no columns of so many rows.
    """
    if len(data) < _HEAD_LENGTH:
        raise Inconsistent("the columns have no head")
    server, edge, how, count = data[:_HEAD_LENGTH]
    if max(server, edge) > TO_TS or how > DECIMALS or count > (PLACES_MAX if how else 0):
        raise Inconsistent("the columns are stored in no known way")
    position = _HEAD_LENGTH

    def part(length: int) -> bytes:
        nonlocal position
        position += length
        return data[position - length : position]

    series, ts = part(4 * rows), part(8 * rows)
    server_ts = part(8 * rows if server != ABSENT else 0)
    edge_ts = part(8 * rows if edge != ABSENT else 0)
    is_decimal = part(rows if how == DECIMALS else 0)
    number = is_decimal.count(1)
    decimals, doubles = part(8 * number), part(8 * (rows - number))
    quality = part(4 * rows)
    if position != len(data) or number + is_decimal.count(0) != len(is_decimal):
        raise Inconsistent("the columns are longer or shorter than their rows")
    places = count if how == DECIMALS else None
    return Sections(
        server, edge, places, series, ts, server_ts, edge_ts, is_decimal, decimals, doubles, quality
    )


def unpack_columns(data: bytes, rows: int) -> Columns:
    """Return the columns.

    Raises:
        Inconsistent: these are no columns of so many rows, or a time is out of range.
    """
    parts = sections(data, rows)
    try:
        ts = array("q", accumulate(_unshuffled(parts.ts, "q")))
        server_ts = _times_of(parts.server, parts.server_ts, ts)
        edge_ts = _times_of(parts.edge, parts.edge_ts, ts)
    except OverflowError:
        raise Inconsistent("a time is out of range") from None
    for times in (ts, server_ts, edge_ts):
        if times and (max(times) > TIME_MAX or min(times) < -TIME_MAX):
            raise Inconsistent("a time is out of range")
    near = accumulate(_unshuffled(parts.series, "I"), lambda a, b: (a + b) & _MASK32)
    return Columns(
        array("I", near),
        ts,
        server_ts,
        edge_ts,
        _values_of(parts),
        _unshuffled(parts.quality, "I"),
    )


def _times(times: "array[int]", ts: "array[int]") -> tuple[int, bytes]:
    """Return how times are stored smallest, and so."""
    if not any(times):
        return ABSENT, b""
    near, to_ts = _deltas(times), array("q", map(sub, times, ts))
    # A time that many rows share, or one that always follows the source's: whichever has fewer numbers.
    if len(set(near)) <= len(set(to_ts)):
        return TO_ROW_BEFORE, _shuffled(near)
    return TO_TS, _shuffled(to_ts)


def _times_of(how: int, data: bytes, ts: "array[int]") -> "array[int]":
    if how == ABSENT:
        return array("q", bytes(8 * len(ts)))
    numbers = _unshuffled(data, "q")
    return array("q", accumulate(numbers) if how == TO_ROW_BEFORE else map(add, numbers, ts))


def _values(values: "array[float]") -> tuple[int | None, bytes]:
    """Return the number of decimal places, None for doubles, and the values so."""
    # An odd stride, as sources often alternate between two kinds of tags.
    count = places(values[:: len(values) // _SAMPLED_ROWS | 1])
    if count is None:
        return None, _shuffled(values)
    power = 10.0**count
    is_decimal, decimals, doubles = bytearray(len(values)), array("q"), array("d")
    for row, value in enumerate(values):
        scaled = value * power
        number = round(scaled) if -_INT_MAX < scaled < _INT_MAX else 0
        if number / power == value and (number or math.copysign(1.0, value) > 0):
            is_decimal[row] = 1
            decimals.append(number)
        else:
            doubles.append(value)
    return count, bytes(is_decimal) + _shuffled(decimals) + _shuffled(doubles)


def places(sample: Sequence[float]) -> int | None:
    """Return with how many decimal places most of a sample is exact; None when few of it are."""
    best, most = None, max(1.0, len(sample) * _DECIMAL_SHARE_MIN) - 1
    for count in range(PLACES_MAX + 1):
        power = 10.0**count
        exact = sum(
            1
            for value in sample
            if -_INT_MAX < value * power < _INT_MAX and round(value * power) / power == value
        )
        if exact > most:
            best, most = count, exact
        if exact == len(sample):
            break
    return best


def _values_of(parts: Sections) -> "array[float]":
    doubles: array[float] = _unshuffled(parts.doubles, "d")
    if parts.places is None:
        return doubles
    power = 10.0**parts.places
    decimals = array("d", [number / power for number in _unshuffled(parts.decimals, "q")])
    if not doubles:
        return decimals
    sources = iter(doubles), iter(decimals)
    return array("d", [next(sources[which]) for which in parts.is_decimal])


def _deltas(numbers: "array[int]") -> "array[int]":
    return array("q", [*numbers[:1], *(b - a for a, b in pairwise(numbers))])


def _shuffled(numbers: "array[Any]") -> bytes:
    if sys.byteorder == "big":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    data, width = numbers.tobytes(), numbers.itemsize
    return b"".join([data[plane::width] for plane in range(width)])


def _unshuffled(data: bytes, typecode: str) -> "array[Any]":
    width, rows = _WIDTH[typecode], len(data) // _WIDTH[typecode]
    plain = bytearray(len(data))
    for plane in range(width):
        plain[plane::width] = data[plane * rows : (plane + 1) * rows]
    numbers: array[Any] = array(typecode)
    numbers.frombytes(plain)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
