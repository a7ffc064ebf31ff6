"""Readings of tags that have no number yet: on disk as pending batches, each under a schema of its own tags.

No such schema is ever sent unless the agent ends before its tags are numbered: then the next one cuts what it
finds pending under it, as it does with all that an earlier run left.
"""

import sqlite3
from collections.abc import Mapping, Sequence

from edge_agent.buffer.pending import Pending
from edge_agent.buffer.schemas import Schemas
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import Batch


class Found:
    """Part of the caller's transaction, all of it.

    Attributes:
        rows: readings that wait.
    """

    def __init__(self, connection: sqlite3.Connection, agent: str) -> None:
        self._in_no_frame = Pending(connection)
        self._schemas = Schemas(connection)
        self._agent = agent
        self.rows = 0

    def schema(self, tags: Sequence[Tag]) -> Schema:
        """Return the schema of some tags alone."""
        return Schema(self._agent, tuple(tags))

    def put(self, schema: Schema, packed: bytes) -> None:
        """Keep a batch whose series are numbers in `schema`."""
        self._schemas.put(schema)
        self._in_no_frame.put(schema.hash, packed)

    def take_for(self, schema: Schema) -> Batch:
        """Delete what waits and has its numbers in `schema`; returns it with them."""
        numbers = {tag: number for number, tag in enumerate(schema.tags)}
        taken = Batch()
        for schema_hash in self._in_no_frame.hashes() - {schema.hash}:
            small = self._schemas.get(schema_hash, self._agent)
            places = [] if small is None else [numbers.get(tag) for tag in small.tags]
            if places and None not in places:
                for batch in self._in_no_frame.take_of(schema_hash):
                    taken.extend(_renumbered(batch, places))
        return taken


def _renumbered(batch: Batch, numbers: Sequence[int | None]) -> Batch:
    for row, number in enumerate(batch.series):
        place = numbers[number]
        assert place is not None, "all have a number"
        batch.series[row] = place
    return batch


def positions_of(tags: Mapping[Tag, int], batch: Batch) -> dict[str, int]:
    """Return the latest source time of each tag of a batch, by name."""
    newest: dict[int, int] = {}
    for number, ts in zip(batch.series, batch.ts, strict=True):
        newest[number] = max(ts, newest.get(number, ts))
    return {tag.name: newest[number] for tag, number in tags.items() if number in newest}
