"""Public verbs of ingest: what arrived, frame by frame, how its agents are, and what was quarantined."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from ingest import repository, rules
from ingest.announcer import on_frames_committed
from ingest.bulk import BulkResult, drop_matching, drop_portion, replay_matching, replay_portion
from ingest.decoding import reread_frame
from ingest.disposition import (
    QuarantineFilter,
    QuarantineGroup,
    QuarantineRecord,
    ReplayResult,
    drop_quarantine,
    get_quarantine,
    list_quarantine,
    list_quarantine_groups,
    may_be_replayed,
    replay_quarantine,
)
from ingest.gaps.service import SeriesGap, gaps_of_asset
from ingest.health.reports import reports
from ingest.health.service import GatewayAlarmRecord, list_gateway_alarms, open_alarms
from ingest.present_tags import present_tags

__all__ = [
    "AgentStatus",
    "BulkResult",
    "Counts",
    "GatewayAlarmRecord",
    "Head",
    "QuarantineFilter",
    "QuarantineGroup",
    "QuarantineRecord",
    "ReplayResult",
    "SeriesGap",
    "StoredFrame",
    "agent_statuses",
    "counts",
    "drop_matching",
    "drop_portion",
    "drop_quarantine",
    "gaps_of_asset",
    "get_quarantine",
    "heads",
    "list_gateway_alarms",
    "list_quarantine",
    "list_quarantine_groups",
    "may_be_replayed",
    "on_frames_committed",
    "open_alarms",
    "present_tags",
    "read_frames",
    "replay_matching",
    "replay_portion",
    "replay_quarantine",
    "reports",
]

FRAMES_AT_ONCE_MAX: Final = 1000


@dataclass(frozen=True)
class Head:
    """Up to where an agent's epoch and lane has been received without a hole.

    Attributes:
        next_seq: the first frame that is not there yet; 0 when the first one is missing.
    """

    agent_id: str
    epoch: UUID
    lane: str
    next_seq: int


@dataclass(frozen=True)
class StoredFrame:
    """The readings of a frame that its commit stored, in the order of the frame; arrays of one length.

    Attributes:
        seq: number in its epoch and lane.
        received_at: when it was received.
        series_id: int32.
        ts_us: int64, source time, µs since 1970.
        value: float64, finite.
        quality: uint32, OPC UA StatusCode.
        dropped: how many readings its agent gave up in this place.
    """

    seq: int
    received_at: datetime
    series_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]
    dropped: int = 0


@dataclass(frozen=True)
class Counts:
    """Readings of an agent over all its epochs: taken = stored + quarantined + dropped, once all arrived.

    Attributes:
        taken: durably taken by the edge, by its own last word.
        stored: in the readings table.
        quarantined: received and not stored, whether they wait for a decision or were dropped by one.
        dropped: given up by a full buffer at the edge, as it declared.
    """

    taken: int
    stored: int
    quarantined: int
    dropped: int = 0


@dataclass(frozen=True)
class AgentStatus:
    """How an agent is; what it never said is None.

    Attributes:
        buffered: readings at the edge that were not acknowledged, by its last word.
        clock_offset_ms: how far its clock is ahead of the server's.
        sources: what it reads from, as it reported it.
        status_at: when it last reported.
        last_seen_at: when anything of it last arrived.
        counts: its readings.
    """

    agent_id: str
    epoch: UUID | None
    version: str | None
    buffered: int | None
    clock_offset_ms: int | None
    sources: list[dict[str, Any]]
    status_at: datetime | None
    last_seen_at: datetime | None
    counts: Counts


def heads(session: Session) -> list[Head]:
    """Return the head of every agent, epoch and lane that anything was received of."""
    return [Head(a, e, lane, next_seq) for a, e, lane, next_seq in repository.heads(session)]


def read_frames(  # noqa: PLR0917 - a place in the log is these four together
    session: Session, agent_id: str, epoch: UUID, lane: str, from_seq: int, limit: int
) -> list[StoredFrame]:
    """Return at most `limit` frames from `from_seq` on, up to the first hole.

    Where old frames were removed it goes on with the first one that is left.
    Reading a frame again gives the same readings for ever: the mapping and the exclusions are those of its
    commit, and what was replayed from quarantine since is not in it.
    """
    limit, key = min(limit, FRAMES_AT_ONCE_MAX), (agent_id, epoch, lane)
    rows = repository.frames_from(session, key, from_seq, limit)
    if not rows or rows[0].seq != from_seq:
        rows = repository.frames_left(session, key, from_seq, limit)
    rows = rows[: rules.contiguous([row.seq for row in rows], rows[0].seq if rows else from_seq)]
    maps = {
        mapping_id: np.array(series_ids, np.int32)
        for mapping_id, series_ids in repository.mappings(
            session, {row.mapping_id for row in rows}
        ).items()
    }
    return [_stored_frame(row, maps.get(row.mapping_id)) for row in rows]


def _stored_frame(row: Any, series_ids: NDArray[np.int32] | None) -> StoredFrame:
    frame = reread_frame(row.body)
    kept = np.ones(len(frame), np.bool_)
    if row.excluded is not None:
        kept[np.frombuffer(row.excluded, "<u4")] = False
    numbers = np.frombuffer(frame.series, np.uint32)[kept]
    return StoredFrame(
        row.seq,
        row.received_at,
        np.zeros(0, np.int32) if series_ids is None else series_ids[numbers],
        np.frombuffer(frame.ts, np.int64)[kept],
        rules.settled(np.frombuffer(frame.value, np.float64), frame.odd)[kept],
        np.frombuffer(frame.quality, np.uint32)[kept],
        row.dropped,
    )


def counts(session: Session, agent_id: str) -> Counts:
    """Return an agent's readings over all its epochs."""
    return _counts(repository.totals(session, [agent_id])[agent_id])


def _counts(totals: repository.LedgerTotals) -> Counts:
    return Counts(totals.taken, totals.stored, totals.quarantined, totals.dropped)


def agent_statuses(session: Session, agent_ids: Sequence[str]) -> dict[str, AgentStatus]:
    """Return how each of these agents is, also of those that were never heard of."""
    known = {row.agent_id: row for row in repository.agents(session, agent_ids)}
    totals = repository.totals(session, agent_ids)
    return {a: _status(a, known.get(a), _counts(totals[a])) for a in agent_ids}


def _status(agent_id: str, row: Any, counted: Counts) -> AgentStatus:
    if row is None:
        return AgentStatus(agent_id, None, None, None, None, [], None, None, counted)
    return AgentStatus(
        agent_id,
        row.epoch,
        row.version,
        row.buffered,
        row.clock_offset_ms,
        row.sources,
        row.status_at,
        row.last_seen_at,
        counted,
    )
