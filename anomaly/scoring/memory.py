"""Models kept between runs, valid only while the shard's generation says so.

Whoever scores a shard takes its memory out and puts it back after the commit, under the new generation. A
rollback, a crash, or another worker having scored the shard meanwhile leaves nothing that could be taken.
"""

from dataclasses import dataclass, field
from threading import Lock

from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.series import CachedSeries


@dataclass
class ShardMemory:
    """The gateways of one shard that have been scored by this process."""

    series: CachedSeries
    gateways: dict[str, GatewayModels] = field(default_factory=dict)


class Memory:
    """One process's memory of shards."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shards: dict[int, tuple[int, ShardMemory]] = {}

    def take(self, shard: int, generation: int) -> ShardMemory | None:
        """Take a shard's memory out; None unless it is of exactly that generation."""
        with self._lock:
            kept_generation, memory = self._shards.pop(shard, (-1, None))
        return memory if kept_generation == generation else None

    def put(self, shard: int, generation: int, memory: ShardMemory) -> None:
        """Keep a shard's memory as of a generation that has been committed."""
        with self._lock:
            self._shards[shard] = (generation, memory)
