"""Keeping the buffer within its bytes: what is given up, and the declarations of it that wait for a frame."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from edge_agent.buffer.disk import Disk
from edge_agent.buffer.frames import batch_of
from edge_agent.buffer.giving_up import (
    PRIORITY_DEFAULT,
    Policy,
    given_up,
    next_step,
    parted,
    thinned,
    together,
)
from edge_agent.buffer.rows import FrameRow, FrameRows, Usage
from kernel.wire.cutting import content_of
from kernel.wire.readings import Batch

# So that not every append has to make room, and none takes long.
_AHEAD_BYTES: Final = 256 * 1024
_FRAMES_AT_ONCE: Final = 8
_SECONDS_MAX: Final = 0.5
# Pages of the tree, of a frame and of what is declared, beside the readings themselves.
_SLACK_BYTES: Final = 16 * 1024

Declared = dict[bytes, Batch]


@dataclass
class Change:
    """What giving up did to what waits, as a difference, and what is declared from then on."""

    declared: Declared
    usage: Usage


class Room:
    """The limit, the policy and what was given up; SQL runs in the caller's transactions.

    Attributes:
        kept_free: bytes that nobody may use but whoever says so with `fits`.
    """

    def __init__(
        self, connection: sqlite3.Connection, disk: Disk, policy: Policy, frames: FrameRows
    ) -> None:
        self._db = connection
        self._disk = disk
        self._policy = policy
        self._frames = frames
        self._declared: Declared = {
            schema_hash: Batch.unpack(data)
            for schema_hash, data in connection.execute("SELECT schema_hash, data FROM declared")
        }
        self._priorities: dict[bytes, dict[int, int]] = {}
        self.kept_free = 0

    @property
    def has_declared(self) -> bool:
        """Whether anything was given up that no frame says yet."""
        return bool(self._declared)

    def fits(self, needed: int) -> bool:
        """Tell whether so many bytes more, in one transaction, stay within the limit."""
        used = self._disk.bytes_in_use() + self.kept_free
        # They are in the log as well until the next transaction, each page of it with a head.
        log = needed + needed // 32 + _SLACK_BYTES
        beyond_its_share = max(0, log - self._disk.log_share)
        return used + needed + _SLACK_BYTES + beyond_its_share <= self._disk.limit

    def steps(self, needed: int) -> Iterator[list[FrameRow]]:
        """Yield frames to be given up, a few at a time, until there is room or nothing more to give up."""
        if self._policy.when_full == "refuse_newest":
            return
        ahead = needed + min(_AHEAD_BYTES, self._disk.limit // 16)
        deadline = time.monotonic() + _SECONDS_MAX
        while not self.fits(ahead) and (time.monotonic() < deadline or not self.fits(needed)):
            if self._policy.when_full == "thin_out":
                victims = self._frames.least_thinned(_FRAMES_AT_ONCE)
            else:
                victims = self._frames.oldest_unsent(_FRAMES_AT_ONCE)
            if not victims:
                return
            yield victims

    def give_up(self, victims: list[FrameRow], tags_of: Callable[[bytes], list[str]]) -> Change:
        """Give up these frames, or what the policy's next step takes of them."""
        change = Change(dict(self._declared), Usage())
        parts: dict[bytes, list[Batch]] = {}
        for row in victims:
            batch = batch_of(row)
            if self._policy.when_full == "thin_out":
                staying, going = self._thin(row, batch, self._priority_of(row.schema_hash, tags_of))
            else:
                staying, going = None, batch
            parts.setdefault(row.schema_hash, []).append(given_up(going))
            change.usage -= Usage.of(row)
            if staying is None:
                self._frames.delete(row.id)
            else:
                self._frames.replace(staying)
                change.usage += Usage.of(staying)
        change.declared = self.declare(parts)
        return change

    def declare(self, parts: Mapping[bytes, list[Batch]]) -> Declared:
        """Note what was given up, by schema; returns all that is declared then."""
        declared = dict(self._declared)
        for schema_hash, batches in parts.items():
            known = declared.get(schema_hash)
            self._put(declared, schema_hash, [*([known] if known else []), *batches])
        return declared

    def take_declared(self) -> Declared:
        """Return what was declared, as it goes into frames now."""
        self._db.execute("DELETE FROM declared")
        return dict(self._declared)

    def committed(self, declared: Declared | None) -> None:
        """Note that the transaction is on disk; None: it declared nothing new."""
        if declared is not None:
            self._declared = declared

    def _put(self, declared: Declared, schema_hash: bytes, batches: list[Batch]) -> None:
        whole = together(batches)
        if whole:
            declared[schema_hash] = whole
            self._db.execute(
                "INSERT OR REPLACE INTO declared VALUES (?, ?)", (schema_hash, whole.pack())
            )

    def _thin(
        self, row: FrameRow, batch: Batch, priority_of: Mapping[int, int]
    ) -> tuple[FrameRow | None, Batch]:
        """Return what stays of a frame after its next step, None for nothing, and what goes."""
        present = {priority_of.get(series, PRIORITY_DEFAULT) for series in set(batch.series)}
        step = next_step(row.thinned, present)
        if step is None:
            return None, batch
        staying, going = parted(batch, thinned(batch, step, priority_of, row.id))
        if not going:
            return replace(row, thinned=step), going
        if not staying:
            return None, going
        content = content_of(staying, row.schema_hash, row.cut_at_us)
        return replace(row, thinned=step, rows=len(staying), content=content), going

    def _priority_of(
        self, schema_hash: bytes, tags_of: Callable[[bytes], list[str]]
    ) -> Mapping[int, int]:
        if schema_hash not in self._priorities:
            self._priorities[schema_hash] = {
                number: self._policy.priorities.get(name, PRIORITY_DEFAULT)
                for number, name in enumerate(tags_of(schema_hash))
            }
        return self._priorities[schema_hash]
