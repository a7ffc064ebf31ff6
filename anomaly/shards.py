"""Which shard a gateway belongs to. Light to import: whoever only wakes scoring needs no models."""

import hashlib


def shard_of(agent_id: str, shards: int) -> int:
    """Return the shard a gateway belongs to: the same in every process and for good."""
    digest = hashlib.blake2b(agent_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % shards
