"""What can be saved out of a former buffer file: every row that can be read and bears its mark.

What is small comes first and at once: schemas, positions, counts, and what was not in frames yet. The frames
come in portions beside the taking of new readings, the oldest first; how far that is stands in the new file,
so that it goes on after a kill. Each keeps its place in the order, before all that is taken meanwhile.

A frame that has a number keeps it: the platform knows whether it has it. All else is sent as `again`, since
nobody can say any more whether it was sent; the platform then stores what it does not have.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgpack

from edge_agent.buffer.epochs import Epochs
from edge_agent.buffer.file import PAGE_BYTES
from edge_agent.buffer.frames import Cut, batch_of, cut_frames
from edge_agent.buffer.giving_up import given_up
from edge_agent.buffer.rows import COLUMNS, FrameRow, FrameRows, Usage, mark_of, row_of
from edge_agent.buffer.schemas import TABLES, Schemas, whole
from kernel.wire.readings import Batch

# A damaged page of the tree hides as many rows at most; beyond it nothing more is looked for.
_MISSES_MAX: Final = 20_000
# Where ids begin when nobody can say which the former file had.
_IDS_FROM: Final = 1 << 40
_IDS_AHEAD: Final = 1 << 20
_HIGHEST: Final = "SELECT seq FROM sqlite_sequence WHERE name = 'frames'"
# A portion holds up a commit for as long.
_PORTION_SECONDS: Final = 0.03
_PORTION_BYTES: Final = 1024 * 1024


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


@dataclass(frozen=True)
class Place:
    """How far a file has been gone through: the last row, and how many ids after it could not be read."""

    last: int = 0
    misses: int = 0
    done: bool = False


@dataclass
class Portion:
    """Rows of a former file, each with the reason for which the platform refused it, and where they end."""

    rows: list[tuple[FrameRow, str | None]] = field(default_factory=list)
    damaged: int = 0
    place: Place = field(default_factory=Place)

    @property
    def size(self) -> int:
        """About how many bytes the rows need on disk."""
        return sum(len(row.content) + PAGE_BYTES // 2 for row, _ in self.rows)

    def give_up(self) -> tuple[dict[bytes, list[Batch]], int]:
        """Leave out what was never sent; returns what declares it, by schema, and how many readings."""
        lost: dict[bytes, list[Batch]] = {}
        for row in (row for row, _ in self.rows if row.seq is None):
            lost.setdefault(row.schema_hash, []).append(given_up(batch_of(row)))
        readings = sum(row.rows for row, _ in self.rows if row.seq is None)
        self.rows = [pair for pair in self.rows if pair[0].seq is not None]
        return lost, readings


class Former:
    """A former file whose frames are being saved.

    Attributes:
        path: where it was put; None for one that was deleted and is open still.
        place: how far it has been gone through.
        saved: what was saved so far.
    """

    def __init__(self, path: Path | None, connection: sqlite3.Connection | None = None) -> None:
        self.path = path
        self._db = connection
        self.place = Place()
        self.saved = Salvaged()

    def begin(self, into: sqlite3.Connection) -> None:
        """Save what is small, and note where the frames begin; in the caller's transaction."""
        old = self._opened()
        if old is None:
            return
        schemas = Schemas(into)
        for table in TABLES:
            for schema_hash, packed in _readable(old, f"SELECT hash, tags FROM {table}"):  # noqa: S608 - constants
                if whole(schema_hash, packed, "") is not None:
                    schemas.put_packed(schema_hash, packed)
        for tag, ts_us in _readable(old, "SELECT tag, ts_us FROM positions"):
            into.execute("INSERT OR IGNORE INTO positions VALUES (?, ?)", (tag, ts_us))
        for row in _readable(old, "SELECT tag, start_us, end_us, reason FROM missed"):
            into.execute("INSERT OR IGNORE INTO missed VALUES (?, ?, ?, ?)", row)
        epochs = Epochs(into)
        query = "SELECT number, epoch, opened_at_us, taken, dropped FROM epochs"
        for epoch, opened_at_us, taken, dropped in _readable_by_id(old, query):
            epochs.add_closed(epoch, opened_at_us, taken, dropped)
        for row in _readable(old, "SELECT * FROM salvages"):
            into.execute("INSERT OR IGNORE INTO salvages VALUES (?, ?, ?, ?)", row)
        _leave_ids(old, into)
        self._save_pending(old, FrameRows(into))
        self.note(into, self.place)

    def resume(self, connection: sqlite3.Connection) -> bool:
        """Learn how far it was gone through before; returns whether it was begun at all."""
        found = connection.execute(
            "SELECT last, misses, done FROM salvages WHERE name = ?", (self._name,)
        ).fetchone()
        if found is not None:
            self.place = Place(found[0], found[1], bool(found[2]))
        return found is not None

    def note(self, into: sqlite3.Connection, place: Place) -> None:
        """Write down how far it has been gone through, in the caller's transaction."""
        if self.path is not None:
            into.execute(
                "INSERT OR REPLACE INTO salvages VALUES (?, ?, ?, ?)",
                (self._name, place.last, place.misses, place.done),
            )

    def put(self, portion: Portion, into: sqlite3.Connection, frames: FrameRows) -> Usage:
        """Put rows into the new file, in the caller's transaction; returns what they use."""
        added = Usage()
        for row, refused in portion.rows:
            if not _put(frames, row):
                portion.damaged += 1  # two rows with one number: a page of another time
                continue
            added += Usage.of(row)
            if refused is not None and row.epoch is not None and row.seq is not None:
                count = frames.refuse(row.epoch, row.lane, row.seq, row.seq, str(refused))
                added += Usage(refused=count)
        self.note(into, portion.place)
        return added

    def advanced(self, portion: Portion, added: Usage) -> None:
        """Note that a portion is on disk."""
        self.place = portion.place
        self.saved.frames += added.frames
        self.saved.readings += added.rows
        self.saved.damaged += portion.damaged

    def bytes_in_use(self) -> int:
        """Return the bytes of its pages that hold something; 0 when it cannot be read."""
        old = self._opened()
        found = [] if old is None else [
            row[0] for name in ("page_count", "freelist_count") for row in _readable(old, f"PRAGMA {name}")
        ]  # fmt: skip
        return (found[0] - found[1]) * PAGE_BYTES if len(found) > 1 else 0

    def portion(self, bytes_max: int) -> Portion:
        """Return the next rows, as many as take a moment and about so many bytes."""
        old, found = self._opened(), Portion(place=self.place)
        if old is None:
            found.place = replace(self.place, done=True)
            return found
        until, size, place = time.monotonic() + _PORTION_SECONDS, 0, self.place
        query = f"SELECT {COLUMNS}, refused FROM frames WHERE id > ? ORDER BY id"  # noqa: S608 - constants
        while time.monotonic() < until and size < min(bytes_max, _PORTION_BYTES):
            try:
                cells = old.execute(f"{query} LIMIT 1", (place.last + place.misses,)).fetchone()
            except sqlite3.DatabaseError as error:
                # What is behind the page that cannot be read may be had by asking for it.
                misses = place.misses + 1
                hopeless = misses >= _MISSES_MAX or error.sqlite_errorcode == sqlite3.SQLITE_NOTADB
                place = Place(place.last, misses, done=hopeless)
            else:
                place = Place(self.place.last if cells is None else cells[0], done=cells is None)
            found.place = place
            if place.done:
                break
            if place.misses:
                continue
            try:
                row = row_of(cells[:-1])
            except sqlite3.DatabaseError:
                found.damaged += 1
                continue
            size += len(row.content)
            found.rows.append((row if row.seq is not None else replace(row, again=True), cells[-1]))
        return found

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            self._db.close()
            self._db = None

    @property
    def _name(self) -> str:
        return "" if self.path is None else self.path.name

    def _opened(self) -> sqlite3.Connection | None:
        if self._db is None and self.path is not None:
            uri = f"{self.path.absolute().as_uri()}?mode=ro"
            with suppress(sqlite3.Error):
                self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
        return self._db

    def _save_pending(self, old: sqlite3.Connection, frames: FrameRows) -> None:
        """Save what was not in frames yet, as frames; it may have gone out in one that is lost."""
        batches: list[tuple[bytes, bytes]] = []
        query = "SELECT id, schema_hash, mark, data FROM pending"
        for schema_hash, mark, data in _readable_by_id(old, query):
            if mark == mark_of(schema_hash, data):
                batches.append((schema_hash, data))
            else:
                self.saved.damaged += 1
        batches += _readable(old, "SELECT schema_hash, data FROM declared")
        for schema_hash, data in batches:
            with suppress(ValueError, TypeError, msgpack.exceptions.UnpackException):
                for row in cut_frames(
                    Cut("backlog", schema_hash, 0, again=True), Batch.unpack(data)
                ):
                    frames.insert(row)
                    self.saved.frames += 1
                    self.saved.readings += row.rows


