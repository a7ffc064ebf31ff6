"""Room for frames: a partition for each day of receipt, made a week ahead and never inside a transaction."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, text

DAYS_AHEAD: Final = 7
_known: WeakKeyDictionary[Engine, set[date]] = WeakKeyDictionary()


def ensure_frames_partitions(engine: Engine, days: Iterable[date]) -> int:
    """Make the partitions of days that this process has not seen yet; return how many were made."""
    known = _known.setdefault(engine, set())
    missing = sorted(set(days) - known)
    if not missing:
        return 0
    made = 0
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for day in missing:
            statement = text("SELECT ingest.make_frames_partition(:day)")
            made += bool(connection.execute(statement, {"day": day}).scalar_one())
            known.add(day)
    return made


def forget_frames_partitions(engine: Engine) -> None:
    """Ask the database anew about every day."""
    _known.pop(engine, None)


def week_from(day: date) -> list[date]:
    """Return a day and the seven after it."""
    return [day + timedelta(days=offset) for offset in range(DAYS_AHEAD + 1)]
