"""Schemas announced so far: each is kept twice, as a page that is spoilt must not cost all its frames."""

import sqlite3
from typing import Final

import msgpack

from kernel.wire.messages import Schema, Tag

_KEPT: Final = 20
TABLES: Final = ("schemas", "schema_copies")


class Schemas:
    """The schemas' rows; every method is part of the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def put(self, schema: Schema) -> None:
        """Keep a schema, and write it anew where it is spoilt."""
        self.put_packed(
            schema.hash, msgpack.packb([tuple(vars(tag).values()) for tag in schema.tags])
        )

    def put_packed(self, schema_hash: bytes, packed: bytes) -> None:
        """Keep a schema as another file had it."""
        for table in TABLES:
            found = self._db.execute(f"SELECT tags FROM {table} WHERE hash = ?", (schema_hash,))  # noqa: S608 - constants
            if found.fetchone() != (packed,):
                statement = f"INSERT OR REPLACE INTO {table} VALUES (?, ?)"  # noqa: S608 - constants
                self._db.execute(statement, (schema_hash, packed))

    def get(self, schema_hash: bytes, agent: str) -> Schema | None:
        """Return a schema; None when neither copy is what was written."""
        for table in TABLES:
            found = self._db.execute(f"SELECT tags FROM {table} WHERE hash = ?", (schema_hash,))  # noqa: S608 - constants
            for (packed,) in found.fetchall():
                schema = whole(schema_hash, packed, agent)
                if schema is not None:
                    return schema
        return None

    def names(self, schema_hash: bytes) -> list[str]:
        """Return the names of a schema's tags; none when it is lost."""
        schema = self.get(schema_hash, "")
        return [] if schema is None else [tag.name for tag in schema.tags]

    def tags(self) -> list[Tag]:
        """Return the tags of all schemas, by name."""
        hashes = self._db.execute("SELECT hash FROM schemas").fetchall()
        schemas = [self.get(schema_hash, "") for (schema_hash,) in hashes]
        tags = {tag.name: tag for schema in schemas if schema is not None for tag in schema.tags}
        return [tag for _, tag in sorted(tags.items())]

    def forget(self, current: bytes) -> None:
        """Delete schemas that no frame refers to, when there are many."""
        (count,) = self._db.execute("SELECT count(*) FROM schemas").fetchone()
        for table in TABLES if count > _KEPT else ():
            self._db.execute(
                f"DELETE FROM {table} WHERE hash != ?"  # noqa: S608 - constants
                " AND hash NOT IN (SELECT schema_hash FROM frames)"
                " AND hash NOT IN (SELECT schema_hash FROM declared)"
                " AND hash NOT IN (SELECT schema_hash FROM pending)",
                (current,),
            )


def whole(schema_hash: bytes, packed: object, agent: str) -> Schema | None:
    """Return the schema of a row; None when it is not what was written."""
    try:
        schema = Schema(agent, tuple(Tag(*tag) for tag in msgpack.unpackb(packed)))
        as_written = schema.hash == schema_hash
    except (ValueError, TypeError, msgpack.exceptions.UnpackException):
        return None
    return schema if as_written else None
