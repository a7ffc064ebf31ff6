"""The one transaction that receives frames: ledger, readings, frames, latest values, quarantine, gaps.

What it decides is decided under the ledger's row locks, taken in one order by everybody, so that a frame
that two processes hold counts once and they cannot deadlock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from ingest import repository, rules
from ingest.admission import Rejected
from ingest.batch import Batch
from ingest.gaps.service import record_gaps
from ingest.quarantine import intake
from ingest.repository import LedgerChange
from kernel.db import driver_connection
from telemetry import service as telemetry
from telemetry.service import PreparedReadings

STORED: Final = "stored"
NEW_EPOCH: Final = "new_epoch"


@dataclass(frozen=True)
class Answer:
    """What an agent is told about one frame."""

    agent_id: str
    epoch: Any
    lane: str
    seq: int
    verdict: str
    detail: str = ""


@dataclass(frozen=True)
class Receipt:
    """What a committed transaction did.

    Attributes:
        answers: one per frame of the batch.
        prepared: the readings that were stored; None when none were.
        frames: frames received for the first time.
        duplicates: frames the ledger had already.
        stored: readings stored.
        quarantined: readings quarantined, by reason.
    """

    answers: list[Answer] = field(default_factory=list)
    prepared: PreparedReadings | None = None
    frames: int = 0
    duplicates: int = 0
    stored: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)


def commit_frames(
    session: Session, batch: Batch, *, messages_kept_max: int, detail: str = ""
) -> Receipt:
    """Receive a batch in the session's transaction; days have room already.

    A frame the ledger has is answered as stored again, unless its bytes differ from those received: then it
    is quarantined and its agent told to open a new epoch.
    """
    at = datetime.fromtimestamp(batch.received_at_us / 1e6, UTC)
    keys = sorted({incoming.key[0] for incoming in batch.frames})
    repository.lock_ledger(session, keys)
    fresh, reused = _tell_apart(session, batch)
    batch = _without_known(session, batch, fresh)
    prepared = batch.prepared_of(fresh)
    if fresh:
        telemetry.store_readings(session, prepared)
        repository.copy_frames(driver_connection(session), _frame_rows(batch, fresh, at))
        repository.add_to_ledger(session, _ledger_changes(batch, fresh), at)
        intake.put_readings(session, batch, fresh, detail, at)
        record_gaps(session, batch, fresh, at)
    intake.put_messages(
        session, [_reused(batch, number) for number in reused], messages_kept_max, at
    )
    repository.touch_agents(session, sorted({key[0] for key in keys}), at)
    return Receipt(
        answers=_answers(batch, reused),
        prepared=prepared if prepared.rows else None,
        frames=len(fresh),
        duplicates=len(batch.frames) - len(fresh) - len(reused),
        stored=prepared.rows,
        quarantined=_count_reasons(batch, fresh),
    )


def _tell_apart(session: Session, batch: Batch) -> tuple[list[int], list[int]]:
    """Return the numbers of frames never seen, and of those whose number was used for other bytes."""
    frames = batch.frames
    known = repository.received(session, [incoming.key for incoming in frames])
    seen = [frames[n].key for n, is_known in enumerate(known) if is_known]
    # A frame whose partition is gone cannot be compared any more; then its number decides.
    digests = repository.digests(session, seen) if seen else {}
    received = set(seen)
    fresh: list[int] = []
    reused: list[int] = []
    for number, incoming in enumerate(frames):
        digest = incoming.admitted.digest
        if incoming.key not in received:
            received.add(incoming.key)
            digests[incoming.key] = digest
            fresh.append(number)
        elif digests.get(incoming.key, digest) != digest:
            reused.append(number)
    return fresh, reused


def _without_known(session: Session, batch: Batch, fresh: Sequence[int]) -> Batch:
    """Leave out what is stored already of frames that were sent again under another number.

    An agent whose buffer file was an old copy, or damaged, cannot tell what it has sent.
    """
    again = [number for number in fresh if batch.frames[number].frame.again]
    rows = batch.rows_of(again) if again else np.zeros(0, np.intp)
    if not len(rows):
        return batch
    return batch.without(rows[telemetry.are_stored(session, batch.columns.take(rows))])


def _frame_rows(batch: Batch, chosen: Sequence[int], at: datetime) -> list[tuple[Any, ...]]:
    rows = []
    for number in chosen:
        incoming = batch.frames[number]
        frame = incoming.frame
        quarantined = int(batch.quarantined[number])
        excluded = (
            np.flatnonzero(batch.reasons_of(number)).astype("<u4").tobytes()
            if quarantined or batch.known[number]
            else None
        )
        rows.append(
            (
                frame.agent,
                frame.epoch,
                frame.lane,
                frame.seq,
                at,
                incoming.admitted.digest,
                incoming.tags.mapping_id,
                len(frame),
                quarantined,
                frame.dropped,
                excluded,
                incoming.admitted.payload,
            )
        )
    return rows


def _ledger_changes(batch: Batch, chosen: Sequence[int]) -> list[LedgerChange]:
    numbers: dict[repository.LedgerKey, list[int]] = {}
    for number in chosen:
        numbers.setdefault(batch.frames[number].key[0], []).append(number)
    changes = []
    for key, of_key in sorted(numbers.items()):
        readings = sum(len(batch.frames[number].frame) for number in of_key)
        quarantined = int(batch.quarantined[of_key].sum())
        stored = readings - quarantined - int(batch.known[of_key].sum())
        seqs = [batch.frames[number].frame.seq for number in of_key]
        dropped = sum(batch.frames[number].frame.dropped for number in of_key)
        changes.append(LedgerChange(key, rules.multirange(seqs), stored, quarantined, dropped))
    return changes


def _reused(batch: Batch, number: int) -> Rejected:
    incoming = batch.frames[number]
    frame = incoming.frame
    return Rejected(
        source=frame.agent,
        agent_id=frame.agent,
        reason=rules.SEQ_REUSED,
        detail=f"epoch {frame.epoch}, lane {frame.lane}, frame {frame.seq} came before with other bytes",
        payload=incoming.admitted.payload,
        digest=incoming.admitted.digest,
    )


def _answers(batch: Batch, reused: Sequence[int]) -> list[Answer]:
    others = set(reused)
    return [
        Answer(
            incoming.frame.agent,
            incoming.frame.epoch,
            incoming.frame.lane,
            incoming.frame.seq,
            NEW_EPOCH if number in others else STORED,
            "this number was received with other bytes" if number in others else "",
        )
        for number, incoming in enumerate(batch.frames)
    ]


def _count_reasons(batch: Batch, chosen: Sequence[int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for number in chosen:
        if batch.quarantined[number]:
            reasons, readings = np.unique(batch.reasons_of(number), return_counts=True)
            for reason, count in zip(reasons.tolist(), readings.tolist(), strict=True):
                if reason and reason != rules.Reason.ALREADY_STORED:
                    code = rules.Reason(reason).code
                    counts[code] = counts.get(code, 0) + count
    return counts
