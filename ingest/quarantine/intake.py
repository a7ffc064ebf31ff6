"""Putting into quarantine, in the transaction that received the frame or message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from ingest import parcel
from ingest.admission import Rejected
from ingest.batch import Batch, Spoilt
from ingest.quarantine import repository
from ingest.quarantine.repository import MessageRow

BODY_BYTES_MAX: Final = 64 * 1024
DETAIL_LENGTH_MAX: Final = 1000
# The entry that counts what is no longer kept one by one.
OVERFLOW_DIGEST: Final = b""


def put_readings(
    session: Session, batch: Batch, chosen: Sequence[int], detail: str, at: datetime
) -> None:
    """Keep the readings of some frames that cannot be stored, an entry for each frame and reason."""
    wanted = set(chosen)
    rows = [_row(batch, one, detail, at) for one in batch.spoilt if one.number in wanted]
    repository.add_readings(session, rows)


def _row(batch: Batch, one: Spoilt, detail: str, at: datetime) -> dict[str, Any]:
    incoming = batch.frames[one.number]
    frame = incoming.frame
    return {
        "source": frame.agent,
        "agent_id": frame.agent,
        "reason": one.reason.code,
        "detail": storable(detail),
        "epoch": frame.epoch,
        "lane": frame.lane,
        "seq": frame.seq,
        "schema_hash": frame.schema_hash,
        "digest": incoming.admitted.digest,
        "readings": one.readings,
        "size_bytes": len(one.body),
        "body": one.body,
        "body_version": parcel.VERSION,
        "first_seen_at": at,
        "last_seen_at": at,
    }


def storable(detail: str) -> str:
    """Return a detail as PostgreSQL takes it, whatever it quotes: without NUL and halves of surrogates."""
    text = detail[:DETAIL_LENGTH_MAX].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass
class _Group:
    sample: Rejected
    occurrences: int


def put_messages(
    session: Session, messages: Sequence[Rejected], kept_max: int, at: datetime
) -> None:
    """Keep or count messages that were not accepted, however many and whoever sent them.

    At most `kept_max` different ones are kept for each source and reason.
    """
    groups: dict[tuple[str, str, bytes], _Group] = {}
    for message in messages:
        key = message.source, message.reason, message.digest
        groups.setdefault(key, _Group(message, 0)).occurrences += 1
    known: dict[tuple[str, str], set[bytes]] = {}
    overflow: dict[tuple[str, str], _Group] = {}
    rows: list[MessageRow] = []
    # One order for everybody, so that two processes cannot deadlock on the entries.
    for (source, reason, digest), group in sorted(groups.items()):
        place = source, reason
        if place not in known:
            known[place] = set(repository.messages_kept(session, source, reason))
        if digest in known[place] or len(known[place] - {OVERFLOW_DIGEST}) < kept_max:
            known[place].add(digest)
            rows.append(_message_row(group, digest))
        else:
            overflow.setdefault(place, _Group(group.sample, 0)).occurrences += group.occurrences
    rows += [_message_row(group, OVERFLOW_DIGEST) for group in overflow.values()]
    rows.sort(key=lambda row: (row.source, row.reason, row.digest))
    repository.put_messages(session, rows, at)


def _message_row(group: _Group, digest: bytes) -> MessageRow:
    sample = group.sample
    counted_only = digest == OVERFLOW_DIGEST
    return MessageRow(
        source=sample.source,
        agent_id=sample.agent_id,
        reason=sample.reason,
        detail="more of these were counted but not kept"
        if counted_only
        else storable(sample.detail),
        digest=digest,
        size_bytes=0 if counted_only else len(sample.payload),
        body=None if counted_only else sample.payload[:BODY_BYTES_MAX],
        occurrences=group.occurrences,
    )
