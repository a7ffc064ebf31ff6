"""The signed envelope around every message between an edge agent and the platform.

Layout, all integers little-endian:

    offset  size  what
    0       2     magic, the bytes "FW"
    2       1     kind: "F" frame, "S" schema, "A" ack, "T" status, "C" check-in, "O" orders
    3       1     version of the envelope and of the body, 1
    4       1     length a of the agent id, 1..64
    5       a     agent id, ASCII letters, digits, ".", "_" and "-"
    5+a     4     length b of the body
    9+a     b     body; of a frame see `kernel.wire.frames`, of every other kind packed as below
    9+a+b   32    HMAC-SHA256 of everything before it, under the agent's key

Packed: one Zstandard frame that states its content size; inside, one MessagePack value.

Nothing follows. The signature is checked before the body is unpacked, the stated content size before memory
is given to it, and what its value will take before that is built (`kernel.wire.weight`): so a stranger cannot
make a reader work, and a key's owner cannot make it swell.
"""

import hashlib
import hmac
import re
import struct
from collections.abc import Callable
from enum import Enum
from typing import Any

import msgpack
import zstandard

from kernel.wire.errors import (
    BadSignature,
    Inconsistent,
    NotAFrame,
    TooLarge,
    Truncated,
    UnknownAgent,
    UnknownVersion,
)
from kernel.wire.weight import check_weight

VERSION = 1
MESSAGE_BYTES_MAX = 2 * 1024 * 1024
BODY_BYTES_MAX = 16 * 1024 * 1024
AGENT_LENGTH_MAX = 64
# What a value may take in memory. The most tags a schema may have take 60 MB.
VALUE_BYTES_MAX = 32 * 1024 * 1024
SCHEMA_BYTES_MAX = 80 * 1024 * 1024

_MAGIC = b"FW"
_HEAD = struct.Struct("<2s1sBB")
_LENGTH = struct.Struct("<I")
_SIGNATURE_LENGTH = 32
_AGENT = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# Level 3 halves what level 1 leaves of delta-coded columns and is still far from being the limit.
_COMPRESSION_LEVEL = 3

# One key, or while keys are being changed several, the likeliest first; None for a stranger.
KeyOf = Callable[[str], bytes | tuple[bytes, ...] | None]


class Kind(Enum):
    """What a message is; part of what is signed, so that one kind cannot pass for another."""

    FRAME = b"F"
    SCHEMA = b"S"
    ACK = b"A"
    STATUS = b"T"
    CHECK_IN = b"C"
    ORDERS = b"O"


_KINDS = frozenset(kind.value for kind in Kind)


def is_agent(agent: str) -> bool:
    """Tell whether this can be an agent id."""
    return _AGENT.fullmatch(agent) is not None


def check_agent(agent: str) -> str:
    """Return `agent` when it can be an agent id: it becomes part of MQTT topics.

    Raises:
        Inconsistent: it is empty, too long or has a character that is not allowed.
    """
    if not is_agent(agent):
        raise Inconsistent("an agent id is 1 to 64 letters, digits, dots, underscores or hyphens")
    return agent


def pack(value: Any, value_bytes_max: int = VALUE_BYTES_MAX) -> bytes:
    """Return a value packed: MessagePack inside a Zstandard frame.

    Raises:
        TooLarge: `unpack` would refuse it.
    """
    plain = msgpack.packb(value, use_bin_type=True)
    if len(plain) > BODY_BYTES_MAX:
        raise TooLarge(f"{len(plain)} bytes are more than the protocol allows")
    check_weight(plain, value_bytes_max)
    return zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL).compress(plain)


def unpack(packed: bytes | memoryview, value_bytes_max: int = VALUE_BYTES_MAX) -> Any:
    """Return the value that `pack` packed.

    Raises:
        Inconsistent, TooLarge: it is none, or one larger than allowed.
    """
    try:
        size = zstandard.frame_content_size(packed)
        if size < 0:
            raise Inconsistent("the body does not state its content size")
        if size > BODY_BYTES_MAX:
            raise TooLarge(
                f"the body unpacks to {size} bytes; at most {BODY_BYTES_MAX} are allowed"
            )
        plain = zstandard.ZstdDecompressor(max_window_size=BODY_BYTES_MAX).decompress(
            packed, allow_extra_data=False
        )
    except zstandard.ZstdError as error:
        raise Inconsistent(f"the body cannot be decompressed: {error}") from None
    return loaded(plain, value_bytes_max)


def loaded(plain: bytes | memoryview, value_bytes_max: int = VALUE_BYTES_MAX) -> Any:
    """Return a MessagePack value.

    Raises:
        Inconsistent, TooLarge: it is none, or would take more memory than this.
    """
    check_weight(plain, value_bytes_max)
    try:
        return msgpack.unpackb(plain, raw=False, strict_map_key=False)
    except (ValueError, TypeError, msgpack.exceptions.UnpackException) as error:
        raise Inconsistent(f"the body is not MessagePack: {error}") from None


