"""Frames: the columnar batches of readings that an edge agent sends, byte for byte the same until acked.

A frame is an envelope (`kernel.wire.envelope`) of kind "F". Its body is a MessagePack array, not compressed:

    index  what           type
    0      epoch          bin 16, the UUID of the agent's buffer
    1      lane           str, "live" or "backlog"
    2      seq            uint, counts from 0 in its epoch and lane
    3      again          bool, the rows may have been sent before under another number
    4      content        bin, packed (see the envelope): an array of

           0  schema_hash    bin 8, of the schema the series numbers refer to
           1  cut_at_us      int, µs since 1970 when the frame was cut, by the agent's clock
           2  rows           uint n, 0..65,536; 0 only where something is dropped or a gap
           3  columns        bin, see `kernel.wire.columns`
           4  odd            map row → value that is no double; the row's value is then NaN
           5  dropped        uint, readings given up by a full buffer since the frame before, mostly 0
           6  gaps           array of gaps, mostly empty; see `kernel.wire.gaps`

Columns are series (index into the schema's tags), ts (time at the source), server_ts (time at the device's
server, 0 unknown), edge_ts (when the agent took it), value (IEEE 754 double) and quality (OPC UA StatusCode,
0 is Good); times in µs since 1970.

`odd` holds booleans of number tags, strings, null, integers beyond ±2^53 (beyond 64 bits as hexadecimal
text) and arrays of such; a double that is NaN or infinite travels in `value` as it is. What becomes of
such values is the platform's decision, so that nothing is lost without a reason on record.

The content is made when readings are cut into a frame, its number when the frame is first sent: what a full
buffer gives up before that leaves no hole. `again` is set where a buffer file was restored, repaired or
renumbered: the platform then stores only those rows it does not have.
"""

from array import array
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import msgpack

from kernel.wire.columns import TIME_MAX, Columns, Unpack, pack_columns, unpack_columns
from kernel.wire.envelope import (
    MESSAGE_BYTES_MAX,
    KeyOf,
    Kind,
    loaded,
    opened,
    pack,
    sign,
    unpack,
    verified,
)
from kernel.wire.errors import Inconsistent, TooLarge, WireError
from kernel.wire.fields import epoch_of, octets, text, whole
from kernel.wire.gaps import Gap, check_gaps, pack_gaps, read_gaps

__all__ = [
    "LANES",
    "ROWS_MAX",
    "Frame",
    "OddValue",
    "Place",
    "WireError",
    "ack_topic",
    "decode_frame",
    "encode_frame",
    "frame_topic",
    "pack_content",
    "read_content",
    "reread_frame",
    "schema_topic",
    "seal_content",
    "status_topic",
]

LANES = ("live", "backlog")
ROWS_MAX = 65_536
SCHEMA_HASH_BYTES = 8
# Leaves room for the head and the number around it.
CONTENT_BYTES_MAX = MESSAGE_BYTES_MAX - 1024

_BODY_FIELDS = 5
_CONTENT_FIELDS = 7
# More than a gateway can ever give up; sums of such stay far within 64 bits.
DROPPED_MAX = 2**40
_SEQ_MAX = 2**63 - 2  # an int8multirange's upper bound is exclusive
_ODD_TEXT_LENGTH_MAX = 65_536
_ODD_ITEMS_MAX = 4096

OddValue = bool | str | int | None | list[Any]


