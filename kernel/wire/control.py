"""What a gateway and the platform tell each other about the gateway itself, over HTTP.

A gateway checks in every so often; the answer is what it is to do. Both are envelopes
(`kernel.wire.envelope`), signed with a key that both have, and the answer repeats the question's nonce, so
that an old answer is no answer. The counter of a gateway's check-ins only grows, so that an old check-in is
none either. Bodies, each one MessagePack array:

    check-in "C"  [nonce, counter, program version, key version, former key needed,
                   [version, state, detail, refused version, digest], document, browsed]
    orders "O"    [nonce, server time µs, seconds to the next check-in, configuration, document wanted,
                   next key, browse]

`document` is a configuration as JSON text. The sides may be of different ages: a reader takes what it
knows of an array that is longer than it expects.
"""

import math
from dataclasses import dataclass
from typing import Any

from kernel.wire.envelope import KeyOf, Kind, seal, unseal
from kernel.wire.errors import Inconsistent
from kernel.wire.fields import octets, text, whole

CONFIGURATION_STATES = ("none", "trying", "applied", "refused", "rolled_back", "drifted")
NONCE_BYTES = 16
DIGEST_BYTES = 32
DOCUMENT_LENGTH_MAX = 4_000_000
NODES_MAX = 5000

_COUNT_MAX = 2**63 - 1
_VERSION_MAX = 2**31 - 1
_DETAIL_LENGTH_MAX = 4000
_SHORT_LENGTH_MAX = 2000
_KEY_BYTES_MAX = 64
_SECONDS_MAX = 86_400
_CHECK_IN_FIELDS = 8
_STATE_FIELDS = 5
_ORDERS_FIELDS = 7


@dataclass(frozen=True)
class ConfigurationState:
    """Which configuration a gateway runs.

    Attributes:
        version: the platform's version in force; 0 for none of the platform's.
        state: `none` (no version was ever given), `trying`, `applied`, `refused` (the last one given is
            not valid here), `rolled_back` (it did not come up healthy), `drifted` (changed by hand).
        detail: why, for people.
        refused_version: the version that was refused or rolled back; 0 for none.
        digest: SHA-256 of the document in force.
    """

    version: int = 0
    state: str = "none"
    detail: str = ""
    refused_version: int = 0
    digest: bytes = b""


@dataclass(frozen=True)
class FoundNode:
    """A variable that a gateway found at a server; empty and None where it said nothing."""

    node: str
    owner: str
    name: str
    unit: str
    low: float | None
    high: float | None
    type: str


@dataclass(frozen=True)
class Browsed:
    """The answer to a browse: what was found, or why nothing could be."""

    id: str
    code: str = ""
    detail: str = ""
    nodes: tuple[FoundNode, ...] = ()
    truncated: bool = False


@dataclass(frozen=True)
class CheckIn:
    """What a gateway says of itself.

    Attributes:
        former_key_needed: frames that its former key signed still wait on its disk.
        document: the configuration it runs, where the platform asked for it; JSON.
    """

    agent: str
    nonce: bytes
    counter: int
    program_version: str
    key_version: int
    former_key_needed: bool
    configuration: ConfigurationState
    document: str | None = None
    browsed: Browsed | None = None


@dataclass(frozen=True)
class Configuration:
    """A version of the configuration, to be applied."""

    version: int
    digest: bytes
    document: str


@dataclass(frozen=True)
class NextKey:
    """A key to use from now on, and the broker's address with the login that goes with it."""

    version: int
    key: bytes
    broker_url: str


@dataclass(frozen=True)
class Browse:
    """A request to browse an OPC UA server: a source by its name, or a new address."""

    id: str
    source: str
    url: str
    root: str
    security_policy: str
    security_mode: str
    nodes_max: int


@dataclass(frozen=True)
class Orders:
    """What a gateway is to do."""

    agent: str
    nonce: bytes
    server_time_us: int
    again_seconds: float
    configuration: Configuration | None = None
    document_wanted: bool = False
    next_key: NextKey | None = None
    browse: Browse | None = None


def encode_check_in(message: CheckIn, key: bytes) -> bytes:
    """Return the bytes, signed."""
    state = message.configuration
    browsed = message.browsed
    return seal(
        Kind.CHECK_IN,
        message.agent,
        [
            message.nonce,
            message.counter,
            message.program_version,
            message.key_version,
            message.former_key_needed,
            [state.version, state.state, state.detail, state.refused_version, state.digest],
            message.document,
            browsed
            and [
                browsed.id,
                browsed.code,
                browsed.detail,
                [list(vars(node).values()) for node in browsed.nodes],
                browsed.truncated,
            ],
        ],
        key,
    )


def decode_check_in(data: bytes, key_of: KeyOf) -> CheckIn:
    """Verify and read a check-in.

    Raises:
        WireError: as `decode_frame`.
    """
    agent, body = unseal(Kind.CHECK_IN, data, key_of)
    if not isinstance(body, list) or len(body) < _CHECK_IN_FIELDS:
        raise Inconsistent(f"a check-in's body has {_CHECK_IN_FIELDS} fields")
    return CheckIn(
        agent=agent,
        nonce=octets(body[0], "nonce", NONCE_BYTES),
        counter=whole(body[1], "counter", 0, _COUNT_MAX),
        program_version=text(body[2], "program version", _SHORT_LENGTH_MAX),
        key_version=whole(body[3], "key version", 0, _VERSION_MAX),
        former_key_needed=_flag(body[4], "former key needed"),
        configuration=_state(body[5]),
        document=None if body[6] is None else text(body[6], "document", DOCUMENT_LENGTH_MAX),
        browsed=None if body[7] is None else _browsed(body[7]),
    )


