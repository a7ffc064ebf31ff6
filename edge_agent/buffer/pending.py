"""Batches that are taken and in no frame yet; each row bears a mark, as frames do."""

import sqlite3
from collections.abc import Collection

from edge_agent.buffer.file import damage
from edge_agent.buffer.rows import mark_of
from kernel.wire.readings import Batch


class Pending:
    """The rows of batches; every method is part of the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def check(self) -> None:
        """Compare all with their marks.

        Raises:
            sqlite3.DatabaseError: one is not what was written.
        """
        for number, schema_hash, mark, data in self._db.execute(
            "SELECT id, schema_hash, mark, data FROM pending"
        ):
            if mark != mark_of(schema_hash, data):
                raise damage(f"batch {number} is not what was written")

    def put(self, schema_hash: bytes, packed: bytes) -> None:
        """Add a batch."""
        self._db.execute(
            "INSERT INTO pending (schema_hash, mark, data) VALUES (?, ?, ?)",
            (schema_hash, mark_of(schema_hash, packed), packed),
        )

    def clear(self, schema_hash: bytes) -> None:
        """Delete all of a schema: they are in frames now."""
        self._db.execute("DELETE FROM pending WHERE schema_hash = ?", (schema_hash,))

    def hashes(self) -> set[bytes]:
        """Return the schemas that batches are of."""
        return {found for (found,) in self._db.execute("SELECT DISTINCT schema_hash FROM pending")}

    def take_of(self, hashes: Collection[bytes]) -> list[tuple[bytes, Batch]]:
        """Delete all of some schemas; returns them with their schemas, the oldest first."""
        found = self._db.execute("SELECT schema_hash, data FROM pending ORDER BY id")
        taken = [(of, Batch.unpack(data)) for of, data in found if of in hashes]
        for schema_hash in hashes:
            self.clear(schema_hash)
        return taken

    def take(self) -> dict[bytes, Batch]:
        """Delete all; returns what they held, by schema."""
        batches: dict[bytes, Batch] = {}
        query = "SELECT schema_hash, data FROM pending ORDER BY id"
        for schema_hash, data in self._db.execute(query):
            batches.setdefault(schema_hash, Batch()).extend(Batch.unpack(data))
        self._db.execute("DELETE FROM pending")
        return batches
