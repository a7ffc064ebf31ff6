"""Sparkplug B payloads and topics."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.wire.errors import Inconsistent, NotAFrame, TooLarge, WireError
from kernel.wire.sparkplug import (
    DataType,
    Metric,
    Payload,
    Scalar,
    Topic,
    decode_payload,
    encode_payload,
    parse_topic,
)

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def integers(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    low = -(1 << (bits - 1)) if signed else 0
    return st.integers(low, low + (1 << bits) - 1)


VALUES: dict[DataType, st.SearchStrategy[Scalar]] = {
    DataType.INT8: integers(8, signed=True),
    DataType.INT16: integers(16, signed=True),
    DataType.INT32: integers(32, signed=True),
    DataType.INT64: integers(64, signed=True),
    DataType.UINT32: integers(32, signed=False),
    DataType.UINT64: integers(64, signed=False),
    DataType.FLOAT: st.floats(width=32, allow_nan=False),
    DataType.DOUBLE: st.floats(allow_nan=False),
    DataType.BOOLEAN: st.booleans(),
    DataType.STRING: st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    DataType.BYTES: st.binary(max_size=20),
}


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    datatype = draw(st.sampled_from(sorted(VALUES)))
    return Metric(
        name=draw(words | st.just("")),
        value=draw(st.none() | VALUES[datatype]),
        datatype=datatype,
        timestamp_ms=draw(st.none() | st.integers(0, 2**64 - 1)),
        alias=draw(st.none() | st.integers(0, 2**64 - 1)),
        historical=draw(st.booleans()),
        properties=draw(
            st.dictionaries(
                words,
                st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | words,
                max_size=3,
            )
        ),
    )


@given(
    st.builds(
        Payload,
        st.none() | st.integers(0, 2**64 - 1),
        st.lists(metrics(), max_size=5).map(tuple),
        st.none() | st.integers(0, 255),
    )
)
def test_a_payload_comes_back(payload: Payload) -> None:
    assert decode_payload(encode_payload(payload)) == payload


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        decode_payload(data)
    except WireError as refusal:
        assert refusal.code == "inconsistent"  # noqa: PT017 - some random bytes are a payload


def test_bytes_written_by_hand_are_understood() -> None:
    """Field numbers as in the specification, not only as in our own table."""
    value = b"\x65" + struct.pack("<f", 21.5)  # field 12, 32 bits
    metric = b"\x0a\x04temp" + b"\x10\x05" + b"\x18\xe8\x07" + b"\x20\x09" + value
    data = b"\x08\xd0\x0f" + b"\x12" + bytes([len(metric)]) + metric + b"\x18\x07"
    assert decode_payload(data) == Payload(
        2000, (Metric("temp", 21.5, DataType.FLOAT, 1000, 5),), 7
    )


@pytest.mark.parametrize("raw", [0xFF, 0xFFFFFFFF])
def test_a_negative_byte_is_read_extended_or_not(raw: int) -> None:
    varint = b"\xff\x01" if raw == 0xFF else b"\xff\xff\xff\xff\x0f"
    metric = b"\x0a\x01x" + b"\x20\x01" + b"\x50" + varint
    found = decode_payload(b"\x12" + bytes([len(metric)]) + metric)
    assert found.metrics[0].value == -1


def test_a_data_set_is_seen_and_not_understood() -> None:
    metric = b"\x0a\x01x" + b"\x20\x10" + b"\x8a\x01\x02\x08\x01"
    found = decode_payload(b"\x12" + bytes([len(metric)]) + metric)
    assert (found.metrics[0].supported, found.metrics[0].value) == (False, None)


def test_infinity_and_nan_travel() -> None:
    sent = Payload(1, (Metric("a", math.inf, 9), Metric("b", math.nan, 10)), 0)
    first, second = decode_payload(encode_payload(sent)).metrics
    assert first.value == math.inf
    assert isinstance(second.value, float)
    assert math.isnan(second.value)


@pytest.mark.parametrize(
    "metric",
    [
        Metric("x", 200, DataType.INT8),
        Metric("x", "text", DataType.DOUBLE),
        Metric("x", 2**32, DataType.UINT32),
        Metric("x", 1.0, 16),
        Metric("x", 1.0, DataType.UNKNOWN),
    ],
)
def test_a_value_that_does_not_fit_is_not_sent(metric: Metric) -> None:
    with pytest.raises(Inconsistent):
        encode_payload(Payload(1, (metric,), 0))


def test_a_payload_too_large_is_refused() -> None:
    with pytest.raises(TooLarge):
        decode_payload(bytes(3_000_000))
    with pytest.raises(TooLarge):
        decode_payload(b"\x12\x00" * 50_001)


@pytest.mark.parametrize(
    "topic", [Topic("g", "NBIRTH", "n"), Topic("g", "DDATA", "n", "d"), Topic("g g", "NDEATH", "ü")]
)
def test_a_topic_comes_back(topic: Topic) -> None:
    assert parse_topic(str(topic)) == topic


@pytest.mark.parametrize(
    "topic",
    ["", "a/b", "spBv1.0/STATE/host", "spAv1.0/g/NDATA/n", "spBv1.0/g/NDATA/n/d", "spBv1.0/g/DDATA/n",
     "spBv1.0/g/DDATA/n/", "spBv1.0/g/NDATA/n/d/e"],
)  # fmt: skip
def test_another_topic_is_refused(topic: str) -> None:
    with pytest.raises(NotAFrame):
        parse_topic(topic)
