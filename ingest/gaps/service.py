"""Public verbs on gaps, for `ingest.service`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from ingest.batch import Batch
from ingest.gaps import repository
from ingest.gaps.rules import asset_gaps
from kernel.db import driver_connection
from kernel.errors import InvalidInput

GAPS_AT_ONCE_MAX: Final = 2000


@dataclass(frozen=True)
class SeriesGap:
    """Between these bounds readings of these series may be missing, and nobody could fetch them afterwards.

    Attributes:
        reason: one of `kernel.wire.gaps.REASONS`, or a word of a later agent.
        agent_id: which gateway declared it.
        recorded_at: when it was received.
    """

    id: int
    series_ids: list[int]
    started_at: datetime
    ended_at: datetime
    reason: str
    agent_id: str
    recorded_at: datetime


def record_gaps(session: Session, batch: Batch, chosen: Sequence[int], at: datetime) -> None:
    """Write down the gaps of frames received for the first time, in their transaction.

    Of a frame that comes again under another number those are left out that are on record already.
    """
    rows: list[repository.GapCells] = []
    for number in chosen:
        incoming = batch.frames[number]
        frame = incoming.frame
        for gap in frame.gaps:
            found = [
                (frame.agent, frame.epoch, frame.lane, frame.seq, of.asset_id, of.series_ids,
                 of.started_at, of.ended_at, of.reason, at)
                for of in asset_gaps(gap, incoming.tags, at)
            ]  # fmt: skip
            if frame.again and rows:
                # So that those of this transaction are seen as well.
                repository.copy_gaps(driver_connection(session), rows)
                rows = []
            rows.extend(
                row for row in found if not frame.again or not repository.is_recorded(session, row)
            )
    if rows:
        repository.copy_gaps(driver_connection(session), rows)


def gaps_of_asset(
    session: Session,
    asset_id: str,
    start: datetime,
    end: datetime,
    series_ids: Collection[int] | None = None,
) -> list[SeriesGap]:
    """Return the gaps of an asset that touch `start <= t < end`, the latest first, at most 2,000.

    Args:
        session: of the caller.
        asset_id: whose; the caller has checked that it may be seen.
        start: of the span.
        end: of the span.
        series_ids: only gaps of at least one of these series.

    Raises:
        InvalidInput: the span does not begin before it ends.
    """
    if start >= end:
        raise InvalidInput("the span must begin before it ends", field="end")
    rows = repository.gaps_between(session, asset_id, series_ids, (start, end), GAPS_AT_ONCE_MAX)
    return [
        SeriesGap(
            row.id,
            row.series_ids,
            row.started_at,
            row.ended_at,
            row.reason,
            row.agent_id,
            row.recorded_at,
        )
        for row in rows
    ]
