"""Taking readings, cutting frames, handing them out and deleting what was acknowledged: each one transaction.

Everything here blocks and belongs to one thread at a time; `edge_agent.intake` gives it one. What a method
returned has reached the disk (`synchronous=FULL`).
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

import msgpack

from edge_agent.buffer.epochs import EpochCounts, Epochs
from edge_agent.buffer.file import open_file
from edge_agent.buffer.frames import Cut, batch_of, cut_frames
from edge_agent.buffer.giving_up import given_up
from edge_agent.readings import Batch
from kernel.wire.frames import decode_frame
from kernel.wire.messages import Schema, Tag

ROWS_MAX = {"live": 2000, "backlog": 5000}
_FREED_AT_ONCE = 256
_SCHEMAS_KEPT = 20
_COLUMNS = "id, epoch, lane, seq, row_count, schema_hash, data"


@dataclass(frozen=True)
class Identity:
    """Whose frames these are, and the key that signs them."""

    agent: str
    key: bytes


@dataclass(frozen=True)
class StoredFrame:
    """A frame as it waits on disk."""

    id: int
    epoch: UUID
    lane: str
    seq: int
    rows: int
    schema_hash: bytes
    data: bytes


@dataclass(frozen=True)
class Usage:
    """What waits: frames (of them refused by the platform), their readings and bytes."""

    frames: int = 0
    rows: int = 0
    bytes: int = 0
    refused: int = 0

    def plus(self, frames: int, rows: int, size: int, refused: int = 0) -> "Usage":
        """Return the sum."""
        return Usage(
            self.frames + frames, self.rows + rows, self.bytes + size, self.refused + refused
        )


class Buffer:
    """The buffer of one agent.

    Attributes:
        epoch: of new frames.
        new_because: why the file is new; empty when it goes on.
        waiting: frames on disk.
        schema: the one announced last.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        bytes_max: int,
        now_us: Callable[[], int],
        new_because: str,
    ) -> None:
        self._db = connection
        self._epochs = Epochs(connection)
        self._identity = identity
        self._bytes_max = bytes_max
        self._now_us = now_us
        self.new_because = new_because
        self.schema: Schema | None = None
        self._pending = Batch()
        self._pending_bytes = 0
        with self._transaction():
            self.epoch = self._epochs.current() or self._epochs.open(new_because, now_us())
        totals = connection.execute(
            "SELECT count(*), coalesce(sum(row_count), 0), coalesce(sum(length(data)), 0),"
            " count(refused) FROM frames"
        ).fetchone()
        self.waiting = Usage(*totals)

    @classmethod
    def open(
        cls, path: Path, identity: Identity, bytes_max: int, now_us: Callable[[], int]
    ) -> Self:
        """Open the file at `path`, or make it.

        Raises:
            BufferInUse, BufferOfAnotherAgent, ConfigurationError: see `edge_agent.buffer.file`.
        """
        opened = open_file(path, identity.agent, now_us())
        return cls(opened.connection, identity, bytes_max, now_us, opened.new_because)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def rows_pending(self) -> int:
        """Readings taken and not yet cut into a frame."""
        return len(self._pending)

    @property
    def pending(self) -> bool:
        """Whether anything was taken that is not yet in a frame."""
        return bool(self._pending)

    @property
    def rows_waiting(self) -> int:
        """Readings taken and not yet acknowledged."""
        return self.waiting.rows + len(self._pending)

    @property
    def bytes_used(self) -> int:
        """Bytes of frames and of readings not yet cut."""
        return self.waiting.bytes + self._pending_bytes

    def announce(self, schema: Schema) -> None:
        """Make `schema` the one series numbers refer to; what was taken under another is cut first."""
        added = Usage()
        with self._transaction():
            rows = self._db.execute("SELECT schema_hash, data FROM pending ORDER BY id").fetchall()
            for schema_hash in dict.fromkeys(row[0] for row in rows):
                batch = Batch()
                for found, data in rows:
                    if found == schema_hash:
                        batch.extend(Batch.unpack(data))
                added = self._cut(added, self.epoch, batch, "live", schema_hash, sent=False)
            self._db.execute("DELETE FROM pending")
            packed = msgpack.packb([tuple(vars(tag).values()) for tag in schema.tags])
            self._db.execute("INSERT OR IGNORE INTO schemas VALUES (?, ?)", (schema.hash, packed))
            self._forget_schemas(schema.hash)
        self._now_waiting(added)
        self.schema = schema

    def schema_of(self, schema_hash: bytes) -> Schema | None:
        """Return a schema announced earlier."""
        row = self._db.execute("SELECT tags FROM schemas WHERE hash = ?", (schema_hash,)).fetchone()
        if row is None:
            return None
        return Schema(self._identity.agent, tuple(Tag(*tag) for tag in msgpack.unpackb(row[0])))

    def known_tags(self) -> list[Tag]:
        """Return the tags of all schemas that are still kept, by name."""
        rows = self._db.execute("SELECT tags FROM schemas").fetchall()
        tags = {tag[0]: Tag(*tag) for (packed,) in rows for tag in msgpack.unpackb(packed)}
        return [tag for _, tag in sorted(tags.items())]

    def positions(self) -> dict[str, int]:
        """Return the source time of the last reading taken, per tag name."""
        return dict(self._db.execute("SELECT tag, ts_us FROM positions").fetchall())

    def counts(self) -> list[EpochCounts]:
        """Return the counters of the epochs, the current one first."""
        return self._epochs.counts()

    def append(
        self, batch: Batch, positions: Mapping[str, int], lane: str, *, cut: bool, sent: bool
    ) -> bool:
        """Take readings; returns whether there was room for them.

        Args:
            batch: the readings; series numbers refer to the schema announced last.
            positions: source time of the last of each tag in the batch.
            lane: where frames go that are cut now.
            cut: cut all that is pending and the batch into frames.
            sent: such frames go out at once, so that they can no longer be given up.
        """
        assert self.schema is not None, "a schema is announced before readings are taken"
        packed = batch.pack()
        if self.bytes_used + len(packed) > self._bytes_max:
            self._make_room(len(packed))
        fits = self.bytes_used + len(packed) <= self._bytes_max
        added = Usage()
        with self._transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO positions VALUES (?, ?)", positions.items()
            )
            self._epochs.count(self.epoch, taken=len(batch), dropped=0 if fits else len(batch))
            if fits and cut:
                whole = Batch()
                whole.extend(self._pending)
                whole.extend(batch)
                added = self._cut(added, self.epoch, whole, lane, self.schema.hash, sent=sent)
                self._db.execute("DELETE FROM pending")
            elif fits:
                self._db.execute(
                    "INSERT INTO pending (schema_hash, data) VALUES (?, ?)",
                    (self.schema.hash, packed),
                )
        if fits and cut:
            self._now_waiting(added)
        elif fits:
            self._pending.extend(batch)
            self._pending_bytes += len(packed)
        return fits

    def cut(self, lane: str, *, sent: bool) -> None:
        """Cut what is pending into frames."""
        if not self._pending:
            return
        assert self.schema is not None, "readings are pending under a schema"
        with self._transaction():
            added = self._cut(Usage(), self.epoch, self._pending, lane, self.schema.hash, sent=sent)
            self._db.execute("DELETE FROM pending")
        self._now_waiting(added)

    def fetch(self, lane: str, after_id: int, count_max: int, bytes_max: int) -> list[StoredFrame]:
        """Return frames of a lane to send, oldest first, and mark them as sent before they are."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS}, sent FROM frames"  # noqa: S608 - a constant
            " WHERE lane = ? AND id > ? AND refused IS NULL ORDER BY id LIMIT ?",
            (lane, after_id, count_max),
        )
        found: list[StoredFrame] = []
        unsent: list[tuple[int]] = []
        size = 0
        for row in rows:
            frame = _stored(row)
            size += len(frame.data)
            if found and size > bytes_max:
                break
            found.append(frame)
            if not row[-1]:
                unsent.append((frame.id,))
        rows.close()
        if unsent:
            with self._transaction():
                self._db.executemany("UPDATE frames SET sent = 1 WHERE id = ?", unsent)
        return found

    def frame(self, frame_id: int) -> StoredFrame | None:
        """Return one frame, to be sent again."""
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM frames WHERE id = ?",  # noqa: S608 - a constant
            (frame_id,),
        ).fetchone()
        return None if row is None else _stored(row)

    def delete(self, acked: Sequence[tuple[UUID, str, int, int]]) -> int:
        """Delete what the platform has, as ranges (epoch, lane, first, last); returns how many frames."""
        freed = Usage()
        with self._transaction():
            for epoch, lane, first, last in acked:
                for rows, size, refused in self._db.execute(
                    "DELETE FROM frames WHERE epoch = ? AND lane = ? AND seq BETWEEN ? AND ?"
                    " RETURNING row_count, length(data), refused IS NOT NULL",
                    (epoch.bytes, lane, first, last),
                ).fetchall():
                    freed = freed.plus(1, rows, size, refused)
            self._epochs.forget()
        self.waiting = self.waiting.plus(-freed.frames, -freed.rows, -freed.bytes, -freed.refused)
        return freed.frames

    def renew(self, epoch: UUID, lane: str, first: int, last: int) -> int:
        """Number frames anew in a new epoch: the platform knows other frames by their numbers.

        Frames outside the range keep their epoch, as the platform may have them already. Readings stay
        counted in the epoch that took them, so that counts only ever grow. Returns how many frames moved.
        """
        current, change = self.epoch, Usage()
        with self._transaction():
            if epoch == current:
                current = self._epochs.open("asked for by the platform", self._now_us())
            rows = self._db.execute(
                "DELETE FROM frames WHERE epoch = ? AND lane = ? AND seq BETWEEN ? AND ?"
                " RETURNING seq, data",
                (epoch.bytes, lane, first, last),
            ).fetchall()
            for _, data in sorted(rows):
                frame = decode_frame(data, lambda _: self._identity.key)
                change = change.plus(-1, -len(frame), -len(data))
                change = self._cut(
                    change, current, batch_of(frame), lane, frame.schema_hash, sent=False
                )
        self.epoch = current
        self._add_waiting(change)
        return len(rows)

    def set_aside(self, epoch: UUID, lane: str, first: int, last: int, reason: str) -> int:
        """Keep frames the platform never accepts, without sending them again; returns how many."""
        with self._transaction():
            count = self._db.execute(
                "UPDATE frames SET refused = ?"
                " WHERE epoch = ? AND lane = ? AND seq BETWEEN ? AND ? AND refused IS NULL",
                (reason, epoch.bytes, lane, first, last),
            ).rowcount
        self.waiting = self.waiting.plus(0, 0, 0, count)
        return count

    def _cut(
        self, usage: Usage, epoch: UUID, batch: Batch, lane: str, schema_hash: bytes, *, sent: bool
    ) -> Usage:
        """Insert the frames of a batch, inside the caller's transaction; returns `usage` with them."""
        now = self._now_us()
        cut = Cut(self._identity.agent, self._identity.key, epoch, lane, schema_hash, now)
        seq = self._epochs.next_seq(epoch, lane)
        for of_frame, rows, data in cut_frames(cut, batch, ROWS_MAX[lane], seq):
            seq = of_frame + 1
            usage = usage.plus(1, rows, len(data))
            self._db.execute(
                "INSERT INTO frames (epoch, lane, seq, schema_hash, row_count, cut_at_us, sent, data)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (epoch.bytes, lane, of_frame, schema_hash, rows, now, sent, data),
            )
        self._epochs.set_next_seq(epoch, lane, seq)
        return usage

    def _make_room(self, needed: int) -> None:
        """Give up the oldest frames never sent; a gap frame takes the place of each and says so."""
        change = Usage()
        with self._transaction():
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM frames"  # noqa: S608 - a constant
                " WHERE sent = 0 AND row_count > 0 ORDER BY id LIMIT ?",
                (_FREED_AT_ONCE,),
            ).fetchall()
            for frame in map(_stored, rows):
                if -change.bytes >= max(needed, self._bytes_max // 100):
                    break
                cut = Cut(self._identity.agent, self._identity.key, frame.epoch, frame.lane,
                          frame.schema_hash, self._now_us())  # fmt: skip
                ((_, _, data),) = cut_frames(cut, given_up(self._batch_of(frame)), 1, frame.seq)
                self._db.execute(
                    "UPDATE frames SET data = ?, row_count = 0 WHERE id = ?", (data, frame.id)
                )
                self._epochs.count(frame.epoch, dropped=frame.rows)
                change = change.plus(0, -frame.rows, len(data) - len(frame.data))
        self._add_waiting(change)

    def _batch_of(self, frame: StoredFrame) -> Batch:
        return batch_of(decode_frame(frame.data, lambda _: self._identity.key))

    def _now_waiting(self, added: Usage) -> None:
        """Note that all that was pending is in frames now."""
        self._add_waiting(added)
        self._pending, self._pending_bytes = Batch(), 0

    def _add_waiting(self, added: Usage) -> None:
        self.waiting = self.waiting.plus(added.frames, added.rows, added.bytes, added.refused)

    def _forget_schemas(self, current: bytes) -> None:
        (count,) = self._db.execute("SELECT count(*) FROM schemas").fetchone()
        if count > _SCHEMAS_KEPT:
            self._db.execute(
                "DELETE FROM schemas WHERE hash != ?"
                " AND hash NOT IN (SELECT schema_hash FROM frames)",
                (current,),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


def _stored(row: tuple[int, bytes, str, int, int, bytes, bytes]) -> StoredFrame:
    return StoredFrame(row[0], UUID(bytes=row[1]), *row[2:7])