@dataclass(frozen=True)
class Frame:
    """One batch of readings; all columns have the same length.

    Attributes:
        agent: id of the edge agent.
        epoch: UUID of its buffer.
        lane: `live` or `backlog`.
        seq: number in its epoch and lane, from 0.
        schema_hash: 8 bytes, of the schema that `series` refers to.
        cut_at_us: when the frame was cut, µs since 1970.
        series: index into the schema's tags, per row.
        ts: time at the source, µs.
        server_ts: time at the device's server, µs, 0 when unknown.
        edge_ts: when the agent took the reading, µs.
        value: the readings.
        quality: OPC UA StatusCode, 0 is Good.
        odd: row → value that is no double; `value` is NaN there.
        dropped: how many readings a full buffer gave up since the frame before.
        gaps: where readings may be missing that were never taken, or were given up.
        again: the rows may have been sent before under another number.
    """

    agent: str
    epoch: UUID
    lane: str
    seq: int
    schema_hash: bytes
    cut_at_us: int
    series: "array[int]"
    ts: "array[int]"
    server_ts: "array[int]"
    edge_ts: "array[int]"
    value: "array[float]"
    quality: "array[int]"
    odd: dict[int, OddValue] = field(default_factory=dict)
    dropped: int = 0
    gaps: tuple[Gap, ...] = ()
    again: bool = False

    def __len__(self) -> int:
        return len(self.series)


class Place(NamedTuple):
    """Where a frame's content stands: whose it is and its number."""

    agent: str
    epoch: UUID
    lane: str
    seq: int
    again: bool = False


def frame_topic(agent: str) -> str:
    """MQTT topic an agent publishes frames on."""
    return f"fw/v1/{agent}/frames"


def schema_topic(agent: str) -> str:
    """MQTT topic an agent publishes its schema on."""
    return f"fw/v1/{agent}/schema"


def status_topic(agent: str) -> str:
    """MQTT topic an agent publishes its status on."""
    return f"fw/v1/{agent}/status"


def client_id_of(agent: str) -> str:
    """Return the client id with which an agent signs in to the platform's broker."""
    return f"fw-{agent}"


def ack_topic(agent: str) -> str:
    """MQTT topic the platform acknowledges on."""
    return f"fw/v1/{agent}/acks"


def encode_frame(frame: Frame, key: bytes) -> bytes:
    """Return the frame's bytes, signed with the agent's key.

    Raises:
        Inconsistent: a field is out of range or the columns differ in length.
        TooLarge: more rows or bytes than the protocol allows.
    """
    place = Place(frame.agent, frame.epoch, frame.lane, frame.seq, frame.again)
    return seal_content(place, pack_content(frame), key)


def pack_content(frame: Frame) -> bytes:
    """Return what is in a frame, whatever its number will be; `seal_content` makes it a frame.

    Raises:
        Inconsistent, TooLarge: as `encode_frame`.
    """
    _check(frame)
    for times in (frame.ts, frame.server_ts, frame.edge_ts):
        if times and (max(times) > TIME_MAX or min(times) < -TIME_MAX):
            raise Inconsistent("a time is out of range")
    columns = Columns(
        frame.series, frame.ts, frame.server_ts, frame.edge_ts, frame.value, frame.quality
    )
    content = pack(
        [
            frame.schema_hash,
            frame.cut_at_us,
            len(frame),
            pack_columns(columns),
            frame.odd,
            frame.dropped,
            pack_gaps(frame.gaps),
        ]
    )
    if len(content) > CONTENT_BYTES_MAX:
        raise TooLarge(f"a frame of {len(content)} bytes is larger than the protocol allows")
    return content


def seal_content(place: Place, content: bytes, key: bytes) -> bytes:
    """Return the signed frame of a content; the same place and content give the same bytes.

    Raises:
        Inconsistent, TooLarge: as `encode_frame`.
    """
    _check_place(place)
    body = [place.epoch.bytes, place.lane, place.seq, place.again, content]
    return sign(Kind.FRAME, place.agent, msgpack.packb(body, use_bin_type=True), key)


def decode_frame(data: bytes, key_of: KeyOf, unpack_columns: Unpack = unpack_columns) -> Frame:
    """Verify and read a frame.

    Args:
        data: the message.
        key_of: returns the key of an agent id, or None when there is no such agent.
        unpack_columns: does what the function of that name does; a platform with NumPy has a faster one.

    Raises:
        WireError: a subclass whose `code` is not_a_frame, unknown_version, truncated, unknown_agent,
            bad_signature, too_large or inconsistent. No other exception, whatever the bytes.
    """
    return _frame_of(*verified(Kind.FRAME, data, key_of), unpack_columns)


