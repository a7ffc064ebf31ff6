"""How long readings stay: old days go, a partition or a chunk at a time.

A public module like `telemetry.service`.
"""

from datetime import date, timedelta
from typing import Final

from kernel.day_partitions import DayPartition, PartitionInUse, days_of, remove_day
from kernel.db import Database
from kernel.log import get_logger
from telemetry import repository
from telemetry.stores import store_of

log = get_logger(__name__)

_TABLE: Final = ("telemetry", "readings")
_MINUTES: Final = ("telemetry", "rollup_1m")
# TimescaleDB has a policy for it.
MINUTES_KEEP_DAYS: Final = 400


def readings_days(database: Database) -> list[DayPartition]:
    """Return the days that have a partition or a chunk, the oldest first."""
    with database.transaction() as session:
        if store_of(database.engine).kind == "timescaledb":
            return [DayPartition(day, size) for day, size in repository.days_of_chunks(session)]
        return list(days_of(session, *_TABLE))


def remove_readings(database: Database, before: date) -> list[DayPartition]:
    """Remove the days before `before`, each in a transaction of its own; return those that are gone.

    A day that somebody's open transaction holds is left for the next time.
    """
    gone = []
    for found in readings_days(database):
        if found.day >= before:
            break
        try:
            with database.transaction() as session:
                remove_day(session, *_TABLE, found.day)
                # What was rolled up of it stays as it is.
                repository.unmark_before(session, found.day + timedelta(days=1))
        except PartitionInUse as error:
            log.info("readings stay for now", day=str(found.day), reason=error.detail)
        else:
            gone.append(found)
    return gone


def remove_minutes(database: Database, today: date) -> list[DayPartition]:
    """Remove rollups by the minute that are too old, where they are tables; those by the hour stay."""
    with database.transaction() as session:
        days = days_of(session, *_MINUTES)
    gone = []
    for found in days:
        if found.day >= today - timedelta(days=MINUTES_KEEP_DAYS):
            break
        try:
            with database.transaction() as session:
                remove_day(session, *_MINUTES, found.day)
        except PartitionInUse as error:
            log.info("rollups stay for now", day=str(found.day), reason=error.detail)
        else:
            gone.append(found)
    return gone
