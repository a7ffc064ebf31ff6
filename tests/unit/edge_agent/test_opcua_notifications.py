"""PublishResponses: what is read from the bytes is what asyncua reads, and garbage is said to be some."""

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.sources.opcua.notifications import (
    Undecodable,
    decode_publish,
    decode_republish,
    to_us,
)

V = ua.VariantType
_INTEGERS = {
    V.SByte: 8, V.Int16: 16, V.Int32: 32, V.Int64: 64, V.Byte: -8, V.UInt16: -16, V.UInt32: -32, V.UInt64: -64
}  # fmt: skip


def _integers(bits: int) -> st.SearchStrategy[int]:
    return (
        st.integers(0, 2**-bits - 1)
        if bits < 0
        else st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    )


TIMES = st.none() | st.integers(0, 3_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
VARIANTS = st.one_of(
    st.floats(allow_nan=False).map(lambda v: ua.Variant(v, V.Double)),
    st.floats(width=32, allow_nan=False).map(lambda v: ua.Variant(v, V.Float)),
    st.booleans().map(lambda v: ua.Variant(v, V.Boolean)),
    st.text(max_size=20).map(lambda v: ua.Variant(v, V.String)),
    st.lists(st.floats(allow_nan=False), max_size=5).map(
        lambda v: ua.Variant(v, V.Double, is_array=True)
    ),
    *(_integers(bits).map(lambda v, k=kind: ua.Variant(v, k)) for kind, bits in _INTEGERS.items()),
)


@st.composite
def items(draw: st.DrawFn) -> ua.MonitoredItemNotification:
    item = ua.MonitoredItemNotification()
    item.ClientHandle = draw(st.integers(0, 2**32 - 1))
    item.Value = ua.DataValue(
        draw(st.none() | VARIANTS),
        draw(st.none() | st.integers(0, 2**32 - 1).map(ua.StatusCode)),
        draw(TIMES),
        draw(TIMES),
        None,  # asyncua puts them behind the server time, against the standard
        draw(st.none() | st.integers(0, 9999)),
    )
    return item


def response(found: list[Any], available: list[int], sequence: int = 7) -> ua.PublishResponse:
    made = ua.PublishResponse()
    made.Parameters.SubscriptionId = 5
    made.Parameters.AvailableSequenceNumbers = available
    made.Parameters.NotificationMessage.SequenceNumber = sequence
    made.Parameters.NotificationMessage.PublishTime = datetime(2026, 1, 2, tzinfo=UTC)
    if found:
        change = ua.DataChangeNotification()
        change.MonitoredItems = found
        made.Parameters.NotificationMessage.NotificationData = [change]
    return made


def _us(moment: datetime | None) -> int:
    return (
        0
        if moment is None
        else (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(items(), max_size=8), st.lists(st.integers(0, 2**32 - 1), max_size=5))
def test_every_kind_of_value_is_read_as_asyncua_reads_it(
    found: list[Any], available: list[int]
) -> None:
    data = struct_to_binary(response(found, available))
    read = decode_publish(data)
    theirs = struct_from_binary(ua.PublishResponse, Buffer(data)).Parameters
    assert (read.subscription, read.sequence, read.available) == (5, 7, available)
    assert read.keep_alive == (not found)
    notified = [i for n in theirs.NotificationMessage.NotificationData for i in n.MonitoredItems]
    assert len(read.changes) == len(notified) == len(found)
    for change, item in zip(read.changes, notified, strict=True):
        value = None if item.Value.Value is None else item.Value.Value.Value
        status = 0 if item.Value.StatusCode is None else item.Value.StatusCode.value
        times = _us(item.Value.SourceTimestamp), _us(item.Value.ServerTimestamp)
        assert change == (item.ClientHandle, value, status, *times)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_undecodable(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_publish(data)


@settings(max_examples=100, deadline=None)
@given(st.lists(items(), min_size=1, max_size=4), st.data())
def test_a_damaged_response_is_read_or_refused_and_nothing_else(
    found: list[Any], data: st.DataObject
) -> None:
    whole = struct_to_binary(response(found, [1]))
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    damaged = (
        whole[:at]
        if cut
        else whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]
    )
    try:
        decode_publish(damaged)
    except Undecodable:
        return
    assert (
        not cut or at == len(whole) - 4 or at >= len(whole) - 12
    )  # only what is not looked at may be cut


def test_faults_status_changes_and_keep_alives() -> None:
    fault = ua.ServiceFault()
    fault.ResponseHeader.ServiceResult = ua.StatusCode(ua.StatusCodes.BadNoSubscription)
    assert decode_publish(struct_to_binary(fault)).fault == ua.StatusCodes.BadNoSubscription
    ended = response([], [])
    ended.Parameters.NotificationMessage.NotificationData = [
        ua.StatusChangeNotification(ua.StatusCode(ua.StatusCodes.BadTimeout))
    ]
    read = decode_publish(struct_to_binary(ended))
    assert (read.ended, read.keep_alive) == (ua.StatusCodes.BadTimeout, False)
    assert decode_publish(struct_to_binary(response([], []))).keep_alive
    assert read.publish_us == _us(datetime(2026, 1, 2, tzinfo=UTC))


def test_a_republished_message_is_read() -> None:
    item = ua.MonitoredItemNotification()
    item.ClientHandle, item.Value = 3, ua.DataValue(ua.Variant(1.5, V.Double))
    again = ua.RepublishResponse()
    again.NotificationMessage = response([item], []).Parameters.NotificationMessage
    read = decode_republish(struct_to_binary(again))
    assert (read.sequence, [c[:2] for c in read.changes]) == (7, [(3, 1.5)])
    with pytest.raises(Undecodable):
        decode_publish(struct_to_binary(again))


def test_a_length_that_lies_takes_no_memory() -> None:
    data = bytearray(struct_to_binary(response([], [1, 2, 3])))
    at = data.index((3).to_bytes(4, "little") + (1).to_bytes(4, "little"))
    data[at : at + 4] = (2**31 - 1).to_bytes(4, "little")
    with pytest.raises(Undecodable, match="length"):
        decode_publish(bytes(data))


def test_times_before_1970_are_none() -> None:
    assert to_us(0) == to_us(-5) == to_us(116_444_736_000_000_000) == 0
    assert to_us(116_444_736_000_000_010) == 1


def test_picoseconds_stand_behind_their_own_time() -> None:
    # OPC UA part 6, 5.2.2.17: value, status, source time and its picoseconds, server time and its own.
    epoch = 116_444_736_000_000_000
    packed = struct.pack("<IBBdqHqH", 9, 0x3D, 11, 2.5, epoch + 10, 77, epoch + 20, 88)
    marker = ua.MonitoredItemNotification()
    marker.ClientHandle, marker.Value = 9, ua.DataValue(ua.Variant(0.0, V.Double), None)
    whole = struct_to_binary(response([marker], []))
    item = struct.pack("<IBBd", 9, 0x01, 11, 0.0)
    at = whole.index(item)
    longer = len(packed) - len(item)
    size_at = at - 8  # length of the notification, then the number of items
    size = int.from_bytes(whole[size_at : size_at + 4], "little") + longer
    data = (
        whole[:size_at]
        + struct.pack("<i", size)
        + whole[size_at + 4 : at]
        + packed
        + whole[at + len(item) :]
    )
    assert decode_publish(data).changes == [(9, 2.5, 0, 1, 2)]
    odd = (
        packed[:5] + bytes([12]) + struct.pack("<i", 2) + b"ab" + packed[14:]
    )  # a text takes the other way
    data = data.replace(packed, odd).replace(struct.pack("<i", size), struct.pack("<i", size - 2))
    assert decode_publish(data).changes == [(9, "ab", 0, 1, 2)]
