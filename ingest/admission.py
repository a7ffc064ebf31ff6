"""From the bytes of a message to a frame, schema or status that its agent truly sent, or a reason why not."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from ingest import rules
from kernel.wire.envelope import KeyOf, signed_part
from kernel.wire.errors import WireError
from registry.assets.service import GatewayFacts

UNKNOWN_SOURCE: Final = "unknown"
Content = TypeVar("Content")


@dataclass(frozen=True)
class Admitted(Generic[Content]):
    """A message that its agent signed."""

    content: Content
    gateway: GatewayFacts
    payload: bytes
    digest: bytes


@dataclass(frozen=True)
class Rejected:
    """A message that was not accepted.

    Attributes:
        source: the gateway whose topic it came by, or `unknown`; not proven by anything.
        agent_id: that gateway's id, if there is one.
        reason: a code of `kernel.wire.errors` or `ingest.rules`.
        detail: for people.
        payload: its bytes.
        digest: SHA-256 of them; of a message that was signed rightly, without the signature.
        content: what they say, where the signature was right all the same.
    """

    source: str
    agent_id: str | None
    reason: str
    detail: str
    payload: bytes
    digest: bytes
    content: Any = None


def digest_of(payload: bytes | memoryview) -> bytes:
    """Return what tells two messages apart."""
    return hashlib.sha256(payload).digest()


def admit(
    decode: Callable[[bytes, KeyOf], Content],
    payload: bytes,
    topic_agent: str,
    find_gateway: Callable[[str], GatewayFacts | None],
    key_of: KeyOf,
) -> Admitted[Content] | Rejected:
    """Decode a message and check who sent it.

    A revoked gateway's message is `revoked_gateway`, though its signature is right: nothing of it is stored.
    """
    gateway = find_gateway(topic_agent)
    digest = digest_of(payload)

    def reject(reason: str, detail: str, content: Any = None) -> Rejected:
        return Rejected(
            UNKNOWN_SOURCE if gateway is None else gateway.id,
            None if gateway is None else gateway.id,
            reason,
            detail,
            payload,
            digest,
            content,
        )

    try:
        content = decode(payload, key_of)
    except WireError as error:
        return reject(error.code, error.detail)
    agent: str = content.agent  # type: ignore[attr-defined]  # every message of the wire has one
    if gateway is None or agent != gateway.id:
        return reject(rules.TOPIC_MISMATCH, f"signed by {agent}, sent as {topic_agent}")
    if gateway.revoked:
        return reject(rules.REVOKED_GATEWAY, f"gateway {gateway.name} was revoked", content)
    # Without the signature: a frame sent again under a new key is the same frame.
    return Admitted(content, gateway, payload, digest_of(signed_part(payload)))
