"""Deciding about many quarantine entries, portion by portion.

Each portion is a transaction, so that memory is bounded and whoever is killed begins again where it stopped.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from ingest.disposition import drop_quarantine, replay_quarantine
from ingest.errors import AlreadyResolved, NotReplayable
from ingest.quarantine import repository as entries
from ingest.quarantine.repository import QuarantineFilter, Sizes
from ingest.replay import replay_readings
from kernel.db import Database
from registry.gateways import service as gateways
from registry.permissions import Principal

# One transaction; an entry has at most the readings of a frame.
READINGS_MAX: Final = 50_000
ENTRIES_MAX: Final = 500
BYTES_MAX: Final = 16 * 1024 * 1024


@dataclass
class BulkResult:
    """What was decided so far.

    Attributes:
        entries: entries looked at.
        resolved: those that are done with.
        stored: readings stored now.
        remaining: readings that stay, by reason.
        messages_failed: messages that cannot be received, by what is against it now.
    """

    entries: int = 0
    resolved: int = 0
    stored: int = 0
    remaining: dict[str, int] = field(default_factory=dict)
    messages_failed: dict[str, int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether nothing stays."""
        return not self.remaining and not self.messages_failed


Progress = Callable[[BulkResult], None]


def replay_matching(
    database: Database, actor: Principal, wanted: QuarantineFilter, progress: Progress
) -> BulkResult:
    """Replay every open entry that matches, the oldest first; what cannot be stored stays.

    Each portion commits its readings and closes its entries together: killed at any time and begun again, or
    run by several at once, each reading is stored once. Opens its own transactions.

    Raises:
        Forbidden.
    """
    return _all(_Walk(database, actor, wanted).replay, progress)


def drop_matching(
    database: Database, actor: Principal, wanted: QuarantineFilter, reason: str, progress: Progress
) -> BulkResult:
    """Give up the bytes of every open entry that matches; opens its own transactions.

    Raises:
        Forbidden.
    """
    return _all(partial(_Walk(database, actor, wanted).drop, reason), progress)


def replay_portion(
    database: Database, actor: Principal, wanted: QuarantineFilter, after: str, entries_max: int
) -> tuple[BulkResult, str | None]:
    """Replay the next few entries that match; return what came of it and the last one looked at.

    None for that when there was nothing left. Opens its own transactions.

    Raises:
        Forbidden.
    """
    result = BulkResult()
    return result, _Walk(database, actor, wanted, entries_max).replay(result, after)


def drop_portion(
    database: Database,
    actor: Principal,
    wanted: QuarantineFilter,
    after: str,
    entries_max: int,
    *,
    reason: str,
) -> tuple[BulkResult, str | None]:
    """Give up the next few entries that match; the rest as `replay_portion`.

    Raises:
        Forbidden.
    """
    result = BulkResult()
    return result, _Walk(database, actor, wanted, entries_max).drop(reason, result, after)


def _all(portion: Callable[[BulkResult, str], str | None], progress: Progress) -> BulkResult:
    result = BulkResult()
    after = portion(result, "")
    while after is not None:
        progress(result)
        after = portion(result, after)
    return result


@dataclass(frozen=True)
class _Walk:
    """Goes over the entries that match, by id, as many at a time as fit into one transaction."""

    database: Database
    actor: Principal
    wanted: QuarantineFilter
    entries_max: int = ENTRIES_MAX

    def replay(self, result: BulkResult, after: str) -> str | None:
        """Replay the next entries; return the last one looked at."""
        portion = self._next(after)
        readings = [one.id for one in portion if one.kind == "readings"]
        if readings:
            _replay_entries(self.database, self.actor, readings, result)
        for one in portion:
            if one.kind == "message":
                _replay_message(self.database, self.actor, one.id, result)
        return portion[-1].id if portion else None

    def drop(self, reason: str, result: BulkResult, after: str) -> str | None:
        """Give up the next entries; return the last one looked at."""
        portion = self._next(after)
        with self.database.transaction() as session:
            for row in entries.claim(session, [one.id for one in portion]):
                drop_quarantine(session, self.actor, row.id, reason=reason)
                result.resolved += 1
        result.entries += len(portion)
        return portion[-1].id if portion else None

    def _next(self, after: str) -> list[Sizes]:
        self.actor.require("gateways.manage")
        with self.database.transaction() as session:
            seen: Collection[str] | None = gateways.gateway_ids_in_scope(session, self.actor)
            found = entries.sizes_after(session, seen, self.wanted, after, self.entries_max)
        portion: list[Sizes] = []
        readings = size = 0
        for one in found:
            readings, size = readings + one.readings, size + one.size_bytes
            if portion and (readings > READINGS_MAX or size > BYTES_MAX):
                break
            portion.append(one)
        return portion


def _replay_entries(
    database: Database, actor: Principal, entry_ids: list[str], result: BulkResult
) -> None:
    with database.transaction() as session:
        done = replay_readings(session, actor, entries.claim(session, entry_ids))
    for one in done:
        result.entries += 1
        result.stored += one.stored
        result.resolved += not one.remaining
        for reason, readings in one.remaining.items():
            result.remaining[reason] = result.remaining.get(reason, 0) + readings


def _replay_message(
    database: Database,
    actor: Principal,
    entry_id: str,
    result: BulkResult,
) -> None:
    try:
        with database.transaction() as session:
            done = replay_quarantine(session, actor, entry_id)
    except AlreadyResolved:
        return
    except NotReplayable as error:
        result.entries += 1
        reason = str(error.facts.get("reason", error.code))
        result.messages_failed[reason] = result.messages_failed.get(reason, 0) + 1
        return
    result.entries += 1
    result.resolved += 1
    result.stored += done.stored
