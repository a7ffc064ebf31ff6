"""Frames: the columnar batches of readings that an edge agent sends, byte for byte the same until acked.

A frame is an envelope (`kernel.wire.envelope`) of kind "F". Its body is one MessagePack array:

    index  what           type
    0      epoch          bin 16, the UUID of the agent's buffer file
    1      lane           str, "live" or "backlog"
    2      seq            uint, counts from 0 in its epoch and lane
    3      schema_hash    bin 8, of the schema the series numbers refer to
    4      cut_at_us      int, µs since 1970 when the frame was cut, by the agent's clock
    5      rows           uint n, 0..65,536; 0 only where something is dropped or a gap
    6      series         bin 4n, uint32: index into the schema's tags
    7      ts             bin 8n, int64 µs, time at the source; delta coded
    8      server_ts      bin 8n, int64 µs, time at the device's server, 0 unknown; delta coded
    9      edge_ts        bin 8n, int64 µs, when the agent took it; delta coded
    10     value          bin 8n, IEEE 754 double
    11     quality        bin 4n, uint32: OPC UA StatusCode, 0 is Good
    12     odd            map row → value that is no double; the row's value is then NaN
    13     dropped        uint, readings given up by a full buffer in this place, mostly 0
    14     gaps           array of gaps, mostly empty; see `kernel.wire.gaps`

Columns are little-endian. Delta coded: the first number, then each one's difference from the one before.
`odd` holds booleans of number tags, strings, null, integers beyond ±2^53 (beyond 64 bits as hexadecimal
text) and arrays of such; a double that is NaN or infinite travels in `value` as it is. What becomes of
such values is the platform's decision, so that nothing is lost without a reason on record.

A frame given up by a full buffer before it was ever sent leaves its number to one without rows that says how
many readings it held and where they are missing, so that a lane has no hole for ever.
"""

import sys
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any
from uuid import UUID

from kernel.wire.envelope import KeyOf, Kind, reopen, seal, unseal
from kernel.wire.errors import Inconsistent, TooLarge, WireError
from kernel.wire.fields import epoch_of, octets, text, whole
from kernel.wire.gaps import Gap, check_gaps, pack_gaps, read_gaps

__all__ = [
    "LANES",
    "ROWS_MAX",
    "TIME_MAX",
    "Frame",
    "OddValue",
    "TimesOf",
    "WireError",
    "ack_topic",
    "decode_frame",
    "encode_frame",
    "frame_topic",
    "reread_frame",
    "schema_topic",
    "status_topic",
    "times_of",
]

LANES = ("live", "backlog")
ROWS_MAX = 65_536
SCHEMA_HASH_BYTES = 8

_FIELDS = 15
_U32_MAX = 0xFFFF_FFFF
_SEQ_MAX = 2**63 - 2  # an int8multirange's upper bound is exclusive
TIME_MAX = 2**62 - 1  # so that the difference of two times fits into 64 bits
_ODD_TEXT_LENGTH_MAX = 65_536
_ODD_ITEMS_MAX = 4096

TimesOf = Callable[["array[int]"], "array[int]"]
OddValue = bool | str | int | None | list[Any]


