"""PublishResponses read from their bytes: the one place where an edge agent's speed is decided.

asyncua builds several objects per value; here a value becomes one tuple. Everything but the common scalar
types is handed to asyncua's decoder, value by value, so that there is one truth about the rare ones.
Source of the layout: OPC UA part 6, "OPC UA Binary"; part 4, "Publish" and "NotificationMessage".
"""

import struct
from dataclasses import dataclass, field
from typing import Any

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, variant_from_binary

# 100 ns since 1601, as OPC UA has them, at 1970.
_EPOCH_TICKS = 116_444_736_000_000_000

_PUBLISH_RESPONSE = ua.ObjectIds.PublishResponse_Encoding_DefaultBinary
_REPUBLISH_RESPONSE = ua.ObjectIds.RepublishResponse_Encoding_DefaultBinary
_SERVICE_FAULT = ua.ObjectIds.ServiceFault_Encoding_DefaultBinary
_DATA_CHANGE = ua.ObjectIds.DataChangeNotification_Encoding_DefaultBinary
_STATUS_CHANGE = ua.ObjectIds.StatusChangeNotification_Encoding_DefaultBinary

# Bits of a DataValue's encoding mask.
_HAS_VALUE, _HAS_STATUS, _HAS_SOURCE, _HAS_SERVER = 1, 2, 4, 8
_HAS_SOURCE_PICO, _HAS_SERVER_PICO = 16, 32
# Built-in types whose value has one size: number → how `struct` calls it.
_SCALARS = {
    1: "?",
    2: "b",
    3: "B",
    4: "h",
    5: "H",
    6: "i",
    7: "I",
    8: "q",
    9: "Q",
    10: "f",
    11: "d",
}

_U32, _I32, _U16 = struct.Struct("<I"), struct.Struct("<i"), struct.Struct("<H")
_RESPONSE_HEADER = struct.Struct("<qII")
_MESSAGE_HEADER = struct.Struct("<Iq")
_HANDLE_AND_MASK = struct.Struct("<IB")
# What may follow a value, in this order.
_AFTER_VALUE = (
    (_HAS_STATUS, struct.Struct("<I")),
    (_HAS_SOURCE, struct.Struct("<q")),
    (_HAS_SOURCE_PICO, struct.Struct("<H")),
    (_HAS_SERVER, struct.Struct("<q")),
    (_HAS_SERVER_PICO, struct.Struct("<H")),
)


# handle, value, status code, source time and server time in µs since 1970 (0: none). A plain tuple, for there
# are tens of thousands a second.
Change = tuple[int, Any, int, int, int]


@dataclass
class Notification:
    """What one PublishResponse says.

    Attributes:
        fault: status code of the whole response; 0 when it is good.
        subscription: whose it is.
        available: sequence numbers the server can send again.
        sequence: of this message; of a keep-alive, the number the next message will have.
        publish_us: when the server made it.
        changes: the values, in the server's order; see `Change`.
        ended: status code with which the server ended the subscription; None when it did not.
        keep_alive: it carries nothing but the sequence number.
    """

    fault: int = 0
    subscription: int = 0
    available: list[int] = field(default_factory=list)
    sequence: int = 0
    publish_us: int = 0
    changes: list[Change] = field(default_factory=list)
    ended: int | None = None
    keep_alive: bool = True


class Undecodable(ValueError):
    """The bytes are no PublishResponse."""


def decode_publish(data: bytes) -> Notification:
    """Read a PublishResponse.

    Raises:
        Undecodable: it is none.
    """
    return _guarded(_Reader(data).publish)


def decode_republish(data: bytes) -> Notification:
    """Read a RepublishResponse.

    Raises:
        Undecodable: it is none.
    """
    return _guarded(_Reader(data).republish)


def _guarded(read: Any) -> Notification:
    try:
        found: Notification = read()
    except (struct.error, IndexError, ValueError, OverflowError, ua.UaError) as error:
        raise Undecodable(f"{type(error).__name__}: {error}") from None
    return found


def to_us(ticks: int) -> int:
    """Return µs since 1970; 0 for a time before, as devices without a clock send."""
    return (ticks - _EPOCH_TICKS) // 10 if ticks > _EPOCH_TICKS else 0


