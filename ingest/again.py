"""Readings that came under two numbers, stored once.

An agent whose buffer file was an old copy, damaged, or numbered anew cannot tell what it has sent, and what
it sent before may still be on its way. Frames that say `again` are compared while their agent is held alone,
late ones of before while nobody else holds it alone.
"""

from collections.abc import Collection, Hashable, Sequence

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
    ranks = np.full(len(batch.frames), -1, np.intp)
    ranks[list(compared)] = np.arange(len(compared))
    agents = codes_of([incoming.frame.agent for incoming in batch.frames])
    return rows[repeated(batch.columns.take(rows), agents[numbers], ranks[numbers])]


def codes_of(names: Sequence[Hashable]) -> NDArray[np.intp]:
    """Return a number for each name, the same for equal ones, counting from 0 as they first come."""
    codes = {name: code for code, name in enumerate(dict.fromkeys(names))}
    return np.array([codes[name] for name in names], np.intp)


def repeated(
    columns: ReadingColumns, agents: NDArray[np.intp], ranks: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Tell of each reading whether the same one of its agent has a lower rank."""
    _, same = np.unique(_keys(columns, agents), return_inverse=True)
    lowest = np.full(len(same), np.iinfo(np.intp).max, np.intp)
    np.minimum.at(lowest, same, ranks)
    return ranks > lowest[same]


def _keys(columns: ReadingColumns, agents: NDArray[np.intp]) -> NDArray[np.void]:
    """Return what makes readings of one agent the same, as PostgreSQL compares: one NaN, one zero."""
    keys = np.empty(len(columns.series_id), _READING)
    value = np.where(np.isnan(columns.value), np.nan, columns.value + 0.0)
    keys["agent"], keys["series"], keys["ts"] = agents, columns.series_id, columns.ts_us
    keys["value"] = value.view(np.int64)
    keys["quality"], keys["edge_ts"] = columns.quality, columns.edge_ts_us
    return keys
