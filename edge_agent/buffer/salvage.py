"""What can be saved out of a damaged buffer file: every row that can be read and bears its mark.

A frame that has a number keeps it: the platform knows whether it has it. All else is sent as `again`, since
nobody can say any more whether it was sent; the platform then stores what it does not have.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgpack

from edge_agent.buffer.epochs import Epochs
from edge_agent.buffer.frames import Cut, cut_frames
from edge_agent.buffer.rows import COLUMNS, FrameRow, FrameRows, mark_of, row_of
from edge_agent.buffer.schemas import TABLES, Schemas, whole
from kernel.wire.readings import Batch

# A damaged page of the tree hides as many rows at most; beyond it nothing more is looked for.
_MISSES_MAX: Final = 20_000


@dataclass
class Salvaged:
    """What was saved.

    Attributes:
        frames: frames put into the new file.
        readings: in them.
        damaged: rows that were there and are not what was written.
    """

    frames: int = 0
    readings: int = 0
    damaged: int = 0


def salvage(path: Path, into: sqlite3.Connection) -> Salvaged:
    """Put what can be read of a file into a new one, in the caller's transaction."""
    saved = Salvaged()
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True)) as old:
        salvage_from(old, into, saved)
    return saved


def salvage_from(old: sqlite3.Connection, into: sqlite3.Connection, saved: Salvaged) -> None:
    """Put what can be read over a connection into a new file, in the caller's transaction."""
    schemas = Schemas(into)
    for table in TABLES:
        for schema_hash, packed in _readable(old, f"SELECT hash, tags FROM {table}", key=None):  # noqa: S608 - constants
            if whole(schema_hash, packed, "") is not None:
                schemas.put_packed(schema_hash, packed)
    for tag, ts_us in _readable(old, "SELECT tag, ts_us FROM positions", key=None):
        into.execute("INSERT OR IGNORE INTO positions VALUES (?, ?)", (tag, ts_us))
    epochs, frames = Epochs(into), FrameRows(into)
    query = "SELECT number, epoch, opened_at_us, taken, dropped FROM epochs"
    for _, epoch, opened_at_us, taken, dropped in _readable(old, query):
        epochs.add_closed(epoch, opened_at_us, taken, dropped)
    _save_frames(old, frames, saved)
    _save_pending(old, frames, saved)


def _save_frames(old: sqlite3.Connection, frames: FrameRows, saved: Salvaged) -> None:
    for cells in _readable(old, f"SELECT {COLUMNS}, refused FROM frames"):  # noqa: S608 - a constant
        try:
            row = row_of(cells[:-1])
        except sqlite3.DatabaseError:
            saved.damaged += 1
            continue
        _insert(frames, row if row.seq is not None else replace(row, again=True), saved)
        if cells[-1] is not None and row.epoch is not None and row.seq is not None:
            frames.refuse(row.epoch, row.lane, row.seq, row.seq, str(cells[-1]))


def _save_pending(old: sqlite3.Connection, frames: FrameRows, saved: Salvaged) -> None:
    query = "SELECT id, schema_hash, mark, data FROM pending"
    for _, schema_hash, mark, data in _readable(old, query):
        if mark != mark_of(schema_hash, data):
            saved.damaged += 1
            continue
        for row in cut_frames(Cut("backlog", schema_hash, 0, again=True), Batch.unpack(data)):
            _insert(frames, row, saved)
    for schema_hash, data in _readable(old, "SELECT schema_hash, data FROM declared", key=None):
        with suppress(ValueError, TypeError, msgpack.exceptions.UnpackException):
            for row in cut_frames(Cut("backlog", schema_hash, 0), Batch.unpack(data)):
                _insert(frames, row, saved)


def _insert(frames: FrameRows, row: FrameRow, saved: Salvaged) -> None:
    try:
        frames.insert(row)
    except sqlite3.IntegrityError:
        saved.damaged += 1  # two rows with one number: a page of another time
    else:
        saved.frames += 1
        saved.readings += row.rows


def _readable(
    old: sqlite3.Connection, query: str, key: str | None = "rowid"
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows that can be read; with a key, also those behind pages that cannot be."""
    if key is None:
        with suppress(sqlite3.DatabaseError):
            yield from old.execute(query)
        return
    last, misses = 0, 0
    while misses < _MISSES_MAX:
        try:
            for row in old.execute(f"{query} WHERE rowid > ? ORDER BY rowid", (last + misses,)):
                yield row
                last, misses = row[0], 0
        except sqlite3.DatabaseError:
            misses += 1
        else:
            return
