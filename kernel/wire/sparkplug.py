"""Sparkplug B: topics and payloads, as edge nodes at a customer's site publish them.

Source: Sparkplug specification 3.0.0. Reading is tolerant where devices in the field differ (integers of 8
and 16 bits arrive sign-extended or not), and strict about what decides meaning (types, sizes).
"""

import json
import math
import zlib
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any

from google.protobuf.message import DecodeError

from kernel.wire.errors import Inconsistent, NotAFrame, TooLarge
from kernel.wire.sparkplug_fields import payload_class

NAMESPACE = "spBv1.0"
PAYLOAD_BYTES_MAX = 2 * 1024 * 1024
METRICS_MAX = 50_000
SEQ_MODULUS = 256
BD_SEQ = "bdSeq"
REBIRTH = "Node Control/Rebirth"
COMPRESSED = "SPBV1.0_COMPRESSED"

Scalar = bool | int | float | str | bytes | None


class DataType(IntEnum):
    """Sparkplug data types of scalar metrics; any other number is an unsupported metric."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    BYTES = 17


# Where a value of a type travels, and how wide it is when it is an integer.
_VALUE_FIELD = {
    DataType.INT8: "int_value",
    DataType.INT16: "int_value",
    DataType.INT32: "int_value",
    DataType.INT64: "long_value",
    DataType.UINT8: "int_value",
    DataType.UINT16: "int_value",
    DataType.UINT32: "int_value",
    DataType.UINT64: "long_value",
    DataType.FLOAT: "float_value",
    DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value",
    DataType.STRING: "string_value",
    DataType.DATETIME: "long_value",
    DataType.TEXT: "string_value",
    DataType.UUID: "string_value",
    DataType.BYTES: "bytes_value",
}
_SIGNED_BITS = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}


@dataclass(frozen=True)
class Topic:
    """`spBv1.0/group/kind/edge_node[/device]`; kind is NBIRTH, DDATA, NDEATH and so on."""

    group: str
    kind: str
    edge_node: str
    device: str = ""

    def __str__(self) -> str:
        device = f"/{self.device}" if self.device else ""
        return f"{NAMESPACE}/{self.group}/{self.kind}/{self.edge_node}{device}"


@dataclass(frozen=True)
class Metric:
    """One metric of a payload.

    Attributes:
        name: empty when only the alias was sent.
        value: None when null; `supported` tells that from a data set, template or array.
        datatype: a `DataType`, 0 when it was not sent (data messages may leave it to the birth).
        timestamp_ms: None when it was not sent.
        alias: None when it was not sent.
        historical: recorded earlier; not the present value.
        transient: of interest now, and not to be stored.
        supported: whether the value is a scalar that was understood.
        properties: such as Quality, engUnit, engLow, engHigh; scalars only.
    """

    name: str = ""
    value: Scalar = None
    datatype: int = DataType.UNKNOWN
    timestamp_ms: int | None = None
    alias: int | None = None
    historical: bool = False
    transient: bool = False
    supported: bool = True
    properties: dict[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Payload:
    """A Sparkplug B payload; `seq` is 0..255, None in deaths and commands."""

    timestamp_ms: int | None = None
    metrics: tuple[Metric, ...] = ()
    seq: int | None = None


def parse_topic(topic: str) -> Topic:
    """Read a topic of the Sparkplug B namespace.

    Raises:
        NotAFrame: it is another namespace's, or not of a node or device.
    """
    match topic.split("/"):
        case [namespace, group, kind, node] if namespace == NAMESPACE and kind[:1] == "N" and node:
            return Topic(group, kind, node)
        case [namespace, group, kind, node, device] if (
            namespace == NAMESPACE and kind[:1] == "D" and node and device
        ):
            return Topic(group, kind, node, device)
    raise NotAFrame(f"{topic!r} is no Sparkplug B topic of a node or device")


def rebirth_command(group: str, edge_node: str, now_us: int) -> tuple[str, bytes]:
    """Return topic and payload of the wish that an edge node be born again; not to be retained, QoS 0."""
    now_ms = now_us // 1000
    wish = Metric(REBIRTH, True, DataType.BOOLEAN, now_ms)  # noqa: FBT003 - its value
    return str(Topic(group, "NCMD", edge_node)), encode_payload(Payload(now_ms, (wish,)))


def state_message(host_id: str, since_us: int, *, online: bool) -> tuple[str, bytes]:
    """Return topic and payload that say whether a host application is there; retained, QoS 1.

    The will of a connection and the message that ends it have the time of its beginning.
    """
    said = json.dumps({"online": online, "timestamp": since_us // 1000})
    return f"{NAMESPACE}/STATE/{host_id}", said.encode()


def encode_payload(payload: Payload) -> bytes:
    """Return a payload's bytes.

    Raises:
        Inconsistent: a value does not fit its datatype.
    """
    message = _payload_class()()
    if payload.timestamp_ms is not None:
        message.timestamp = payload.timestamp_ms
    if payload.seq is not None:
        message.seq = payload.seq
    for metric in payload.metrics:
        _write_metric(message.metrics.add(), metric)
    data: bytes = message.SerializeToString()
    return data


def decode_payload(data: bytes) -> Payload:
    """Read a payload.

    Raises:
        TooLarge: more bytes or metrics than allowed.
        Inconsistent: the bytes are no Sparkplug B payload.
    """
    message = _parse(data)
    if message.uuid == COMPRESSED:
        message = _parse(_inflate(message.body))
    if len(message.metrics) > METRICS_MAX:
        raise TooLarge(f"{len(message.metrics)} metrics; at most {METRICS_MAX} are allowed")
    return Payload(
        timestamp_ms=message.timestamp if message.HasField("timestamp") else None,
        metrics=tuple(_read_metric(metric) for metric in message.metrics),
        seq=message.seq if message.HasField("seq") else None,
    )


def _parse(data: bytes) -> Any:
    if len(data) > PAYLOAD_BYTES_MAX:
        raise TooLarge(f"{len(data)} bytes; at most {PAYLOAD_BYTES_MAX} are allowed")
    message = _payload_class()()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise Inconsistent(f"no Sparkplug B payload: {error}") from None
    return message


def _inflate(body: bytes) -> bytes:
    """Return what Eclipse Tahu's clients compress: a payload inside a payload, by DEFLATE or GZIP."""
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # either of the two
    try:
        data = unpacking.decompress(body, PAYLOAD_BYTES_MAX + 1)
    except zlib.error as error:
        raise Inconsistent(f"a compressed payload cannot be unpacked: {error}") from None
    if not unpacking.eof and len(data) <= PAYLOAD_BYTES_MAX:
        raise Inconsistent("a compressed payload ends before it should")
    return data


