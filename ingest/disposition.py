"""What is decided about quarantine: list, show, replay, drop.

Replaying stores readings exactly as they came, by the rules and mappings of now, and counts them as stored
instead of quarantined; what still cannot be stored stays. Dropping gives up the bytes and keeps the entry.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ingest.errors import AlreadyResolved, NotReplayable
from ingest.models import QuarantineEntry
from ingest.quarantine import groups
from ingest.quarantine import repository as entries
from ingest.quarantine.groups import QuarantineGroup
from ingest.quarantine.repository import QuarantineFilter
from ingest.replay import replay_message, replay_readings, resolve
from ingest.rules import NEVER_REPLAYABLE
from kernel.errors import NotFound, StaleVersion
from kernel.paging import PageRequest, Slice
from registry.assets import service as assets
from registry.gateways import listing
from registry.gateways.listing import EVERYWHERE, GatewayFilter
from registry.permissions import Principal

__all__ = [
    "QuarantineFilter",
    "QuarantineGroup",
    "QuarantineRecord",
    "ReplayResult",
    "drop_quarantine",
    "get_quarantine",
    "list_quarantine",
    "list_quarantine_groups",
    "may_be_replayed",
    "replay_quarantine",
]


@dataclass(frozen=True)
class QuarantineRecord:
    """One entry.

    Attributes:
        kind: `readings` of one frame, or a whole `message`.
        source: the gateway it came from, or `unknown`; for a message whose signature was wrong, not proven.
        readings: how many readings of the frame; 0 for a message, whose content nobody vouches for.
        occurrences: how often the same message came.
        size_bytes: of what came; `kept_bytes` of it are kept.
        state: open, replayed or dropped.
    """

    id: str
    kind: str
    reason: str
    detail: str
    source: str
    agent_id: str | None
    epoch: UUID | None
    lane: str | None
    seq: int | None
    readings: int
    occurrences: int
    size_bytes: int
    kept_bytes: int
    digest: bytes
    first_seen_at: datetime
    last_seen_at: datetime
    state: str
    resolved_at: datetime | None
    resolved_by: str | None
    version: int


@dataclass(frozen=True)
class ReplayResult:
    """What a replay did: readings stored now, and those that stay, by reason."""

    stored: int
    remaining: dict[str, int]
    record: QuarantineRecord


def _record(row: QuarantineEntry) -> QuarantineRecord:
    return QuarantineRecord(
        id=row.id,
        kind=row.kind,
        reason=row.reason,
        detail=row.detail,
        source=row.source,
        agent_id=row.agent_id,
        epoch=row.epoch,
        lane=row.lane,
        seq=row.seq,
        readings=row.readings,
        occurrences=row.occurrences,
        size_bytes=row.size_bytes,
        kept_bytes=len(row.body or b""),
        digest=row.digest,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        state=row.state,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        version=row.version,
    )


def list_quarantine(
    session: Session,
    actor: Principal,
    wanted: QuarantineFilter,
    page: PageRequest,
    places: GatewayFilter = EVERYWHERE,
) -> Slice[QuarantineRecord]:
    """Return entries of gateways in the actor's scope, newest first; strangers' only to who sees all.

    Raises:
        Forbidden.
    """
    seen, wanted = _wanted(session, actor, wanted, places)
    rows = entries.entries(session, seen, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(_record)


def list_quarantine_groups(
    session: Session,
    actor: Principal,
    wanted: QuarantineFilter,
    page: PageRequest,
    places: GatewayFilter = EVERYWHERE,
) -> Slice[QuarantineGroup]:
    """Return the same entries by reason and source, those that grew last first.

    Raises:
        Forbidden, InvalidInput: a cursor of another list.
    """
    return groups.groups(session, *_wanted(session, actor, wanted, places), page)


def may_be_replayed(reason: str) -> bool:
    """Tell whether what was quarantined for this can ever become right."""
    return reason not in NEVER_REPLAYABLE


def _wanted(
    session: Session, actor: Principal, wanted: QuarantineFilter, places: GatewayFilter
) -> tuple[set[str] | None, QuarantineFilter]:
    """Return whose entries may be seen, and the filter with the gateways that are named by its text."""
    actor.require("gateways.read")
    if wanted.text:
        named = listing.matching_ids(session, actor, replace(places, text=wanted.text))
        wanted = replace(wanted, named=frozenset(named or ()))
    return listing.matching_ids(session, actor, places), wanted


def get_quarantine(
    session: Session, actor: Principal, entry_id: str
) -> tuple[QuarantineRecord, bytes]:
    """Return an entry and the bytes that are kept of it.

    Raises:
        Forbidden, NotFound.
    """
    actor.require("gateways.read")
    row = _seen(session, actor, entry_id, lock=False)
    return _record(row), row.body or b""


def _seen(session: Session, actor: Principal, entry_id: str, *, lock: bool) -> QuarantineEntry:
    row = entries.entry(session, entry_id, lock=lock)
    if row is None:
        raise NotFound(f"no quarantine entry {entry_id}")
    gateway = None if row.agent_id is None else assets.find_gateway(session, row.agent_id)
    if gateway is not None:
        actor.require_sees(gateway.organisation_id, f"quarantine entry {entry_id}")
    elif actor.scope is not None:
        raise NotFound(f"no quarantine entry {entry_id}")
    return row


def _require_open(row: QuarantineEntry, expected_version: int | None) -> None:
    if expected_version is not None and expected_version != row.version:
        raise StaleVersion(f"version {expected_version} was sent, the present one is {row.version}")
    if row.state != "open":
        raise AlreadyResolved(f"it was {row.state} by {row.resolved_by}")


def drop_quarantine(
    session: Session,
    actor: Principal,
    entry_id: str,
    *,
    reason: str | None = None,
    expected_version: int | None = None,
) -> QuarantineRecord:
    """Give up an entry's bytes; its readings stay counted as quarantined.

    Raises:
        Forbidden, NotFound, StaleVersion, AlreadyResolved.
    """
    actor.require("gateways.manage")
    row = _seen(session, actor, entry_id, lock=True)
    _require_open(row, expected_version)
    resolve(session, actor, row, "dropped", reason)
    return _record(row)


def replay_quarantine(
    session: Session, actor: Principal, entry_id: str, *, expected_version: int | None = None
) -> ReplayResult:
    """Store what can be stored now; each reading once, however many replay at once.

    Raises:
        Forbidden, NotFound, StaleVersion, AlreadyResolved.
        NotReplayable: nothing of it can be stored; the detail says why.
    """
    actor.require("gateways.manage")
    # A message is not locked before the ledger is, because ingest takes them the other way round; there the
    # ledger makes sure of "once".
    row = _seen(session, actor, entry_id, lock=False)
    if row.kind == "message":
        _require_open(row, expected_version)
        stored, remaining = replay_message(session, actor, row)
        return ReplayResult(stored, remaining, _record(row))
    row = _seen(session, actor, entry_id, lock=True)
    _require_open(row, expected_version)
    (done,) = replay_readings(session, actor, [row])
    if not done.settled:
        raise NotReplayable(done.why, remaining=done.remaining)
    return ReplayResult(done.stored, done.remaining, _record(row))