def seal(kind: Kind, agent: str, body: Any, key: bytes) -> bytes:
    """Pack and sign a body.

    Raises:
        TooLarge: the message would be refused by `unseal`.
    """
    return sign(kind, agent, pack(body, _value_bytes_max(kind)), key)


def sign(kind: Kind, agent: str, body: bytes, key: bytes) -> bytes:
    """Return the message with a body that is bytes already.

    Raises:
        TooLarge: the message would be refused by `verified`.
    """
    name = check_agent(agent).encode("ascii")
    head = _HEAD.pack(_MAGIC, kind.value, VERSION, len(name))
    signed = b"".join((head, name, _LENGTH.pack(len(body)), body))
    if len(signed) + _SIGNATURE_LENGTH > MESSAGE_BYTES_MAX:
        raise TooLarge(f"a message of {len(signed)} bytes is larger than the protocol allows")
    return signed + hmac.digest(key, signed, hashlib.sha256)


def signed_part(data: bytes) -> memoryview:
    """Return what the signature is over: the same content under another key is the same there."""
    return memoryview(data)[:-_SIGNATURE_LENGTH]


def agent_of(data: bytes) -> str:
    """Return the agent a message says it is from, of any kind, unverified: for logs and quarantine.

    Raises:
        WireError: the head cannot be read.
    """
    return _head(data)[1]


def unseal(kind: Kind, data: bytes, key_of: KeyOf) -> tuple[str, Any]:
    """Verify and unpack a message; returns the agent and the body.

    Raises:
        WireError: one of its subclasses says why the message was not accepted.
    """
    agent, body = verified(kind, data, key_of)
    return agent, unpack(body, _value_bytes_max(kind))


def _value_bytes_max(kind: Kind) -> int:
    return SCHEMA_BYTES_MAX if kind is Kind.SCHEMA else VALUE_BYTES_MAX


def verified(kind: Kind, data: bytes, key_of: KeyOf) -> tuple[str, memoryview]:
    """Verify a message; returns the agent and the bytes of the body.

    Raises:
        WireError: one of its subclasses says why the message was not accepted.
    """
    agent, start, body_end = _parts(kind, data)
    found = key_of(agent)
    if found is None:
        raise UnknownAgent(f"no key for agent {agent!r}", agent=agent)
    view = memoryview(data)
    signed, signature = view[:body_end], view[body_end:]
    keys = (found,) if isinstance(found, bytes) else found
    if not any(
        hmac.compare_digest(hmac.digest(key, signed, hashlib.sha256), signature) for key in keys
    ):
        raise BadSignature(f"the signature is not agent {agent!r}'s", agent=agent)
    return agent, view[start:body_end]


def opened(kind: Kind, data: bytes) -> tuple[str, memoryview]:
    """Return agent and body of a message that was accepted before and has been kept: no key is needed.

    Raises:
        WireError: as `verified`, apart from what concerns the key.
    """
    agent, start, body_end = _parts(kind, data)
    return agent, memoryview(data)[start:body_end]


def _parts(kind: Kind, data: bytes) -> tuple[str, int, int]:
    """Return the agent, and where the body begins and ends."""
    if len(data) > MESSAGE_BYTES_MAX:
        raise TooLarge(f"{len(data)} bytes; at most {MESSAGE_BYTES_MAX} are allowed")
    found, agent, start = _head(data)
    if found != kind.value:
        raise NotAFrame(f"expected a message of kind {kind.name.lower()}")
    if len(data) < start + _LENGTH.size:
        raise Truncated("the message ends before the length of its body")
    (length,) = _LENGTH.unpack_from(data, start)
    start += _LENGTH.size
    body_end = start + length
    if len(data) < body_end + _SIGNATURE_LENGTH:
        raise Truncated(f"{len(data)} bytes of {body_end + _SIGNATURE_LENGTH}")
    if len(data) > body_end + _SIGNATURE_LENGTH:
        raise Inconsistent("bytes follow the signature")
    return agent, start, body_end


def _head(data: bytes) -> tuple[bytes, str, int]:
    """Return kind, agent and the offset behind them."""
    if data[:2] != _MAGIC[: len(data)] or not data:
        raise NotAFrame("the message does not begin as one of this protocol")
    if len(data) < _HEAD.size:
        raise Truncated("the message ends inside its head")
    _, kind, version, length = _HEAD.unpack_from(data)
    if kind not in _KINDS:
        raise NotAFrame("the message is of no known kind")
    if version != VERSION:
        raise UnknownVersion(f"version {version}; this program knows {VERSION}")
    end = _HEAD.size + length
    if len(data) < end:
        raise Truncated("the message ends inside its agent id")
    try:
        return kind, check_agent(data[_HEAD.size : end].decode("ascii")), end
    except UnicodeDecodeError:
        raise Inconsistent("the agent id is not ASCII") from None
