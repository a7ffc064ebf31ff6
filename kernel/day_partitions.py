"""Tables that have a partition for each day: which days there are, and giving old ones up.

The functions that do it belong to the migrator (`migrations.partitions`); the application may call them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import psycopg
from sqlalchemy import exc, text
from sqlalchemy.orm import Session

from kernel.errors import Conflict

_DAYS: Final = text(
    "SELECT to_date(right(c.relname, 8), 'YYYYMMDD'), pg_total_relation_size(c.oid) "
    "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = to_regclass(:parent) AND c.relname ~ '_[0-9]{8}$' ORDER BY 1"
)


class PartitionInUse(Conflict):
    """Somebody's open transaction uses the table; nothing was removed, and it can be tried again."""

    code = "partition_in_use"


@dataclass(frozen=True)
class DayPartition:
    """One day of a table, in UTC, and the bytes it takes with its indexes."""

    day: date
    bytes: int


def days_of(session: Session, schema: str, table: str) -> Sequence[DayPartition]:
    """Return the days of a table, the oldest first; none for a table that has no such partitions."""
    rows = session.execute(_DAYS, {"parent": f"{schema}.{table}"})
    return [DayPartition(day, size) for day, size in rows]


def remove_day(session: Session, schema: str, table: str, day: date) -> bool:
    """Remove a day and what is in it, in a transaction that does nothing slow afterwards.

    Everybody who wants the table waits until that transaction ends. Returns whether the day was there.

    Raises:
        PartitionInUse: an open transaction uses the table, and did not end within a moment.
    """
    statement = text(f"SELECT {schema}.remove_{table}_partition(:day)")
    try:
        return bool(session.execute(statement, {"day": day}).scalar_one())
    except exc.OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise PartitionInUse(f"{schema}.{table} is in use; {day} was not removed") from None
        raise
