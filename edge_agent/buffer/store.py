"""Taking readings, cutting frames, handing them out and deleting what was acknowledged: each one transaction.

Everything here blocks and belongs to one thread at a time; `edge_agent.intake` gives it one. What a method
returned has reached the disk (`synchronous=FULL`).
"""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from edge_agent.buffer.disk import Disk
from edge_agent.buffer.epochs import RESTORED, EpochCounts, Epochs
from edge_agent.buffer.file import is_damage, is_the_one_used_last, transaction, wal_bytes_max
from edge_agent.buffer.found import Found
from edge_agent.buffer.frames import Identity, StoredFrame, stored
from edge_agent.buffer.framing import Framing
from edge_agent.buffer.giving_up import Policy, given_up
from edge_agent.buffer.missed import Known, MissedSpan, MissedSpans
from edge_agent.buffer.opening import Opened, gone_through, open_or_replace, open_with, put_aside
from edge_agent.buffer.pending import Pending
from edge_agent.buffer.room import Room
from edge_agent.buffer.rows import FrameRow, FrameRows, Usage
from edge_agent.buffer.schemas import Schemas
from kernel.errors import ConfigurationError
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import Batch

__all__ = ["Buffer", "Identity", "Policy", "StoredFrame", "Usage"]


class Buffer:
    """The buffer of one agent.

    Attributes:
        epoch: of new frames.
        new_because: why the epoch is new; empty when it goes on.
        moved_aside: where a damaged file was put; None when none was.
        waiting: frames on disk.
        schema: the one announced last.
        disk: what it uses of the disk.
        identity: whose frames these are; a new key counts from the next sending on.
    """

    def __init__(
        self, opened: Opened, identity: Identity, policy: Policy, now_us: Callable[[], int]
    ) -> None:
        self._db = opened.connection
        self._epochs = Epochs(self._db)
        self._frames = FrameRows(self._db)
        self._schemas = Schemas(self._db)
        self._missed = MissedSpans(self._db)
        self._now_us = now_us
        self.identity = identity
        self.policy = policy
        self.disk = Disk(self._db, opened.path, policy.bytes_max)
        self.new_because = opened.new_because
        self.moved_aside = opened.moved_aside
        self.schema: Schema | None = None
        self._path, self._formers = opened.path, list(opened.formers)
        self._pending = Batch()
        self._room = Room(self._db, self.disk, policy, self._frames)
        self._in_no_frame = Pending(self._db)
        self._found = Found(self._db, identity.agent)
        self._framing = Framing(self._frames, self._epochs, self._in_no_frame, now_us)
        self._in_no_frame.check()
        with transaction(self._db):
            if not is_the_one_used_last(self._db, opened.path) and not self.new_because:
                self.new_because = RESTORED
            current = None if self.new_because else self._epochs.current()
            self.epoch = current or self._epochs.open(self.new_because, now_us())
            if self.new_because == RESTORED:
                # An old copy does not know what of it was sent since.
                self._frames.doubt_unsent()
                self._framing.insert_left_over(again=True)
                for schema_hash, batch in self._room.take_declared().items():
                    self._framing.insert(batch, "live", schema_hash, again=True)
                self._room.committed({})
        if policy.when_full == "refuse_newest" and self._formers:
            # What is still to be saved was taken first, and stays.
            to_save = sum(former.bytes_in_use() for former in self._formers)
            self._room.kept_free = max(0, to_save - self.disk.bytes_in_use())
        # Counted in memory from here on: a query that fails after a commit must not make it look undone.
        self.waiting = self._frames.usage()

    @classmethod
    def open(
        cls, path: Path, identity: Identity, policy: Policy, now_us: Callable[[], int]
    ) -> Self:
        """Open the file at `path`, or make it; a damaged one is moved aside and what is whole in it saved.

        Raises:
            BufferInUse, BufferOfAnotherAgent, ConfigurationError: see `edge_agent.buffer.file`.
        """
        try:
            opened = open_or_replace(path, identity.agent, policy.bytes_max, now_us())
            try:
                return cls(opened, identity, policy, now_us)
            except sqlite3.DatabaseError as error:
                opened.connection.close()
                if not is_damage(error):
                    raise
                former = put_aside(path, now_us(), str(error))
            opened = open_with(path, identity.agent, policy.bytes_max, "damaged", former)
            return cls(opened, identity, policy, now_us)
        except sqlite3.Error as error:
            raise ConfigurationError(f"the buffer {path} cannot be used: {error}") from None

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection, for whoever saves what it still reads."""
        return self._db

    @property
    def rows_pending(self) -> int:
        """Readings taken and not yet cut into a frame, though they could be."""
        return len(self._pending)

    @property
    def pending(self) -> bool:
        """Whether anything was taken, or given up, that is not yet in a frame."""
        return bool(self._pending) or self._room.has_declared

    @property
    def rows_waiting(self) -> int:
        """Readings taken and not yet acknowledged."""
        return self.waiting.rows + len(self._pending) + self._found.rows

    @property
    def bytes_used(self) -> int:
        """Bytes on disk that hold something, the log included; never more than the policy's."""
        return self.disk.bytes_used()

    def newest_id(self) -> int:
        """Return the id of the newest frame; 0 when none waits."""
        return self._frames.newest()

    def waits_up_to(self, frame_id: int) -> bool:
        """Tell whether a frame waits whose id is not above this one."""
        return self._frames.oldest_id() <= frame_id

    def report(self) -> dict[str, Any]:
        """Return what the status says of it; bytes on disk, times in µs by this machine's clock."""
        return {
            "policy": self.policy.when_full,
            "bytes_used": self.bytes_used,
            "bytes_max": self.policy.bytes_max,
            "disk_free": self.disk.bytes_free(),
            "frames": self.waiting.frames,
            "readings": self.rows_waiting,
            "dropped": sum(epoch.dropped for epoch in self.counts()),
            "oldest_at_us": self._frames.oldest_at_us(),
            "new_because": self.new_because,
        }

    def announce(self, schema: Schema) -> None:
        """Make `schema` the one series numbers refer to.

        Readings taken under others are pending when their tags are in it, and are cut before otherwise.
        """
        with transaction(self._db):
            numbered = self._found.take_for(schema) if self.schema is not None else Batch()
            added = self._framing.insert_left_over()
            self._schemas.put(schema)
            if numbered:
                self._in_no_frame.put(schema.hash, numbered.pack())
            self._schemas.forget(schema.hash)
        self._now_waiting(added)
        self._pending, self._found.rows = numbered, 0
        self.schema = schema

    def schema_of(self, schema_hash: bytes) -> Schema | None:
        """Return a schema announced earlier; None when it is lost."""
        return self._schemas.get(schema_hash, self.identity.agent)

    def known_tags(self) -> list[Tag]:
        """Return the tags of all schemas that are still kept, by name."""
        return self._schemas.tags()

    def known(self) -> Known:
        """Return what earlier runs left to know about tags."""
        return Known(self._epochs.positions(), self._missed.all(), self._epochs.restored_at_us())

    def counts(self) -> list[EpochCounts]:
        """Return the counters of the epochs, the current one first."""
        return self._epochs.counts()

    def append(
        self,
        batch: Batch,
        positions: Mapping[str, int],
        lane: str,
        *,
        cut: bool,
        sent: bool,
        missed: Sequence[MissedSpan] = (),
        settled: Sequence[MissedSpan] = (),
        found: Sequence[Tag] = (),
    ) -> bool:
        """Take readings; returns whether there was room for them.

        Those there is no room for count as taken and dropped, and are declared in the next frame.

        Args:
            batch: the readings; series numbers refer to the schema announced last, or to `found`.
            positions: source time of the last of each tag in the batch.
            lane: where frames go that are cut now.
            cut: cut all that is pending and the batch into frames.
            sent: such frames go out at once, so that they can no longer be given up.
            missed: spans of source time that are to be fetched from now on.
            settled: those that no longer are.
            found: tags that are in no schema announced; their readings are cut once they are in one.
        """
        assert self.schema is not None, "a schema is announced before readings are taken"
        schema = self._found.schema(found) if found else self.schema
        packed = batch.pack()
        fits = self._make_room(len(packed))
        added, declared = Usage(), None
        with transaction(self._db):
            self._epochs.put_positions(positions)
            self._missed.change(missed, settled)
            self._epochs.count(self.epoch, taken=len(batch), dropped=0 if fits else len(batch))
            if found:
                self._schemas.put(schema)
            if not fits:
                declared = self._room.declare({schema.hash: [given_up(batch)]})
            elif cut and not found:
                whole = Batch()
                whole.extend(self._pending)
                whole.extend(batch)
                added, declared = self._cut(whole, lane, sent=sent)
            else:
                self._in_no_frame.put(schema.hash, packed)
        self._room.committed(declared)
        if fits and found:
            self._found.rows += len(batch)
        elif fits and cut:
            self._now_waiting(added)
        elif fits:
            self._pending.extend(batch)
        return fits

    def cut(self, lane: str, *, sent: bool) -> None:
        """Cut what is pending into frames; declarations alone wait for a frame that goes out."""
        if not self._pending and not (sent and self._room.has_declared):
            return
        with transaction(self._db):
            added, declared = self._cut(self._pending, lane, sent=sent)
        self._room.committed(declared)
        self._now_waiting(added)

    def fetch(
        self,
        lane: str,
        after_id: int,
        count_max: int,
        bytes_max: int,
        *,
        aside: Collection[bytes] = (),
        flying: Collection[int] = (),
    ) -> list[StoredFrame]:
        """Return frames of a lane to send, oldest first; one never sent gets its number, on disk, before.

        Leaves out those of schemas that are `aside` and those whose ids are `flying`.
        """
        found: list[FrameRow] = []
        size = 0
        for row in self._frames.of_lane(lane, after_id, aside):
            if row.id in flying:
                continue
            size += len(row.content)
            if len(found) == count_max or (found and size > bytes_max):
                break
            found.append(row)
        unsent = sum(row.seq is None for row in found)
        if unsent:
            with transaction(self._db):
                found = [
                    row if row.seq is not None else self._framing.number(row, self.epoch)
                    for row in found
                ]
            self.waiting -= Usage.of_unsent(lane, unsent)
        return [stored(row, self.identity) for row in found]

    def frame(self, frame_id: int) -> StoredFrame | None:
        """Return one frame, to be sent again."""
        row = self._frames.get(frame_id)
        return None if row is None or row.seq is None else stored(row, self.identity)

    def delete(self, acked: Sequence[tuple[UUID, str, int, int]]) -> int:
        """Delete what the platform has, as ranges (epoch, lane, first, last); returns how many frames."""
        freed = Usage()
        with transaction(self._db):
            for epoch, lane, first, last in acked:
                freed += self._frames.delete_acked(epoch, lane, first, last)
            self._epochs.forget()
        self.waiting -= freed
        return freed.frames

    def renew(self, epoch: UUID, lane: str, first: int, last: int) -> int:
        """Let frames get new numbers in a new epoch: the platform knows others by theirs.

        Frames outside the range keep their epoch, as the platform may have them already. Readings stay
        counted in the epoch that took them, so that counts only ever grow. Returns how many frames moved.
        """
        current = self.epoch
        with transaction(self._db):
            if epoch == current:
                current = self._epochs.open("asked for by the platform", self._now_us())
            rows = self._frames.by_number(epoch, lane, first, last)
            for row in rows:
                self._frames.delete(row.id)
                self._frames.insert(replace(row, epoch=None, seq=None, again=True))
        self.epoch = current
        self.waiting += Usage.of_unsent(lane, len(rows))
        return len(rows)

    def set_aside(self, epoch: UUID, lane: str, first: int, last: int, reason: str) -> int:
        """Keep frames the platform never accepts, without sending them again; returns how many."""
        with transaction(self._db):
            count = self._frames.refuse(epoch, lane, first, last, reason)
        self.waiting += Usage(refused=count)
        return count

    @property
    def salvaging(self) -> bool:
        """Whether there are former files whose frames are still to be saved."""
        return bool(self._formers)

    def salvage(self) -> int | None:
        """Save a portion of a former file; returns the lowest id among its frames, None when it had none.

        Where there is no room and nothing else to give up, that is given up of it which was never sent.
        """
        former = self._formers[0]
        # Not more than the log has room for.
        portion = former.portion(wal_bytes_max(self.policy.bytes_max) // 4)
        kept_free, self._room.kept_free = self._room.kept_free, 0
        fits = not portion.rows or self._make_room(portion.size)
        self._room.kept_free = max(0, kept_free - sum(len(row.content) for row, _ in portion.rows))
        lost, dropped = ({}, 0) if fits else portion.give_up()
        with transaction(self._db):
            added = former.put(portion, self._db, self._frames)
            declared = self._room.declare(lost) if lost else None
            self._epochs.count(self.epoch, dropped=dropped)
        self._room.committed(declared)
        self.waiting += added
        former.advanced(portion, added)
        if portion.place.done:
            gone_through(self._path, self._formers.pop(0))
            self._room.kept_free *= bool(self._formers)
        return min((row.id for row, _ in portion.rows), default=None)

    def _cut(self, batch: Batch, lane: str, *, sent: bool) -> tuple[Usage, dict[bytes, Batch]]:
        """Insert the frames of all that is pending and declared, inside the caller's transaction.

        Returns what was added, and what stays declared.
        """
        assert self.schema is not None, "readings are pending under a schema"
        current = self.schema.hash
        self._in_no_frame.clear(current)
        declared = self._room.take_declared() if batch or sent else {}
        whole = Batch()
        whole.extend(batch)
        if current in declared:
            whole.extend(declared.pop(current))
        added = Usage()
        for schema_hash, of_schema in declared.items():
            added += self._framing.insert(of_schema, lane, schema_hash)
        # A number now saves a second commit; but not before older frames have theirs.
        epoch = self.epoch if sent and not (self.waiting + added).unsent(lane) else None
        return added + self._framing.insert(whole, lane, current, epoch=epoch), {}

    def _make_room(self, needed: int) -> bool:
        """Give up what the policy says until so many bytes fit; returns whether they do."""
        if self._room.fits(needed):
            return True
        for victims in self._room.steps(needed):
            with transaction(self._db):
                change = self._room.give_up(victims, self._schemas.names)
                self._epochs.count(self.epoch, dropped=-change.usage.rows)
            self._room.committed(change.declared)
            self.waiting += change.usage
        return self._room.fits(needed)

    def _now_waiting(self, added: Usage) -> None:
        """Note that all that was pending is in frames now."""
        self.waiting += added
        self._pending = Batch()