class _Reader:
    """A position in the bytes of one response."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def publish(self) -> Notification:
        found = Notification()
        if self._header(_PUBLISH_RESPONSE, found):
            found.subscription = self._u32()
            found.available = [self._u32() for _ in range(self._count(4))]
            self._at += 1  # MoreNotifications: the next response has them
            self._message(found)
        return found

    def republish(self) -> Notification:
        found = Notification()
        if self._header(_REPUBLISH_RESPONSE, found):
            self._message(found)
        return found

    def _header(self, expected: int, found: Notification) -> bool:
        """Read type and response header; returns whether the response is good and of that type."""
        kind = self._numeric_node()
        _, _, found.fault = _RESPONSE_HEADER.unpack_from(self._data, self._at)
        self._at += _RESPONSE_HEADER.size
        self._skip_diagnostics()
        for _ in range(self._count(4)):
            self._skip_bytes()
        self._numeric_node()
        if self._byte():  # an additional header; no known server sends one
            self._skip_bytes()
        if kind == _SERVICE_FAULT or found.fault:
            found.fault = found.fault or ua.StatusCodes.BadUnknownResponse
            return False
        if kind != expected:
            raise Undecodable(f"a response of type i={kind}")
        return True

    def _message(self, found: Notification) -> None:
        found.sequence, published = _MESSAGE_HEADER.unpack_from(self._data, self._at)
        found.publish_us = to_us(published)
        self._at += _MESSAGE_HEADER.size
        for _ in range(self._count(1)):
            found.keep_alive = False
            kind, encoding = self._numeric_node(), self._byte()
            end = (self._count(1) if encoding else 0) + self._at
            if kind == _DATA_CHANGE:
                self._changes(found.changes)
            elif kind == _STATUS_CHANGE:
                found.ended = self._u32()
            self._at = end

    def _changes(self, changes: list[Change]) -> None:
        data, count, epoch = self._data, self._count(5), _EPOCH_TICKS
        at = self._at
        for _ in range(count):
            mask = data[at + 4]
            layout = _LAYOUTS.get(mask | data[at + 5] << 8) if mask & _HAS_VALUE else None
            if layout is None:
                change, at = _rare(data, at)
                changes.append(change)
                continue
            fields, status, source, server = layout
            values = fields.unpack_from(data, at)
            at += fields.size
            from_source = values[source] if source else 0
            from_server = values[server] if server else 0
            changes.append(
                (
                    values[0],
                    values[1],
                    values[status] if status else 0,
                    (from_source - epoch) // 10 if from_source > epoch else 0,
                    (from_server - epoch) // 10 if from_server > epoch else 0,
                )
            )
        self._at = at

    def _numeric_node(self) -> int:
        """Read a NodeId; returns its number in namespace 0, -1 for any other."""
        form = self._data[self._at]
        if form == 0:
            self._at += 2
            return self._data[self._at - 1]
        if form == 1:
            self._at += 4
            number = _U16.unpack_from(self._data, self._at - 2)[0]
            return int(number) if self._data[self._at - 3] == 0 else -1
        buffer = Buffer(self._data, self._at)
        node = struct_from_binary(ua.NodeId, buffer)
        self._at = buffer.cur_pos
        numeric = node.NamespaceIndex == 0 and isinstance(node.Identifier, int)
        return int(node.Identifier) if numeric else -1

    def _skip_diagnostics(self) -> None:
        if self._data[self._at] == 0:
            self._at += 1
            return
        buffer = Buffer(self._data, self._at)
        struct_from_binary(ua.DiagnosticInfo, buffer)
        self._at = buffer.cur_pos

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _u32(self) -> int:
        self._at += 4
        return int(_U32.unpack_from(self._data, self._at - 4)[0])

    def _count(self, size: int) -> int:
        """Read a length; a null array or string counts as empty, one longer than the rest is refused."""
        count = int(_I32.unpack_from(self._data, self._at)[0])
        self._at += 4
        if count * size > len(self._data) - self._at:
            raise Undecodable(
                f"a length of {count} where {len(self._data) - self._at} bytes are left"
            )
        return max(0, count)

    def _skip_bytes(self) -> None:
        self._at += self._count(1)


def _rare(data: bytes, at: int) -> tuple[Change, int]:
    """Read a change whose value asyncua has to decode, or that has none; returns it and where it ends."""
    handle, mask = _HANDLE_AND_MASK.unpack_from(data, at)
    at += _HANDLE_AND_MASK.size
    value = None
    if mask & _HAS_VALUE:
        buffer = Buffer(data, at)
        value = variant_from_binary(buffer).Value
        at = buffer.cur_pos
    found = {}
    for bit, fields in _AFTER_VALUE:
        if mask & bit:
            (found[bit],) = fields.unpack_from(data, at)
            at += fields.size
    times = to_us(found.get(_HAS_SOURCE, 0)), to_us(found.get(_HAS_SERVER, 0))
    return (handle, value, found.get(_HAS_STATUS, 0), *times), at


def _layouts() -> dict[int, tuple[struct.Struct, int, int, int]]:
    """Return, by mask and type, how a change is packed and at which places its parts are then."""
    layouts = {}
    for mask in range(1, 64, 2):
        for kind, code in _SCALARS.items():
            text, places = "<Ixx" + code, 2
            found = dict.fromkeys((_HAS_STATUS, _HAS_SOURCE, _HAS_SERVER), 0)
            for bit, fields in _AFTER_VALUE:
                if mask & bit:
                    found[bit], places = places, places + 1
                    text += fields.format[1:]
            layouts[mask | kind << 8] = (
                struct.Struct(text), found[_HAS_STATUS], found[_HAS_SOURCE], found[_HAS_SERVER]
            )  # fmt: skip
    return layouts


_LAYOUTS = _layouts()
