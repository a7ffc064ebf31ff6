"""How far each lane had been scored when a snapshot was taken, as it is stored beside it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from anomaly.sources import LaneKey


def pack_positions(positions: Mapping[tuple[UUID, str], int]) -> list[dict[str, Any]]:
    """Return the positions of a snapshot as JSON."""
    return [
        {"epoch": str(epoch), "lane": lane, "next_seq": seq}
        for (epoch, lane), seq in sorted(positions.items())
    ]


def unpack_positions(agent_id: str, packed: list[dict[str, Any]]) -> dict[LaneKey, int]:
    """Return what `pack_positions` took."""
    return {
        LaneKey(agent_id, UUID(item["epoch"]), item["lane"]): int(item["next_seq"])
        for item in packed
    }
