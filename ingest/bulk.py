"""Deciding about many quarantine entries, portion by portion.

Each portion is a transaction, so that memory is bounded and whoever is killed begins again where it stopped.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
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
        messages_failed: messages that cannot be received, by the reason they were quarantined for.
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
    actor.require("gateways.manage")
    result = BulkResult()
    for portion in _portions(database, actor, wanted):
        readings = [one.id for one in portion if one.kind == "readings"]
        if readings:
            _replay_entries(database, actor, readings, result)
        for one in portion:
            if one.kind == "message":
                _replay_message(database, actor, one.id, wanted, result)
        progress(result)
    return result


def drop_matching(
    database: Database, actor: Principal, wanted: QuarantineFilter, reason: str, progress: Progress
) -> BulkResult:
    """Give up the bytes of every open entry that matches; opens its own transactions.

    Raises:
        Forbidden.
    """
    actor.require("gateways.manage")
    result = BulkResult()
    for portion in _portions(database, actor, wanted):
        with database.transaction() as session:
            for row in entries.claim(session, [one.id for one in portion]):
                drop_quarantine(session, actor, row.id, reason=reason)
                result.resolved += 1
        result.entries += len(portion)
        progress(result)
    return result


def _portions(
    database: Database, actor: Principal, wanted: QuarantineFilter
) -> Iterator[list[Sizes]]:
    """Yield entries that match, by id, as many as fit into one transaction."""
    with database.transaction() as session:
        seen: Collection[str] | None = gateways.gateway_ids_in_scope(session, actor)
    after = ""
    while True:
        with database.transaction() as session:
            found = entries.sizes_after(session, seen, wanted, after, ENTRIES_MAX)
        if not found:
            return
        portion: list[Sizes] = []
        readings = size = 0
        for one in found:
            readings, size = readings + one.readings, size + one.size_bytes
            if portion and (readings > READINGS_MAX or size > BYTES_MAX):
                break
            portion.append(one)
        after = portion[-1].id
        yield portion


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
    wanted: QuarantineFilter,
    result: BulkResult,
) -> None:
    try:
        with database.transaction() as session:
            done = replay_quarantine(session, actor, entry_id)
    except AlreadyResolved:
        return
    except NotReplayable as error:
        result.entries += 1
        reason = wanted.reason or str(error.facts.get("reason", "not_replayable"))
        result.messages_failed[reason] = result.messages_failed.get(reason, 0) + 1
        return
    result.entries += 1
    result.resolved += 1
    result.stored += done.stored
