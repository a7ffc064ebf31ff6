"""Storing what quarantine kept, by the rules and mappings of now, each reading once however many replay.

Readings stay as they came; those that their agent sent again meanwhile, and that are stored, are not stored a
second time. Entries are locked first, then agents, alone, then the ledger; ingest never waits for an entry of
readings, so that they cannot deadlock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ingest import mapping, parcel, rules
from ingest.admission import Rejected, admit
from ingest.again import codes_of, repeated
from ingest.batch import Batch, Incoming
from ingest.commit import commit_frames
from ingest.decoding import decode_frame
from ingest.errors import NotReplayable
from ingest.ledger import repository as ledger
from ingest.ledger.repository import LedgerKey
from ingest.mapping import TagMap
from ingest.models import QuarantineEntry
from ingest.parcel import Parcel
from ingest.partitions import ensure_frames_partitions
from ingest.rules import Limits, Reason
from ingest.settings import Ingest
from ingest.texts import coded, texts_of
from kernel.clock import utc_now
from kernel.settings import settings
from kernel.wire.envelope import agent_of
from kernel.wire.errors import WireError
from registry import audit
from registry.assets import service as assets
from registry.permissions import Principal
from telemetry import service as telemetry
from telemetry.service import ReadingColumns
from telemetry.states import service as states

_US: Final = 1_000_000
SCHEMA_UNKNOWN: Final = "schema_unknown"


@dataclass
class Replayed:
    """What became of an entry of readings.

    Attributes:
        stored: readings stored now.
        known: readings that need not be: they came under another number as well, and are stored.
        remaining: those that stay, by reason.
        good: what can be stored; None when its schema is not known.
        rest: what cannot.
    """

    row: QuarantineEntry
    stored: int = 0
    known: int = 0
    remaining: dict[str, int] = field(default_factory=dict)
    good: ReadingColumns | None = None
    rest: Parcel | None = None

    @property
    def settled(self) -> bool:
        """Whether anything of it is done with."""
        return self.stored + self.known > 0

    @property
    def ready(self) -> int:
        """How many readings can be stored, or are."""
        return 0 if self.good is None else len(self.good.series_id)

    @property
    def ledger_key(self) -> LedgerKey:
        """Where its frame is counted."""
        assert self.row.epoch is not None
        return self.row.source, self.row.epoch, str(self.row.lane)

    @property
    def why(self) -> str:
        """Why nothing of it could be stored."""
        if SCHEMA_UNKNOWN in self.remaining:
            return "its schema is not known"
        listed = ", ".join(f"{code} {count}" for code, count in self.remaining.items())
        return f"none of its readings can be stored: {listed}"


def resolve(
    session: Session, actor: Principal, row: QuarantineEntry, state: str, reason: str | None
) -> None:
    """Close an entry and give up its bytes, on record."""
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


def _limits(now_us: int) -> Limits:
    chosen = settings(Ingest)
    return Limits.at(
        now_us, future_seconds_max=chosen.future_seconds_max, age_days_max=chosen.accepted_days
    )


def _engine(session: Session) -> Engine:
    bind = session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine


def replay_readings(
    session: Session, actor: Principal, rows: Sequence[QuarantineEntry]
) -> list[Replayed]:
    """Store what can be stored of open entries of readings, which the caller has locked; all in one COPY."""
    now_us = int(utc_now().timestamp() * _US)
    tags_of: dict[tuple[str, bytes], TagMap | None] = {}
    results = []
    for row in rows:
        assert row.schema_hash is not None
        place = row.source, row.schema_hash
        if place not in tags_of:
            gateway = assets.find_gateway(session, row.source)
            assert gateway is not None  # a foreign key says so
            tags_of[place] = mapping.resolve(session, gateway, row.schema_hash)
        tags = tags_of[place]
        if tags is None or row.body is None:
            results.append(Replayed(row, remaining={SCHEMA_UNKNOWN: row.readings}))
            continue
        kept = parcel.unpack(row.body)
        columns, reasons = _judge(kept, tags, now_us, _codes(session, kept.odd, kept.series, tags))
        remaining = _count(reasons)
        rest = kept.take(np.flatnonzero(reasons)) if remaining else None
        results.append(
            Replayed(row, remaining=remaining, good=columns.take(reasons == 0), rest=rest)
        )
    _store(session, [done for done in results if done.ready])
    for done in results:
        if done.settled:
            _settle(session, actor, done)
    return results


def _count(reasons: Any) -> dict[str, int]:
    return {
        Reason(reason).code: int((reasons == reason).sum())
        for reason in np.unique(reasons)
        if reason
    }


def _store(session: Session, results: Sequence[Replayed]) -> None:
    """Store what is not stored yet, and count it and the rest as quarantined no longer."""
    if not results:
        return
    columns = ReadingColumns.joined([done.good for done in results if done.good is not None])
    telemetry.ensure_partitions(_engine(session), columns)
    ledger.lock_agents(session, {done.row.source: True for done in results})
    ledger.lock_ledger(session, sorted({done.ledger_key for done in results}))
    known = _known(session, results, columns)
    telemetry.store_readings(session, telemetry.prepare_readings(columns.take(~known)))
    ends = np.cumsum([done.ready for done in results])
    for done, part in zip(results, np.split(known, ends[:-1]), strict=True):
        done.known = int(part.sum())
        done.stored = done.ready - done.known
        ledger.settle_quarantined(session, done.ledger_key, stored=done.stored, known=done.known)


def _known(
    session: Session, results: Sequence[Replayed], columns: ReadingColumns
) -> NDArray[np.bool_]:
    """Tell which readings came under another number as well, and are stored or stand in an earlier entry.

    Only agents that ever sent something again are looked up. Entries of one frame hold different readings.
    """
    known = np.zeros(len(columns.series_id), np.bool_)
    sizes = [done.ready for done in results]
    again = ledger.sent_again(session, {done.row.source for done in results})
    rows = np.flatnonzero(np.repeat([done.row.source in again for done in results], sizes))
    if len(rows):
        agents = np.repeat(codes_of([done.row.source for done in results]), sizes)[rows]
        frames = [(done.ledger_key, done.row.seq) for done in results]
        ranks = np.repeat(codes_of(frames), sizes)[rows]
        compared = columns.take(rows)
        known[rows] = telemetry.are_stored(session, compared) | repeated(compared, agents, ranks)
    return known


def _settle(session: Session, actor: Principal, done: Replayed) -> None:
    row, rest = done.row, done.rest
    if rest is None:
        resolve(session, actor, row, "replayed", None)
        return
    before = row.readings
    row.body = parcel.pack(rest)
    row.size_bytes, row.readings = len(row.body), len(rest)
    session.flush()
    gateway = assets.find_gateway(session, row.source)
    assert gateway is not None
    audit.record(
        session,
        actor,
        "quarantine.replay_partly",
        "quarantine",
        row.id,
        organisation_id=gateway.organisation_id,
        changes={"readings": [before, len(rest)]},
    )


def _codes(
    session: Session, odd: Mapping[int, Any], numbers: NDArray[np.uint32], tags: TagMap
) -> dict[int, int]:
    rows = texts_of(odd, numbers, tags)
    return coded(rows, states.codes_for(session, rows.values())) if rows else {}


def _judge(
    kept: Parcel, tags: TagMap, now_us: int, codes: Mapping[int, int]
) -> tuple[ReadingColumns, Any]:
    value, odd = rules.settle_odd(
        kept.value, tags.booleans_of(kept.series), kept.quality, kept.odd, codes
    )
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


def replay_message(
    session: Session, actor: Principal, row: QuarantineEntry
) -> tuple[int, dict[str, int]]:
    """Receive an open message as if it came now; return the readings stored, and those quarantined by reason.

    Raises:
        NotReplayable: it cannot be received; the detail says why.
    """
    body = row.body
    if row.reason in rules.NEVER_REPLAYABLE:
        raise NotReplayable(f"{row.reason} does not become right by waiting", reason="never_right")
    if body is None or len(body) < row.size_bytes:
        raise NotReplayable(
            "not all of its bytes were kept; the gateway sends it again itself", reason="not_kept"
        )

    def key_of(agent_id: str) -> tuple[bytes, ...] | None:
        found = assets.find_gateway(session, agent_id)
        return None if found is None else assets.gateway_keys(found)

    try:
        topic_agent = row.agent_id or agent_of(body)
    except WireError as error:
        raise NotReplayable(error.detail, reason=error.code) from None
    admitted = admit(
        decode_frame, body, topic_agent, lambda a: assets.find_gateway(session, a), key_of
    )
    if isinstance(admitted, Rejected):
        raise NotReplayable(f"{admitted.reason}: {admitted.detail}", reason=admitted.reason)
    tags = mapping.resolve(session, admitted.gateway, admitted.content.schema_hash)
    if tags is None:
        raise NotReplayable("its schema is not known", reason=SCHEMA_UNKNOWN)
    now = utc_now()
    now_us = int(now.timestamp() * _US)
    frame = admitted.content
    codes = _codes(session, frame.odd, np.frombuffer(frame.series, np.uint32), tags)
    batch = Batch.of([Incoming(admitted, tags, codes)], now_us, _limits(now_us))
    telemetry.ensure_partitions(_engine(session), batch.storable)
    ensure_frames_partitions(_engine(session), [now.date()])
    receipt = commit_frames(
        session, batch, messages_kept_max=settings(Ingest).quarantined_messages_max, late=True
    )
    if receipt.answers[0].verdict != "stored":
        raise NotReplayable(receipt.answers[0].detail, reason=row.reason)
    resolve(session, actor, row, "replayed", None)
    return receipt.stored, receipt.quarantined
