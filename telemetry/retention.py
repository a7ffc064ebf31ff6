"""How long readings stay: old days go, a partition or a chunk at a time.

A public module like `telemetry.service`.
"""

from datetime import date, timedelta
from typing import Final

from kernel.day_partitions import DayPartition, PartitionInUse, days_of, remove_day
from kernel.db import Database
from kernel.log import get_logger
from telemetry import repository
from telemetry.settings import TelemetrySettings
from telemetry.stores import store_of

log = get_logger(__name__)

_TABLE: Final = ("telemetry", "readings")
# Of a transaction: those who read meanwhile wait for nobody, and a restart repeats little.
_ROWS_AT_ONCE: Final = 50_000


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


def remove_rollups(database: Database, today: date, keep: TelemetrySettings) -> dict[str, int]:
    """Let rollups go that are too old: here where they are tables, else by the policies of the database.

    Returns how many days of minutes, and rows of hours and days, are gone; nothing where policies do it.
    """
    kept = {
        "rollup_1m": keep.minutes_keep_days,
        "rollup_1h": keep.hours_keep_days,
        "rollup_1d": keep.days_keep_days,
    }
    if store_of(database.engine).continuous:
        _set_policies(database, kept)
        return {}
    gone = {}
    for table, days in kept.items():
        if days:
            before = today - timedelta(days=days)
            remove = _remove_minutes if table == "rollup_1m" else _remove_rows
            gone[table] = remove(database, table, before)
    return gone


def _set_policies(database: Database, kept: dict[str, int]) -> None:
    for table, days in kept.items():
        with database.transaction() as session:
            if repository.keep_rollups(session, table, days):
                log.info("rollups stay for other than before", rollup=table, days=days or None)


def _remove_rows(database: Database, table: str, before: date) -> int:
    gone = 0
    while True:
        with database.transaction() as session:
            removed = repository.remove_rollups(session, table, before, _ROWS_AT_ONCE)
        gone += removed
        if removed < _ROWS_AT_ONCE:
            return gone


def _remove_minutes(database: Database, table: str, before: date) -> int:
    with database.transaction() as session:
        days = days_of(session, "telemetry", table)
    gone = 0
    for found in days:
        if found.day >= before:
            break
        try:
            with database.transaction() as session:
                gone += remove_day(session, "telemetry", table, found.day)
        except PartitionInUse as error:
            log.info("rollups stay for now", day=str(found.day), reason=error.detail)
    return gone