def encode_orders(orders: Orders, key: bytes) -> bytes:
    """Return the bytes, signed."""
    return seal(
        Kind.ORDERS,
        orders.agent,
        [
            orders.nonce,
            orders.server_time_us,
            float(orders.again_seconds),
            *(
                part and list(vars(part).values()) if not isinstance(part, bool) else part
                for part in (
                    orders.configuration,
                    orders.document_wanted,
                    orders.next_key,
                    orders.browse,
                )
            ),
        ],
        key,
    )


def decode_orders(data: bytes, key_of: KeyOf) -> Orders:
    """Verify and read orders.

    Raises:
        WireError: as `decode_frame`.
    """
    agent, body = unseal(Kind.ORDERS, data, key_of)
    if not isinstance(body, list) or len(body) < _ORDERS_FIELDS:
        raise Inconsistent(f"orders have {_ORDERS_FIELDS} fields")
    seconds = body[2]
    if not isinstance(seconds, float) or not 0 <= seconds <= _SECONDS_MAX:
        raise Inconsistent("the time to the next check-in is no number of seconds")
    return Orders(
        agent=agent,
        nonce=octets(body[0], "nonce", NONCE_BYTES),
        server_time_us=whole(body[1], "server time", 0, _COUNT_MAX),
        again_seconds=seconds,
        configuration=None if body[3] is None else _configuration(body[3]),
        document_wanted=_flag(body[4], "document wanted"),
        next_key=None if body[5] is None else _next_key(body[5]),
        browse=None if body[6] is None else _browse(body[6]),
    )


def _state(row: Any) -> ConfigurationState:
    fields = _row(row, _STATE_FIELDS, "the state of the configuration")
    if fields[1] not in CONFIGURATION_STATES:
        raise Inconsistent(f"a state is one of {', '.join(CONFIGURATION_STATES)}")
    digest = fields[4]
    if digest:
        octets(digest, "digest", DIGEST_BYTES)
    return ConfigurationState(
        version=whole(fields[0], "version", 0, _VERSION_MAX),
        state=fields[1],
        detail=text(fields[2], "detail", _DETAIL_LENGTH_MAX),
        refused_version=whole(fields[3], "refused version", 0, _VERSION_MAX),
        digest=digest or b"",
    )


def _browsed(row: Any) -> Browsed:
    fields = _row(row, 5, "what was browsed")
    nodes = fields[3]
    if not isinstance(nodes, list) or len(nodes) > NODES_MAX:
        raise Inconsistent(f"nodes is no array of at most {NODES_MAX}")
    return Browsed(
        id=text(fields[0], "id", _SHORT_LENGTH_MAX),
        code=text(fields[1], "code", _SHORT_LENGTH_MAX),
        detail=text(fields[2], "detail", _DETAIL_LENGTH_MAX),
        nodes=tuple(_node(node) for node in nodes),
        truncated=_flag(fields[4], "truncated"),
    )


def _node(row: Any) -> FoundNode:
    fields = _row(row, 7, "a node")
    node, owner, name, unit = (text(one, "a node's text", _DETAIL_LENGTH_MAX) for one in fields[:4])
    return FoundNode(
        node,
        owner,
        name,
        unit,
        low=_number(fields[4]),
        high=_number(fields[5]),
        type=text(fields[6], "type", _SHORT_LENGTH_MAX),
    )


def _configuration(row: Any) -> Configuration:
    fields = _row(row, 3, "a configuration")
    return Configuration(
        whole(fields[0], "version", 0, _VERSION_MAX),
        octets(fields[1], "digest", DIGEST_BYTES),
        text(fields[2], "document", DOCUMENT_LENGTH_MAX),
    )


def _next_key(row: Any) -> NextKey:
    fields = _row(row, 3, "a next key")
    if not isinstance(fields[1], bytes) or not 16 <= len(fields[1]) <= _KEY_BYTES_MAX:  # noqa: PLR2004
        raise Inconsistent("a key is 16 to 64 bytes")
    version = whole(fields[0], "key version", 0, _VERSION_MAX)
    return NextKey(version, fields[1], text(fields[2], "address", _DETAIL_LENGTH_MAX))


def _browse(row: Any) -> Browse:
    fields = _row(row, 7, "a browse")
    browse_id, source, url, root, policy, mode = (
        text(one, "a browse's text", _DETAIL_LENGTH_MAX) for one in fields[:6]
    )
    nodes_max = whole(fields[6], "nodes", 0, NODES_MAX)
    return Browse(browse_id, source, url, root, policy, mode, nodes_max)


def _row(row: Any, fields: int, what: str) -> list[Any]:
    if not isinstance(row, list) or len(row) < fields:
        raise Inconsistent(f"{what} is an array of {fields}")
    return row


def _flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise Inconsistent(f"{name} is neither true nor false")
    return value


def _number(value: Any) -> float | None:
    if value is None or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise Inconsistent("a node's range is a finite double or null")
