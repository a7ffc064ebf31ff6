"""The frames' rows; every method is part of the caller's transaction.

`mark` is a digest over all that matters of a row. SQLite does not notice when a disk changes what it holds;
what is sent, or saved out of a damaged file, is compared with its mark first.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Final
from uuid import UUID

from edge_agent.buffer.file import damage

_MARK_BYTES: Final = 16
COLUMNS: Final = (
    "id, lane, epoch, seq, again, schema_hash, row_count, cut_at_us, thinned, mark, content"
)


@dataclass(frozen=True)
class FrameRow:
    """A frame as it waits on disk.

    Attributes:
        id: in the order of cutting; 0 when it has none yet.
        lane: `live` or `backlog`.
        epoch, seq: its number, None before it is first sent.
        again: its readings may have been sent under another number.
        schema_hash: of the schema it refers to.
        rows: how many readings it holds.
        cut_at_us: when it was cut.
        thinned: how far it has been thinned out, see `thinning`.
        content: see `kernel.wire.frames`.
    """

    id: int
    lane: str
    epoch: UUID | None
    seq: int | None
    again: bool
    schema_hash: bytes
    rows: int
    cut_at_us: int
    thinned: int
    content: bytes

    @property
    def mark(self) -> bytes:
        """Digest over all of it but its id."""
        place = (
            self.lane,
            self.epoch,
            self.seq,
            self.again,
            self.schema_hash,
            self.rows,
            self.thinned,
        )
        return mark_of(repr(place).encode(), self.content)


@dataclass(frozen=True)
class Usage:
    """What waits: frames (of them refused by the platform, and never sent), their readings and bytes."""

    frames: int = 0
    rows: int = 0
    bytes: int = 0
    refused: int = 0
    unsent_live: int = 0
    unsent_backlog: int = 0

    @classmethod
    def of(cls, row: FrameRow) -> "Usage":
        """Return what one frame uses that is not refused."""
        unsent = row.seq is None
        return cls(
            1, row.rows, len(row.content), 0,
            int(unsent and row.lane == "live"), int(unsent and row.lane == "backlog"),
        )  # fmt: skip

    @classmethod
    def of_unsent(cls, lane: str, count: int) -> "Usage":
        """Return the difference that so many frames more that were never sent make."""
        return cls(**{f"unsent_{lane}": count})

    def unsent(self, lane: str) -> int:
        """Return how many frames of a lane were never sent."""
        return self.unsent_live if lane == "live" else self.unsent_backlog

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(*(a - b for a, b in zip(astuple(self), astuple(other), strict=True)))


def mark_of(head: bytes, data: bytes) -> bytes:
    """Return the digest of a row."""
    return hashlib.blake2b(head + b"\0" + data, digest_size=_MARK_BYTES).digest()


def row_of(cells: Sequence[object]) -> FrameRow:
    """Return the frame of a row of COLUMNS.

    Raises:
        sqlite3.DatabaseError: it is not what was written there.
    """
    number, lane, epoch, seq, again, schema_hash, rows, cut_at_us, thinned, mark, content = cells
    try:
        row = FrameRow(
            number, lane, None if epoch is None else UUID(bytes=epoch), seq, bool(again),  # type: ignore[arg-type]  # the mark tells
            schema_hash, rows, cut_at_us, thinned, content,  # type: ignore[arg-type]  # likewise
        )  # fmt: skip
        whole = row.mark == mark
    except (TypeError, ValueError):
        whole = False
    if not whole:
        raise damage(f"frame {number} is not what was written")
    return row


class FrameRows:
    """Queries on the frames."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        found = connection.execute("SELECT value FROM meta WHERE key = 'doubted'").fetchone()
        self._doubted = 0 if found is None else int(found[0])

    def insert(self, row: FrameRow, frame_id: int | None = None) -> None:
        """Add a frame; its id is the next one unless it is given."""
        self._db.execute(
            "INSERT INTO frames (id, lane, epoch, seq, again, schema_hash, row_count, cut_at_us, thinned,"
            " mark, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                frame_id,
                row.lane,
                None if row.epoch is None else row.epoch.bytes,
                row.seq,
                row.again,
                row.schema_hash,
                row.rows,
                row.cut_at_us,
                row.thinned,
                row.mark,
                row.content,
            ),
        )

    def get(self, frame_id: int) -> FrameRow | None:
        """Return one frame."""
        for row in self._found("id = ?", (frame_id,)):
            return row
        return None

    def of_lane(
        self, lane: str, after_id: int, aside: Collection[bytes] = ()
    ) -> Iterator[FrameRow]:
        """Yield the frames of a lane that can be sent, oldest first, but those of some schemas."""
        where = "lane = ? AND id > ? AND refused IS NULL"
        if aside:
            where += f" AND schema_hash NOT IN ({', '.join('?' * len(aside))})"
        return self._found(f"{where} ORDER BY id", (lane, after_id, *aside))

    def least_thinned(self, count: int) -> list[FrameRow]:
        """Return frames with readings that were never sent: the least thinned first, then the oldest."""
        where = "seq IS NULL AND row_count > 0 ORDER BY thinned, id LIMIT ?"
        return list(self._found(where, (count,)))

    def oldest_unsent(self, count: int) -> list[FrameRow]:
        """Return frames with readings that were never sent, the oldest first."""
        # By its own index, as most frames of a full buffer were never sent.
        where = "seq IS NULL AND row_count > 0 ORDER BY id LIMIT ?"
        return list(self._found(where, (count,)))

    def replace(self, row: FrameRow) -> None:
        """Write a frame anew in its place."""
        # An update that makes it shorter would leave its page half empty.
        self.delete(row.id)
        self.insert(row, row.id)

    def number(self, row: FrameRow, epoch: UUID, seq: int) -> FrameRow:
        """Give a frame its number; it is not given up any more."""
        numbered = replace(row, epoch=epoch, seq=seq)
        # Without the content: a page of it would be written for every one that it has.
        self._db.execute(
            "UPDATE frames SET epoch = ?, seq = ?, again = ?, mark = ? WHERE id = ?",
            (epoch.bytes, seq, numbered.again, numbered.mark, row.id),
        )
        return numbered

    def delete(self, frame_id: int) -> None:
        """Delete one frame."""
        self._db.execute("DELETE FROM frames WHERE id = ?", (frame_id,))

    def delete_acked(self, epoch: UUID, lane: str, first: int, last: int) -> Usage:
        """Delete frames by number; returns what they used."""
        deleted = self._db.execute(
            "DELETE FROM frames WHERE epoch = ? AND lane = ? AND seq BETWEEN ? AND ?"
            " RETURNING row_count, length(content), refused IS NOT NULL",
            (epoch.bytes, lane, first, last),
        ).fetchall()
        rows, sizes, refused = zip(*deleted, strict=True) if deleted else ((), (), ())
        return Usage(len(deleted), sum(rows), sum(sizes), sum(refused))

    def by_number(self, epoch: UUID, lane: str, first: int, last: int) -> list[FrameRow]:
        """Return frames by number, in its order."""
        where = "epoch = ? AND lane = ? AND seq BETWEEN ? AND ? AND refused IS NULL ORDER BY seq"
        return list(self._found(where, (epoch.bytes, lane, first, last)))

    def refuse(self, epoch: UUID, lane: str, first: int, last: int, reason: str) -> int:
        """Note that the platform never accepts these; returns how many."""
        return self._db.execute(
            "UPDATE frames SET refused = ?"
            " WHERE epoch = ? AND lane = ? AND seq BETWEEN ? AND ? AND refused IS NULL",
            (reason, epoch.bytes, lane, first, last),
        ).rowcount

    def doubt_unsent(self) -> None:
        """Mark what was never sent as what may have been: the file is an old copy."""
        # By their ids: to write them all would hold up taking for minutes.
        self._doubted = self.newest()
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('doubted', ?)", (self._doubted,))

    def usage(self) -> Usage:
        """Return what waits."""
        row = self._db.execute(
            "SELECT count(*), coalesce(sum(row_count), 0), coalesce(sum(length(content)), 0),"
            " count(refused), coalesce(sum(seq IS NULL AND lane = 'live'), 0),"
            " coalesce(sum(seq IS NULL AND lane = 'backlog'), 0) FROM frames"
        ).fetchone()
        return Usage(*row)

    def newest(self) -> int:
        """Return the highest id, 0 when there is no frame."""
        (found,) = self._db.execute("SELECT coalesce(max(id), 0) FROM frames").fetchone()
        return int(found)

    def oldest_id(self) -> int:
        """Return the lowest id, one above all when there is no frame."""
        (found,) = self._db.execute("SELECT coalesce(min(id), 1 << 62) FROM frames").fetchone()
        return int(found)

    def oldest_at_us(self) -> int | None:
        """Return when the oldest frame was cut."""
        row = self._db.execute("SELECT cut_at_us FROM frames ORDER BY id LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def _found(self, where: str, values: tuple[object, ...]) -> Iterator[FrameRow]:
        found = self._db.execute(f"SELECT {COLUMNS} FROM frames WHERE {where}", values)  # noqa: S608 - constants
        try:
            for cells in found:
                row = row_of(cells)
                if row.seq is None and row.id <= self._doubted:
                    row = replace(row, again=True)
                yield row
        finally:
            found.close()