@cache
def _payload_class() -> Any:
    return payload_class()


def _read_metric(message: Any) -> Metric:
    datatype = message.datatype
    field_name = message.WhichOneof("value")
    null = message.is_null or field_name is None
    supported = null or field_name not in {"dataset_value", "template_value", "extension_value"}
    return Metric(
        name=message.name,
        value=None if null or not supported else signed(getattr(message, field_name), datatype),
        datatype=datatype,
        timestamp_ms=message.timestamp if message.HasField("timestamp") else None,
        alias=message.alias if message.HasField("alias") else None,
        historical=message.is_historical,
        transient=message.is_transient,
        supported=supported and (datatype == 0 or datatype in _VALUE_FIELD),
        properties=_read_properties(message.properties) if message.HasField("properties") else {},
    )


def signed(value: Scalar, datatype: int) -> Scalar:
    """Return `value` as its datatype means it: integers travel in fields without a sign.

    A data message may leave the type to the birth certificate; its reader applies this with that type.
    """
    bits = _SIGNED_BITS.get(DataType(datatype)) if datatype in _VALUE_FIELD else None
    if bits is None or not isinstance(value, int) or isinstance(value, bool):
        return value
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _read_properties(message: Any) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for key, item in zip(message.keys, message.values, strict=False):
        name = item.WhichOneof("value")
        found[key] = (
            None if item.is_null or name is None else signed(getattr(item, name), item.type)
        )
    return found


def _write_metric(message: Any, metric: Metric) -> None:
    if metric.name:
        message.name = metric.name
    if metric.alias is not None:
        message.alias = metric.alias
    if metric.timestamp_ms is not None:
        message.timestamp = metric.timestamp_ms
    if metric.datatype:
        message.datatype = metric.datatype
    if metric.historical:
        message.is_historical = True
    if metric.transient:
        message.is_transient = True
    _write_value(message, metric.value, metric.datatype)
    for key, value in metric.properties.items():
        message.properties.keys.append(key)
        item = message.properties.values.add()
        item.type = _type_of(value)
        _write_value(item, value, item.type)


def _write_value(message: Any, value: Scalar, datatype: int) -> None:
    if value is None:
        message.is_null = True
        return
    try:
        wanted = DataType(datatype)
        field_name = _VALUE_FIELD[wanted]
        if isinstance(value, int) and wanted in _SIGNED_BITS:
            bits = _SIGNED_BITS[wanted]
            if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
                raise Inconsistent(f"{value} does not fit {wanted.name}")
            # Negative numbers travel as two's complement, sign-extended to the field's width.
            value &= 0xFFFF_FFFF if field_name == "int_value" else 0xFFFF_FFFF_FFFF_FFFF
        if wanted is DataType.FLOAT and isinstance(value, float) and math.isfinite(value):
            value = max(-3.4028234663852886e38, min(3.4028234663852886e38, value))
        setattr(message, field_name, value)
    except (KeyError, TypeError, ValueError) as error:
        raise Inconsistent(f"a metric's value does not fit datatype {datatype}: {error}") from None


def _type_of(value: Scalar) -> DataType:
    match value:
        case bool():
            return DataType.BOOLEAN
        case int():
            return DataType.INT32 if -(2**31) <= value < 2**31 else DataType.INT64
        case float():
            return DataType.DOUBLE
    return DataType.STRING
