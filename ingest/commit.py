"""The one transaction that receives frames: ledger, readings, frames, latest values, quarantine, gaps.

What it decides is decided under locks that everybody takes in one order (`ingest.ledger.repository`): the
agents, alone where something of them is sent again; then the ledger's entries. So a frame that two processes
hold counts once, a reading that came under two numbers is stored once, and they cannot deadlock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from sqlalchemy.orm import Session

from ingest import repository, rules
from ingest.admission import Rejected
from ingest.again import without_known
from ingest.batch import Batch, Incoming
from ingest.gaps.service import record_gaps
from ingest.ledger import repository as ledger
from ingest.ledger.repository import LedgerChange
from ingest.quarantine import intake
from ingest.rules import Reason
from kernel.db import driver_connection
from telemetry import service as telemetry
from telemetry.service import PreparedReadings

STORED: Final = "stored"
NEW_EPOCH: Final = "new_epoch"
REFUSED: Final = "refused"


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
        forgotten: frames whose number the ledger has, and that nobody can compare any more.
        stored: readings stored.
        quarantined: readings quarantined, by reason.
    """

    answers: list[Answer] = field(default_factory=list)
    prepared: PreparedReadings | None = None
    frames: int = 0
    duplicates: int = 0
    forgotten: int = 0
    stored: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Told:
    """The frames of a batch by what the ledger says of their numbers.

    Attributes:
        fresh: never seen.
        reused: received before with other bytes.
        forgotten: received before, and nothing is left that would tell with which bytes.
    """

    fresh: list[int] = field(default_factory=list)
    reused: list[int] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)


def commit_frames(
    session: Session,
    batch: Batch,
    *,
    messages_kept_max: int,
    detail: str = "",
    late: bool = False,
    bare: bool = False,
) -> Receipt:
    """Receive a batch in the session's transaction; days have room already.

    A frame the ledger has is answered as stored again, unless its bytes differ from those received: then it
    is quarantined and its agent told to open a new epoch. That it is told as well where nobody can tell any
    more: what it then sends again is compared reading by reading.

    Args:
        session: nothing was locked in it before.
        batch: what came.
        messages_kept_max: see `intake.put_messages`.
        detail: why readings are quarantined that the database refused.
        late: the frames came any time ago.
        bare: write down no more than that the frames came and what of them cannot be stored: the database
            refuses the rest. Scoring passes over such frames.
    """
    at = datetime.fromtimestamp(batch.received_at_us / 1e6, UTC)
    keys = sorted({incoming.key[0] for incoming in batch.frames})
    agents = _agents(batch)
    ledger.lock_agents(session, agents)
    in_doubt = ledger.lock_ledger(session, keys, ever=late)
    told = _tell_apart(session, batch)
    if in_doubt or any(agents.values()):
        batch = without_known(session, batch, told.fresh, in_doubt)
    prepared = batch.prepared_of(told.fresh)
    reused = [
        rejected_frame(batch.frames[number], rules.SEQ_REUSED, "it came before with other bytes")
        for number in told.reused
    ]
    if told.fresh:
        telemetry.store_readings(session, prepared)
        if not bare:
            repository.copy_frames(driver_connection(session), _frame_rows(batch, told.fresh, at))
            record_gaps(session, batch, told.fresh, at)
        ledger.add_to_ledger(session, _ledger_changes(batch, told.fresh), at)
        intake.put_readings(session, batch, told.fresh, detail, at)
    nowhere_else = _without_quarantined(batch, told.fresh, detail) if bare else []
    intake.put_messages(session, [*reused, *nowhere_else], messages_kept_max, at)
    if not bare:
        repository.touch_agents(session, sorted(agents), at)
    return Receipt(
        answers=_answers(batch, told),
        prepared=prepared if prepared.rows else None,
        frames=len(told.fresh),
        duplicates=len(batch.frames) - len(told.fresh) - len(told.reused) - len(told.forgotten),
        forgotten=len(told.forgotten),
        stored=prepared.rows,
        quarantined=_count_reasons(batch, told.fresh),
    )


def _without_quarantined(batch: Batch, fresh: Sequence[int], detail: str) -> list[Rejected]:
    """Return frames as messages of which no reading goes to quarantine, so that they stand somewhere."""
    return [
        rejected_frame(batch.frames[number], Reason.STORAGE_REFUSED.code, detail)
        for number in fresh
        if not batch.quarantined[number]
    ]


def _agents(batch: Batch) -> dict[str, bool]:
    """Return the agents of a batch, and whether each has to be held alone."""
    agents: dict[str, bool] = {}
    for incoming in batch.frames:
        frame = incoming.admitted.content
        if frame.again or frame.agent not in agents:
            agents[frame.agent] = frame.again
    return agents


def _tell_apart(session: Session, batch: Batch) -> _Told:
    frames = batch.frames
    known = ledger.received(session, [incoming.key for incoming in frames])
    seen = [frames[n].key for n, is_known in enumerate(known) if is_known]
    digests = ledger.digests(session, seen)
    received = set(seen)
    told = _Told()
    for number, incoming in enumerate(frames):
        digest = incoming.admitted.digest
        if incoming.key not in received:
            received.add(incoming.key)
            digests[incoming.key] = digest
            told.fresh.append(number)
        elif incoming.key not in digests:
            told.forgotten.append(number)
        elif digests[incoming.key] != digest:
            told.reused.append(number)
    return told


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
    numbers: dict[ledger.LedgerKey, list[int]] = {}
    for number in chosen:
        numbers.setdefault(batch.frames[number].key[0], []).append(number)
    changes = []
    for key, of_key in sorted(numbers.items()):
        readings = sum(len(batch.frames[number].frame) for number in of_key)
        quarantined = int(batch.quarantined[of_key].sum())
        stored = readings - quarantined - int(batch.known[of_key].sum())
        seqs = [batch.frames[number].frame.seq for number in of_key]
        dropped = sum(batch.frames[number].frame.dropped for number in of_key)
        again = any(batch.frames[number].frame.again for number in of_key)
        changes.append(
            LedgerChange(key, rules.multirange(seqs), stored, quarantined, dropped, again)
        )
    return changes


def rejected_frame(incoming: Incoming, reason: str, detail: str) -> Rejected:
    """Return a frame as a message for quarantine."""
    frame = incoming.frame
    return Rejected(
        source=frame.agent,
        agent_id=frame.agent,
        reason=reason,
        detail=f"epoch {frame.epoch}, lane {frame.lane}, frame {frame.seq}: {detail}",
        payload=incoming.admitted.payload,
        digest=incoming.admitted.digest,
    )


def _answers(batch: Batch, told: _Told) -> list[Answer]:
    why = {
        **dict.fromkeys(told.reused, "this number was received with other bytes"),
        **dict.fromkeys(told.forgotten, "this number was received before and is no longer kept"),
    }
    return [
        Answer(
            incoming.frame.agent,
            incoming.frame.epoch,
            incoming.frame.lane,
            incoming.frame.seq,
            NEW_EPOCH if number in why else STORED,
            why.get(number, ""),
        )
        for number, incoming in enumerate(batch.frames)
    ]


def _count_reasons(batch: Batch, chosen: Sequence[int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    wanted = set(chosen)
    for one in batch.spoilt:
        if one.number in wanted:
            counts[one.reason.code] = counts.get(one.reason.code, 0) + one.readings
    return counts