@dataclass(frozen=True)
class Frame:
    """One batch of readings; all columns have the same length.

    Attributes:
        agent: id of the edge agent.
        epoch: UUID of its buffer file.
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
        dropped: how many readings a full buffer gave up in this place.
        gaps: where readings may be missing that were never taken, or were given up.
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

    def __len__(self) -> int:
        return len(self.series)


def frame_topic(agent: str) -> str:
    """MQTT topic an agent publishes frames on."""
    return f"fw/v1/{agent}/frames"


def schema_topic(agent: str) -> str:
    """MQTT topic an agent publishes its schema on."""
    return f"fw/v1/{agent}/schema"


def status_topic(agent: str) -> str:
    """MQTT topic an agent publishes its status on."""
    return f"fw/v1/{agent}/status"


def ack_topic(agent: str) -> str:
    """MQTT topic the platform acknowledges on."""
    return f"fw/v1/{agent}/acks"


def encode_frame(frame: Frame, key: bytes) -> bytes:
    """Return the frame's bytes, signed with the agent's key.

    Raises:
        Inconsistent: a field is out of range or the columns differ in length.
        TooLarge: more rows or bytes than the protocol allows.
    """
    _check(frame)
    for times in (frame.ts, frame.server_ts, frame.edge_ts):
        _check_times(times)
    body = [
        frame.epoch.bytes,
        frame.lane,
        frame.seq,
        frame.schema_hash,
        frame.cut_at_us,
        len(frame),
        _column(frame.series),
        _deltas(frame.ts),
        _deltas(frame.server_ts),
        _deltas(frame.edge_ts),
        _column(frame.value),
        _column(frame.quality),
        frame.odd,
        frame.dropped,
        pack_gaps(frame.gaps),
    ]
    return seal(Kind.FRAME, frame.agent, body, key)


def times_of(deltas: "array[int]") -> "array[int]":
    """Return the times of a delta-coded column.

    Raises:
        Inconsistent: a time is out of range.
    """
    try:
        times = array("q", accumulate(deltas))
    except OverflowError:
        raise Inconsistent("a time is out of range") from None
    return _check_times(times)


def decode_frame(data: bytes, key_of: KeyOf, times_of: TimesOf = times_of) -> Frame:
    """Verify and read a frame.

    Args:
        data: the message.
        key_of: returns the key of an agent id, or None when there is no such agent.
        times_of: does what the function of that name does; a platform with NumPy has a faster one.

    Raises:
        WireError: a subclass whose `code` is not_a_frame, unknown_version, truncated, unknown_agent,
            bad_signature, too_large or inconsistent. No other exception, whatever the bytes.
    """
    return _frame_of(*unseal(Kind.FRAME, data, key_of), times_of)


def reread_frame(data: bytes, times_of: TimesOf = times_of) -> Frame:
    """Read a frame that `decode_frame` accepted before and that has been kept since; no key is needed.

    Raises:
        WireError: the bytes are not what they were.
    """
    return _frame_of(*reopen(Kind.FRAME, data), times_of)


def _frame_of(agent: str, body: Any, times_of: TimesOf) -> Frame:
    if not isinstance(body, list) or len(body) != _FIELDS:
        raise Inconsistent(f"a frame's body has {_FIELDS} fields")
    rows = whole(body[5], "rows", 0, ROWS_MAX)
    odd = body[12]
    if not isinstance(odd, dict):
        raise Inconsistent("odd is not a map")
    frame = Frame(
        agent=agent,
        epoch=epoch_of(body[0]),
        lane=text(body[1], "lane"),
        seq=whole(body[2], "seq", 0, _SEQ_MAX),
        schema_hash=octets(body[3], "schema_hash", SCHEMA_HASH_BYTES),
        cut_at_us=whole(body[4], "cut_at_us", -TIME_MAX, TIME_MAX),
        series=_array("I", body[6], "series", rows),
        ts=times_of(_array("q", body[7], "ts", rows)),
        server_ts=times_of(_array("q", body[8], "server_ts", rows)),
        edge_ts=times_of(_array("q", body[9], "edge_ts", rows)),
        value=_array("d", body[10], "value", rows),
        quality=_array("I", body[11], "quality", rows),
        odd=odd,
        dropped=body[13],
        gaps=read_gaps(body[14]),
    )
    _check(frame)
    return frame


def _check(frame: Frame) -> None:
    rows = len(frame.series)
    if rows > ROWS_MAX:
        raise TooLarge(f"{rows} rows; at most {ROWS_MAX} are allowed")
    columns = (frame.ts, frame.server_ts, frame.edge_ts, frame.value, frame.quality)
    if any(len(column) != rows for column in columns):
        raise Inconsistent("a frame's columns have one length")
    whole(frame.dropped, "dropped", 0, _SEQ_MAX)
    check_gaps(frame.gaps)
    if not (rows or frame.dropped or frame.gaps):
        raise Inconsistent("a frame has rows, or says what was dropped or is missing")
    if frame.lane not in LANES:
        raise Inconsistent(f"lane is none of {', '.join(LANES)}")
    whole(frame.seq, "seq", 0, _SEQ_MAX)
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


def _column(numbers: "array[Any]") -> bytes:
    if sys.byteorder == "big":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers.tobytes()


def _deltas(times: "array[int]") -> bytes:
    first: Iterable[int] = times[:1]
    return _column(array("q", [*first, *(after - before for before, after in pairwise(times))]))


def _array(typecode: str, data: Any, name: str, rows: int) -> "array[Any]":
    numbers: array[Any] = array(typecode)
    numbers.frombytes(octets(data, name, rows * numbers.itemsize))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _check_times(times: "array[int]") -> "array[int]":
    if times and (max(times) > TIME_MAX or min(times) < -TIME_MAX):
        raise Inconsistent("a time is out of range")
    return times
