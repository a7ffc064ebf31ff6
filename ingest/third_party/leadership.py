"""Who of several ingest processes listens to third parties: the one that holds a lock in the database.

One alone, because the messages of a node mean something in their order only. When it dies its lock goes with
its connection, and another takes over.
"""

import time
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

# Any number that nobody else in this database uses.
LOCK: Final = 0x4677_5468_6972_6401
CHECK_SECONDS: Final = 2.0


class Leadership:
    """The lock, held by a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._checked_at = 0.0

    def held(self, *, surely: bool = False) -> bool:
        """Tell whether this process is the one; takes the lock when it is free.

        Unless it has to be known surely, the database is asked now and then only.
        """
        try:
            if self._connection is None:
                return self.take()
            now = time.monotonic()
            if surely or now - self._checked_at >= CHECK_SECONDS:
                self._connection.execute(text("SELECT 1"))
                self._checked_at = now
        except SQLAlchemyError:
            self.give_up()
            return False
        return True

    def give_up(self) -> None:
        """Let another process have it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # Back in the pool it would keep the lock.
            connection.invalidate()
            connection.close()

    def take(self) -> bool:
        """Take the lock if it is free, and tell.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = False
        try:
            statement = text("SELECT pg_try_advisory_lock(:lock)")
            taken = bool(connection.execute(statement, {"lock": LOCK}).scalar_one())
        finally:
            if not taken:
                connection.close()
        if taken:
            self._connection, self._checked_at = connection, time.monotonic()
        return taken