def reread_frame(data: bytes, unpack_columns: Unpack = unpack_columns) -> Frame:
    """Read a frame that `decode_frame` accepted before and that has been kept since; no key is needed.

    Raises:
        WireError: the bytes are not what they were.
    """
    return _frame_of(*opened(Kind.FRAME, data), unpack_columns)


def _frame_of(agent: str, body: memoryview, unpack_columns: Unpack) -> Frame:
    fields = loaded(body)
    if not isinstance(fields, list) or len(fields) != _BODY_FIELDS:
        raise Inconsistent(f"a frame's body has {_BODY_FIELDS} fields")
    epoch, lane, seq, again, content = fields
    if not isinstance(again, bool) or not isinstance(content, bytes):
        raise Inconsistent("a frame's body has fields of other types")
    place = Place(agent, epoch_of(epoch), text(lane, "lane"), seq, again)
    _check_place(place)
    return read_content(place, content, unpack_columns)


def read_content(place: Place, content: bytes, unpack_columns: Unpack = unpack_columns) -> Frame:
    """Return the frame of a content that `pack_content` made.

    Raises:
        Inconsistent, TooLarge: it is none.
    """
    fields = unpack(content)
    if not isinstance(fields, list) or len(fields) != _CONTENT_FIELDS:
        raise Inconsistent(f"a frame's content has {_CONTENT_FIELDS} fields")
    schema_hash, cut_at_us, count, columns, odd, dropped, gaps = fields
    rows = whole(count, "rows", 0, ROWS_MAX)
    if not isinstance(odd, dict) or not isinstance(columns, bytes):
        raise Inconsistent("a frame's content has fields of other types")
    series, ts, server_ts, edge_ts, value, quality = unpack_columns(columns, rows)
    frame = Frame(
        agent=place.agent,
        epoch=place.epoch,
        lane=place.lane,
        seq=place.seq,
        schema_hash=octets(schema_hash, "schema_hash", SCHEMA_HASH_BYTES),
        cut_at_us=whole(cut_at_us, "cut_at_us", -TIME_MAX, TIME_MAX),
        series=series,
        ts=ts,
        server_ts=server_ts,
        edge_ts=edge_ts,
        value=value,
        quality=quality,
        odd=odd,
        dropped=dropped,
        gaps=read_gaps(gaps),
        again=place.again,
    )
    _check(frame)
    return frame


def _check_place(place: Place) -> None:
    if place.lane not in LANES:
        raise Inconsistent(f"lane is none of {', '.join(LANES)}")
    whole(place.seq, "seq", 0, _SEQ_MAX)


def _check(frame: Frame) -> None:
    rows = len(frame.series)
    if rows > ROWS_MAX:
        raise TooLarge(f"{rows} rows; at most {ROWS_MAX} are allowed")
    columns = (frame.ts, frame.server_ts, frame.edge_ts, frame.value, frame.quality)
    if any(len(column) != rows for column in columns):
        raise Inconsistent("a frame's columns have one length")
    whole(frame.dropped, "dropped", 0, DROPPED_MAX)
    check_gaps(frame.gaps)
    if not (rows or frame.dropped or frame.gaps):
        raise Inconsistent("a frame has rows, or says what was dropped or is missing")
    octets(frame.schema_hash, "schema_hash", SCHEMA_HASH_BYTES)
    for row, value in frame.odd.items():
        whole(row, "a row of odd", 0, rows - 1)
        if frame.value[row] == frame.value[row]:
            raise Inconsistent(f"row {row} has both a number and an odd value")
        _check_odd(value, 0)


def _check_odd(value: Any, depth: int) -> None:
    if value is None or (isinstance(value, int) and -(2**63) <= value < 2**64):
        return
    if isinstance(value, str) and len(value) <= _ODD_TEXT_LENGTH_MAX:
        return
    if isinstance(value, list) and len(value) <= _ODD_ITEMS_MAX and depth == 0:
        for item in value:
            if not isinstance(item, float):
                _check_odd(item, depth + 1)
        return
    raise Inconsistent("an odd value is no boolean, text, integer, null or short array of such")