def _put(frames: FrameRows, row: FrameRow) -> bool:
    """Insert a frame, with its own id where that is free; returns whether it could be."""
    for frame_id in (row.id, None):
        with suppress(sqlite3.IntegrityError):
            frames.insert(row, frame_id)
            return True
    return False


def _leave_ids(old: sqlite3.Connection, into: sqlite3.Connection) -> None:
    """Let new frames have ids above all of the former file's, which keep theirs."""
    highest = [
        row[0]
        for query in (_HIGHEST, "SELECT max(id) FROM frames")
        for row in _readable(old, query)
        if isinstance(row[0], int)
    ]
    first = max(highest) + _IDS_AHEAD if highest else _IDS_FROM
    for (own,) in into.execute(_HIGHEST).fetchall():
        first = max(first, own)
    into.execute("DELETE FROM sqlite_sequence WHERE name = 'frames'")
    into.execute("INSERT INTO sqlite_sequence VALUES ('frames', ?)", (first,))


def _readable(old: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows up to the first that cannot be read."""
    with suppress(sqlite3.DatabaseError):
        yield from old.execute(query)


def _readable_by_id(old: sqlite3.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows that can be read, also those behind pages that cannot be; the id comes first."""
    last, misses = 0, 0
    while misses < _MISSES_MAX:
        try:
            for row in old.execute(f"{query} WHERE rowid > ? ORDER BY rowid", (last + misses,)):
                yield row[1:]
                last, misses = row[0], 0
        except sqlite3.DatabaseError:
            misses += 1
        else:
            return
