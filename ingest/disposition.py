"""What is decided about quarantine: list, show, replay, drop.

Replaying stores readings exactly as they came, by the rules and mappings of now, and counts them as stored
instead of quarantined; what still cannot be stored stays. Dropping gives up the bytes and keeps the entry.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ingest import mapping, repository, rules
from ingest.admission import Rejected, admit
from ingest.batch import Batch, Incoming
from ingest.commit import commit_frames
from ingest.decoding import decode_frame
from ingest.errors import AlreadyResolved, NotReplayable
from ingest.mapping import TagMap
from ingest.models import QuarantineEntry
from ingest.partitions import ensure_frames_partitions
from ingest.quarantine import parcel
from ingest.quarantine import repository as entries
from ingest.quarantine.parcel import Parcel
from ingest.quarantine.repository import QuarantineFilter
from ingest.rules import Limits, Reason
from ingest.settings import Ingest
from kernel.clock import utc_now
from kernel.errors import NotFound, StaleVersion
from kernel.paging import PageRequest, Slice
from kernel.settings import settings
from kernel.wire.envelope import agent_of
from kernel.wire.errors import WireError
from registry import audit
from registry.assets import service as assets
from registry.gateways import service as gateways
from registry.permissions import Principal
from telemetry import service as telemetry
from telemetry.service import ReadingColumns

__all__ = [
    "QuarantineFilter",
    "QuarantineRecord",
    "ReplayResult",
    "drop_quarantine",
    "get_quarantine",
    "list_quarantine",
    "replay_quarantine",
]

_US: Final = 1_000_000


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
    session: Session, actor: Principal, wanted: QuarantineFilter, page: PageRequest
) -> Slice[QuarantineRecord]:
    """Return entries of gateways in the actor's scope, newest first; strangers' only to who sees all.

    Raises:
        Forbidden.
    """
    actor.require("gateways.read")
    seen = gateways.gateway_ids_in_scope(session, actor)
    rows = entries.entries(session, seen, wanted, page)
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(_record)


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
    _resolve(session, actor, row, "dropped", reason)
    return _record(row)


def _resolve(
    session: Session, actor: Principal, row: QuarantineEntry, state: str, reason: str | None
) -> None:
    row.state, row.body = state, None
    row.resolved_at, row.resolved_by = utc_now(), actor.name
    session.flush()
    gateway = None if row.agent_id is None else assets.find_gateway(session, row.agent_id)
    audit.record(
        session,
        actor,
        f"quarantine.{state}",
        "quarantine",
        row.id,
        organisation_id=None if gateway is None else gateway.organisation_id,
        changes={"state": ["open", state], "readings": [row.readings, row.readings]},
        reason=reason,
    )


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
        return _replay_message(session, actor, row)
    row = _seen(session, actor, entry_id, lock=True)
    _require_open(row, expected_version)
    return _replay_readings(session, actor, row)


def _limits(now_us: int) -> Limits:
    chosen = settings(Ingest)
    return Limits.at(
        now_us, future_seconds_max=chosen.future_seconds_max, age_days_max=chosen.accepted_days
    )


def _engine(session: Session) -> Engine:
    bind = session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine


def _replay_readings(session: Session, actor: Principal, row: QuarantineEntry) -> ReplayResult:
    gateway = assets.find_gateway(session, row.source)
    assert gateway is not None  # a foreign key says so
    assert row.schema_hash is not None
    assert row.epoch is not None
    tags = mapping.resolve(session, gateway, row.schema_hash)
    if tags is None or row.body is None:
        raise NotReplayable("its schema is not known")
    kept = parcel.unpack(row.body)
    now_us = int(utc_now().timestamp() * _US)
    columns, reasons = _judge(kept, tags, now_us)
    good = np.flatnonzero(reasons == 0)
    remaining = {
        Reason(reason).code: int((reasons == reason).sum())
        for reason in np.unique(reasons)
        if reason
    }
    if len(good) == 0:
        raise NotReplayable(
            "none of its readings can be stored: "
            + ", ".join(f"{code} {count}" for code, count in remaining.items()),
            remaining=remaining,
        )
    stored = columns.take(good)
    telemetry.ensure_partitions(_engine(session), stored)
    repository.lock_ledger(session, [(row.source, row.epoch, str(row.lane))])
    telemetry.store_readings(session, telemetry.prepare_readings(stored))
    repository.move_to_stored(session, (row.source, row.epoch, str(row.lane)), len(good))
    if remaining:
        rest = np.flatnonzero(reasons)
        row.body = parcel.pack(kept.take(rest))
        row.size_bytes, row.readings = len(row.body), len(rest)
        session.flush()
        audit.record(session, actor, "quarantine.replay_partly", "quarantine", row.id,
                     organisation_id=gateway.organisation_id,
                     changes={"readings": [len(kept), len(rest)]})  # fmt: skip
    else:
        _resolve(session, actor, row, "replayed", None)
    return ReplayResult(len(good), remaining, _record(row))


def _judge(kept: Parcel, tags: TagMap, now_us: int) -> tuple[ReadingColumns, Any]:
    value, odd = rules.settle_odd(kept.value, tags.booleans_of(kept.series), kept.quality, kept.odd)
    columns = ReadingColumns(
        tags.series_of(kept.series), kept.ts_us, value, kept.quality, kept.edge_ts_us, now_us
    )
    reasons = rules.judge(
        columns.series_id,
        columns.ts_us,
        columns.edge_ts_us,
        value,
        columns.quality,
        limits=_limits(now_us),
    )
    for number, reason in odd.items():
        if reasons[number] != Reason.UNKNOWN_SERIES:
            reasons[number] = reason
    return columns, reasons


def _replay_message(session: Session, actor: Principal, row: QuarantineEntry) -> ReplayResult:
    body = row.body
    if row.reason in rules.NEVER_REPLAYABLE:
        raise NotReplayable(f"{row.reason} does not become right by waiting")
    if body is None or len(body) < row.size_bytes:
        raise NotReplayable("not all of its bytes were kept; the gateway sends it again itself")

    def key_of(agent_id: str) -> tuple[bytes, ...] | None:
        found = assets.find_gateway(session, agent_id)
        return None if found is None else assets.gateway_keys(found)

    try:
        topic_agent = row.agent_id or agent_of(body)
    except WireError as error:
        raise NotReplayable(error.detail) from None
    admitted = admit(
        decode_frame, body, topic_agent, lambda a: assets.find_gateway(session, a), key_of
    )
    if isinstance(admitted, Rejected):
        raise NotReplayable(f"{admitted.reason}: {admitted.detail}", reason=admitted.reason)
    tags = mapping.resolve(session, admitted.gateway, admitted.content.schema_hash)
    if tags is None:
        raise NotReplayable("its schema is not known")
    now = utc_now()
    now_us = int(now.timestamp() * _US)
    batch = Batch.of([Incoming(admitted, tags)], now_us, _limits(now_us))
    telemetry.ensure_partitions(_engine(session), batch.storable)
    ensure_frames_partitions(_engine(session), [now.date()])
    receipt = commit_frames(
        session, batch, messages_kept_max=settings(Ingest).quarantined_messages_max
    )
    if receipt.answers[0].verdict != "stored":
        raise NotReplayable(receipt.answers[0].detail)
    _resolve(session, actor, row, "replayed", None)
    return ReplayResult(receipt.stored, receipt.quarantined, _record(row))
