"""What accompanies frames: the schema an agent announces, its status, and the platform's acks.

Each is an envelope (`kernel.wire.envelope`) signed with the agent's key, an ack too: an agent deletes only
on the word of the platform. Bodies are MessagePack arrays:

    schema "S"   [[name, asset_serial, series_name, unit, low, high, kind, data_type], …]
    ack "A"      [epoch, lane, [[first, last], …], verdict, detail]
    status "T"   [epoch, taken, buffered, dropped, clock_us, version, [source map, …]]
"""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

import msgpack

from kernel.wire.envelope import KeyOf, Kind, seal, unseal
from kernel.wire.errors import Inconsistent
from kernel.wire.fields import epoch_of, text, whole
from kernel.wire.frames import LANES, SCHEMA_HASH_BYTES

TAGS_MAX = 100_000
DATA_TYPES = ("number", "boolean")
VERDICTS = ("stored", "need_schema", "new_epoch", "refused")

_COUNT_MAX = 2**63 - 1
_RANGES_MAX = 10_000
_SOURCES_MAX = 1000
_DETAIL_LENGTH_MAX = 4000
_ACK_FIELDS = 5
_STATUS_FIELDS = 7


@dataclass(frozen=True)
class Tag:
    """One series of an agent: where a reading belongs.

    Attributes:
        name: the agent's name for it, unique in the schema.
        asset_serial: serial number of the asset it is on.
        series_name: name of the series at that asset.
        unit: engineering unit, empty when unknown.
        low, high: range in that unit, None when unknown.
        kind: vibration, temperature, pressure, flow, current, speed, power, level, voltage, state, other.
        data_type: `number` or `boolean` (whose values are 0.0 and 1.0).
    """

    name: str
    asset_serial: str
    series_name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    kind: str = "other"
    data_type: str = "number"


@dataclass(frozen=True)
class Schema:
    """The tags of an agent, in the order a frame's series numbers count them."""

    agent: str
    tags: tuple[Tag, ...]

    @cached_property
    def hash(self) -> bytes:
        """First 8 bytes of the SHA-256 of the tags as MessagePack."""
        packed = msgpack.packb([_tag_row(tag) for tag in self.tags], use_bin_type=True)
        return hashlib.sha256(packed).digest()[:SCHEMA_HASH_BYTES]


@dataclass(frozen=True)
class Ack:
    """The platform's answer about frames of one epoch and lane.

    Attributes:
        agent: whom it is for.
        epoch: the epoch it speaks of.
        lane: `live` or `backlog`.
        seqs: inclusive ranges of frame numbers.
        verdict: `stored` (committed: delete them), `need_schema` (announce it, then send again), `new_epoch`
            (open a new epoch: this number was seen with other bytes), `refused` (never accepted; detail says
            why).
        detail: for people.
    """

    agent: str
    epoch: UUID
    lane: str
    seqs: list[tuple[int, int]]
    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class Status:
    """How an agent is.

    Attributes:
        agent: who says it.
        epoch: its present epoch.
        taken: readings durably taken while the epoch was the current one; over all epochs of an agent,
            taken = stored + quarantined + dropped once everything has arrived.
        buffered: readings not yet acked.
        dropped: of `taken`, those that a full buffer gave up.
        clock_us: its clock, µs since 1970.
        version: of the agent's program.
        sources: one map per source: at least `name`, `kind`, `state` and `detail`.
    """

    agent: str
    epoch: UUID
    taken: int
    buffered: int
    dropped: int
    clock_us: int
    version: str
    sources: list[dict[str, Any]] = field(default_factory=list)


def encode_schema(schema: Schema, key: bytes) -> bytes:
    """Return the schema's bytes, signed."""
    return seal(Kind.SCHEMA, schema.agent, [_tag_row(tag) for tag in schema.tags], key)


def decode_schema(data: bytes, key_of: KeyOf) -> Schema:
    """Verify and read a schema.

    Raises:
        WireError: as `decode_frame`.
    """
    agent, rows = unseal(Kind.SCHEMA, data, key_of)
    if not isinstance(rows, list) or len(rows) > TAGS_MAX:
        raise Inconsistent(f"a schema is an array of at most {TAGS_MAX} tags")
    tags = tuple(_tag(row) for row in rows)
    if len({tag.name for tag in tags}) != len(tags):
        raise Inconsistent("two tags have one name")
    return Schema(agent, tags)


