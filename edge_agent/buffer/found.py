"""Readings of tags that have no number yet: on disk as pending batches, each under a schema of its own tags.

No such schema is ever sent unless the agent ends before its tags are numbered: then the next one cuts what it
finds pending under it, as it does with all that an earlier run left.
"""

import sqlite3
from array import array
from collections.abc import Sequence

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

    def take_for(self, schema: Schema) -> Batch:
        """Delete what waits and has its numbers in `schema`; returns it with them, in the order it came."""
        numbers = {tag: number for number, tag in enumerate(schema.tags)}
        places: dict[bytes, list[int]] = {}
        for schema_hash in self._in_no_frame.hashes() - {schema.hash}:
            small = self._schemas.get(schema_hash, self._agent)
            if small is not None and all(tag in numbers for tag in small.tags):
                places[schema_hash] = [numbers[tag] for tag in small.tags]
        taken = Batch()
        for schema_hash, batch in self._in_no_frame.take_of(places):
            of_schema = places[schema_hash]
            batch.series = array("I", (of_schema[number] for number in batch.series))
            taken.extend(batch)
        return taken
