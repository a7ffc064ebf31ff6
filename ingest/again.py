"""Readings that came under two numbers, stored once.

An agent whose buffer file was an old copy, damaged, or numbered anew cannot tell what it has sent, and what
it sent before may still be on its way. Frames that say `again` are compared while their agent is held alone,
late ones of before while nobody else holds it alone.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from ingest.batch import Batch
from ingest.ledger.repository import LedgerKey
from telemetry import service as telemetry
from telemetry.service import ReadingColumns

_READING = np.dtype(
    [
        ("agent", np.int32),
        ("series", np.int32),
        ("ts", np.int64),
        ("value", np.int64),
        ("quality", np.uint32),
        ("edge_ts", np.int64),
    ]
)


def without_known(
    session: Session, batch: Batch, fresh: Sequence[int], in_doubt: Collection[LedgerKey]
) -> Batch:
    """Mark what is stored already of frames that say `again`, or whose ledger entry is in doubt.

    Compared are series, times, value and quality: with what is committed, then with the other frames of the
    batch. Two equal readings of one frame are two readings.
    """
    compared = [
        number
        for number in fresh
        if batch.frames[number].frame.again or batch.frames[number].key[0] in in_doubt
    ]
    rows = batch.rows_of(compared) if compared else np.zeros(0, np.intp)
    if not len(rows):
        return batch
    batch = batch.without(rows[telemetry.are_stored(session, batch.columns.take(rows))])
    agents = {batch.frames[number].frame.agent for number in compared}
    certain = set(fresh) - set(compared)
    beside = [number for number in certain if batch.frames[number].frame.agent in agents]
    return batch.without(_repeated(batch, beside, compared))


def _repeated(batch: Batch, beside: Sequence[int], compared: Sequence[int]) -> NDArray[np.intp]:
    """Return the rows of compared frames that stand in one beside them, or in an earlier compared one."""
    rows = np.concatenate((batch.rows_of(beside), batch.rows_of(compared)))
    numbers = np.searchsorted(batch.starts, rows, "right") - 1
    rank = np.full(len(batch.frames), -1, np.intp)
    rank[list(compared)] = np.arange(len(compared))
    names = {incoming.frame.agent: 0 for incoming in batch.frames}
    codes = {name: code for code, name in enumerate(names)}
    agents = np.array([codes[incoming.frame.agent] for incoming in batch.frames], np.int32)
    keys = keys_of(batch.columns.take(rows), agents[numbers])
    _, first, same = np.unique(keys, return_index=True, return_inverse=True)
    # Sorting keeps the order of equals, so the first of them is that of the lowest rank.
    return rows[rank[numbers] > rank[numbers[first]][same]]


def keys_of(columns: ReadingColumns, agents: NDArray[np.int32]) -> NDArray[np.void]:
    """Return what makes readings of one agent the same, as PostgreSQL compares: one NaN, one zero."""
    keys = np.empty(len(columns.series_id), _READING)
    value = np.where(np.isnan(columns.value), np.nan, columns.value + 0.0)
    keys["agent"], keys["series"], keys["ts"] = agents, columns.series_id, columns.ts_us
    keys["value"] = value.view(np.int64)
    keys["quality"], keys["edge_ts"] = columns.quality, columns.edge_ts_us
    return keys