def encode_ack(ack: Ack, key: bytes) -> bytes:
    """Return the ack's bytes, signed with the key of the agent it is for."""
    body = [ack.epoch.bytes, ack.lane, [list(r) for r in ack.seqs], ack.verdict, ack.detail]
    return seal(Kind.ACK, ack.agent, body, key)


def decode_ack(data: bytes, key_of: KeyOf) -> Ack:
    """Verify and read an ack.

    Raises:
        WireError: as `decode_frame`.
    """
    agent, body = unseal(Kind.ACK, data, key_of)
    if not isinstance(body, list) or len(body) != _ACK_FIELDS or not isinstance(body[2], list):
        raise Inconsistent(f"an ack's body has {_ACK_FIELDS} fields")
    if len(body[2]) > _RANGES_MAX:
        raise Inconsistent(f"an ack speaks of at most {_RANGES_MAX} ranges")
    return Ack(
        agent=agent,
        epoch=epoch_of(body[0]),
        lane=_one_of(body[1], "lane", LANES),
        seqs=[_range(item) for item in body[2]],
        verdict=_one_of(body[3], "verdict", VERDICTS),
        detail=text(body[4], "detail", _DETAIL_LENGTH_MAX),
    )


def encode_status(status: Status, key: bytes) -> bytes:
    """Return the status's bytes, signed."""
    body = [
        status.epoch.bytes,
        status.taken,
        status.buffered,
        status.dropped,
        status.clock_us,
        status.version,
        status.sources,
    ]
    return seal(Kind.STATUS, status.agent, body, key)


def decode_status(data: bytes, key_of: KeyOf) -> Status:
    """Verify and read a status.

    Raises:
        WireError: as `decode_frame`.
    """
    agent, body = unseal(Kind.STATUS, data, key_of)
    if not isinstance(body, list) or len(body) != _STATUS_FIELDS:
        raise Inconsistent(f"a status's body has {_STATUS_FIELDS} fields")
    sources = body[6]
    if not isinstance(sources, list) or len(sources) > _SOURCES_MAX:
        raise Inconsistent(f"sources is no array of at most {_SOURCES_MAX}")
    if not all(isinstance(s, dict) and all(isinstance(k, str) for k in s) for s in sources):
        raise Inconsistent("a source is no map of names")
    return Status(
        agent=agent,
        epoch=epoch_of(body[0]),
        taken=whole(body[1], "taken", 0, _COUNT_MAX),
        buffered=whole(body[2], "buffered", 0, _COUNT_MAX),
        dropped=whole(body[3], "dropped", 0, _COUNT_MAX),
        clock_us=whole(body[4], "clock_us", 0, _COUNT_MAX),
        version=text(body[5], "version"),
        sources=sources,
    )


def _tag_row(tag: Tag) -> list[Any]:
    return [
        tag.name,
        tag.asset_serial,
        tag.series_name,
        tag.unit,
        None if tag.low is None else float(tag.low),
        None if tag.high is None else float(tag.high),
        tag.kind,
        tag.data_type,
    ]


def _tag(row: Any) -> Tag:
    match row:
        case [name, serial, series, unit, low, high, kind, data_type]:
            return Tag(
                name=text(name, "name"),
                asset_serial=text(serial, "asset_serial"),
                series_name=text(series, "series_name"),
                unit=text(unit, "unit"),
                low=_limit(low),
                high=_limit(high),
                kind=text(kind, "kind"),
                data_type=_one_of(data_type, "data_type", DATA_TYPES),
            )
    raise Inconsistent("a tag is an array of 8")


def _limit(value: Any) -> float | None:
    if value is None:
        return None
    if not isinstance(value, float):
        raise Inconsistent("a tag's range is a double or null")
    return value


def _range(item: Any) -> tuple[int, int]:
    match item:
        case [first, last]:
            low = whole(first, "first", 0, _COUNT_MAX)
            return low, whole(last, "last", low, _COUNT_MAX)
    raise Inconsistent("a range is an array of 2")


def _one_of(value: Any, name: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Inconsistent(f"{name} is none of {', '.join(allowed)}")
    return str(value)
