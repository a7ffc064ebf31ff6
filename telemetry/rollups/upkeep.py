"""Keeping rollups right where they are tables: what commits marked is computed anew.

TimescaleDB does the same by a job of its own (see the migration that makes them). Public like `service`.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from kernel.clock import utc_now
from kernel.db import Database
from telemetry.rollups import repository
from telemetry.rollups.rules import Step, width_us
from telemetry.rollups.spans import Marked, all_of
from telemetry.stores import store_of

# Live readings of a minute have come by then, all but a few: it is computed once, not for each commit.
_GRACE: Final = timedelta(seconds=15)
_MARKS_MAX: Final = 200
# Of one statement. Minutes of readings a second apart are six million readings then.
_BUCKETS_MAX: Final = 100_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS: Final[tuple[Step, ...]] = ("1m", "1h", "1d")


def refresh(database: Database, now: datetime, until: datetime | None = None) -> bool:
    """Refresh what is out of date, the finest first, each part in a transaction of its own.

    Args:
        database: whose rollups.
        now: what ends later may still change and is left.
        until: begin no further part after that.

    Returns:
        Whether nothing is left. Two at once do no harm: one of them does it.
    """
    if store_of(database.engine).continuous:
        return True
    for step in _STEPS:
        while _refresh_some(database, step, now - _GRACE):
            if until is not None and utc_now() >= until:
                return False
    return True


def _days(marked: Sequence[Marked]) -> list[date]:
    # No mark is of two days.
    return sorted({(_EPOCH + timedelta(microseconds=mark.start_us)).date() for mark in marked})


def _refresh_some(database: Database, step: Step, before: datetime) -> bool:
    with database.transaction() as session:
        ids, marked = repository.ripe(session, step, before, _MARKS_MAX)
    if not ids:
        return False
    if step == "1m":
        # Room is made outside of the transaction that needs it.
        store_of(database.engine).ensure_rollup_days(_days(marked))
    # What is committed meanwhile has marks of its own; until these go, whoever reads computes.
    for part in all_of(marked).parts(width_us(step), _BUCKETS_MAX):
        with database.transaction() as session:
            if not repository.try_lock(session):
                return False
            repository.refresh(session, step, part)
    with database.transaction() as session:
        repository.pass_on(session, step, ids)
    return True
