"""NumPy reads the columns of a frame as the edge's own code does, wrong ones too."""

import math
from array import array
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingest import decoding
from kernel.wire import columns as plain
from kernel.wire.columns import TIME_MAX, Columns, Unpack
from kernel.wire.errors import Inconsistent

TIMES = st.one_of(st.integers(-TIME_MAX, TIME_MAX), st.integers(10**15, 10**15 + 5), st.just(0))
VALUES = st.one_of(
    st.floats(),
    st.floats(width=32),
    st.integers(-(10**6), 10**6).map(lambda n: n / 1000),
    st.sampled_from([-0.0, 0.0, 1e300, math.nan, math.inf, 2.0**53]),
)


@st.composite
def columns(draw: st.DrawFn) -> Columns:
    rows = draw(st.integers(0, 100))

    def column(kind: str, items: st.SearchStrategy[Any]) -> "array[Any]":
        return array(kind, draw(st.lists(items, min_size=rows, max_size=rows)))

    word = st.integers(0, 2**32 - 1)
    return Columns(
        column("I", word),
        column("q", TIMES),
        column("q", draw(st.sampled_from([TIMES, st.just(0)]))),
        column("q", TIMES),
        column("d", VALUES),
        column("I", word),
    )


def bits(found: Columns) -> list[bytes]:
    return [column.tobytes() for column in found]


def result(unpack: Unpack, data: bytes, rows: int) -> list[bytes] | str:
    try:
        return bits(unpack(data, rows))
    except Inconsistent as error:
        return error.code


@given(columns())
def test_columns_come_back_bit_for_bit_both_ways(found: Columns) -> None:
    data, rows = plain.pack_columns(found), len(found.series)
    assert bits(plain.unpack_columns(data, rows)) == bits(found)
    assert bits(decoding.unpack_columns(data, rows)) == bits(found)


@given(columns(), st.data())
def test_both_agree_on_columns_that_were_tampered_with(found: Columns, data: st.DataObject) -> None:
    packed, rows = bytearray(plain.pack_columns(found)), len(found.series)
    for _ in range(data.draw(st.integers(0, 5))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    length = data.draw(st.integers(max(0, len(packed) - 20), len(packed)))
    rows += data.draw(st.sampled_from([0, 0, 0, 1, -1])) if rows else 0
    wrong = bytes(packed[: data.draw(st.sampled_from([length, len(packed)]))])
    assert result(plain.unpack_columns, wrong, rows) == result(decoding.unpack_columns, wrong, rows)


@given(st.binary(max_size=200), st.integers(0, 6))
def test_both_agree_on_any_bytes(data: bytes, rows: int) -> None:
    assert result(plain.unpack_columns, data, rows) == result(decoding.unpack_columns, data, rows)


@given(st.lists(st.integers(-(10**7), 10**7), min_size=8, max_size=60), st.integers(0, 6))
def test_decimals_are_stored_as_such(numbers: list[int], count: int) -> None:
    values = array("d", [number / 10.0**count for number in numbers])
    found = plain.places(values)
    assert found is not None
    assert found <= count
