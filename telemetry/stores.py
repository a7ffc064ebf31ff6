"""Where readings live: one interface, two stores, the one in force recorded by the migration.

Both take the same COPY and answer the same queries. They differ in who makes room for a day that has none
yet: TimescaleDB does it in the insert, plain PostgreSQL must have the partition before the transaction.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Engine, text

from telemetry import repository

DAYS_AHEAD: Final = 7
# Ten batches of the columnstore. Fewer at a time would leave it batches of few rows; they go to the rowstore
# and are taken over in one go when their day has ended.
DIRECT_ROWS_MIN: Final = 10_000


class ReadingStore(Protocol):
    """What depends on the store."""

    kind: str
    # Whether rollups are continuous aggregates, which the database keeps itself.
    continuous: bool

    def ensure_days(self, days: Iterable[date]) -> int:
        """Make room for readings with source times on these days (UTC); return how many were made.

        Must be called outside any transaction that writes. Safe to call from many processes at once.
        """
        ...

    def forget(self) -> None:
        """Look anew next time: somebody removed a day."""
        ...

    def before_copy(self, connection: psycopg.Connection[Any], rows: int) -> None:
        """Prepare the transaction for a COPY of so many readings."""
        ...

    def ensure_rollup_days(self, days: Iterable[date]) -> int:
        """Make room for rollups of these days, like `ensure_days`."""
        ...


class DayPartitions:
    """Partitions of a table by the day, made by a function that belongs to the migrator."""

    def __init__(self, engine: Engine, table: str) -> None:
        self._engine = engine
        self._make = text(f"SELECT telemetry.make_{table}_partition(:day)")
        self._known: set[date] = set()

    def ensure(self, days: Iterable[date]) -> int:
        """Make those that this process has not seen yet, each in a transaction of its own."""
        missing = sorted(set(days) - self._known)
        if not missing:
            return 0
        made = 0
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for day in missing:
                made += bool(connection.execute(self._make, {"day": day}).scalar_one())
                self._known.add(day)
        return made

    def forget(self) -> None:
        """Ask the database about every day again."""
        self._known.clear()


class HypertableStore:
    """TimescaleDB: chunks make themselves, and many readings at once go straight into the columnstore."""

    kind = "timescaledb"

    def __init__(self, engine: Engine, *, continuous: bool, direct: bool) -> None:
        self.continuous = continuous
        self._direct = direct
        self._rollups = DayPartitions(engine, "rollup_1m")

    def ensure_days(self, days: Iterable[date]) -> int:
        """Do nothing."""
        del days
        return 0

    def forget(self) -> None:
        """Do nothing."""

    def before_copy(self, connection: psycopg.Connection[Any], rows: int) -> None:
        """Compress a large COPY directly.

        Before version 2.28.1 a NOT NULL is not enforced on that way; `pack_readings` cannot write a NULL.
        """
        if self._direct and rows >= DIRECT_ROWS_MIN:
            repository.compress_directly(connection)

    def ensure_rollup_days(self, days: Iterable[date]) -> int:
        """Make partitions where rollups are tables."""
        return 0 if self.continuous else self._rollups.ensure(days)


class PartitionedStore:
    """Plain PostgreSQL: a partition a day."""

    kind = "postgresql"
    continuous = False

    def __init__(self, engine: Engine) -> None:
        self._readings = DayPartitions(engine, "readings")
        self._rollups = DayPartitions(engine, "rollup_1m")

    def ensure_days(self, days: Iterable[date]) -> int:
        """Make the partitions that are not there yet."""
        return self._readings.ensure(days)

    def forget(self) -> None:
        """Ask the database about every day again."""
        self._readings.forget()
        self._rollups.forget()

    def before_copy(self, connection: psycopg.Connection[Any], rows: int) -> None:
        """Do nothing."""

    def ensure_rollup_days(self, days: Iterable[date]) -> int:
        """Make the partitions that are not there yet."""
        return self._rollups.ensure(days)


_stores: WeakKeyDictionary[Engine, ReadingStore] = WeakKeyDictionary()


def store_of(engine: Engine) -> ReadingStore:
    """Return the store of a database, as its migration recorded it."""
    if engine not in _stores:
        with engine.connect() as connection:
            kind, columnstore = repository.storage(connection)
            direct = columnstore and repository.takes_directly(connection)
        _stores[engine] = (
            HypertableStore(engine, continuous=columnstore, direct=direct)
            if kind == "timescaledb"
            else PartitionedStore(engine)
        )
    return _stores[engine]


def days_ahead(today: date) -> list[date]:
    """Return the days for which there should be room already: today and the coming week."""
    return [today + timedelta(days=offset) for offset in range(DAYS_AHEAD + 1)]
