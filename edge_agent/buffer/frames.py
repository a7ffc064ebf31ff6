"""Cutting readings into frames that fit the wire, and reading them again."""

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from edge_agent.buffer.rows import FrameRow
from kernel.wire.cutting import cut_contents
from kernel.wire.frames import Place, read_content, seal_content
from kernel.wire.readings import Batch

ROWS_MAX: Final = {"live": 2000, "backlog": 20_000}
_NOWHERE: Final = UUID(int=0)


@dataclass
class Identity:
    """Whose frames these are, and the key that signs them.

    A frame is signed when it is sent, so that a new key counts at once for all that waits.

    Attributes:
        agent: the gateway's id.
        key: what signs.
        others: keys whose answers are believed beside it, while keys are changed.
    """

    agent: str
    key: bytes
    others: tuple[bytes, ...] = ()

    def keys_of(self, agent: str) -> tuple[bytes, ...] | None:
        """Return the keys whose answers to an agent are believed; None when it is another one."""
        return (self.key, *self.others) if agent == self.agent else None


@dataclass(frozen=True)
class StoredFrame:
    """A frame to be sent."""

    id: int
    epoch: UUID
    lane: str
    seq: int
    rows: int
    schema_hash: bytes
    data: bytes


@dataclass(frozen=True)
class Cut:
    """What a frame gets besides its rows."""

    lane: str
    schema_hash: bytes
    cut_at_us: int
    again: bool = False


def cut_frames(cut: Cut, batch: Batch) -> Iterator[FrameRow]:
    """Yield the frames that hold a batch, without ids and numbers."""
    rows_max = ROWS_MAX[cut.lane]
    for part, content in cut_contents(batch, cut.schema_hash, cut.cut_at_us, rows_max):
        yield FrameRow(
            id=0,
            lane=cut.lane,
            epoch=None,
            seq=None,
            again=cut.again,
            schema_hash=cut.schema_hash,
            rows=len(part),
            cut_at_us=cut.cut_at_us,
            thinned=0,
            content=content,
        )


def stored(row: FrameRow, identity: Identity) -> StoredFrame:
    """Return a numbered frame as it is sent: under one key always the same bytes."""
    assert row.epoch is not None, "a frame is numbered before it is sent"
    assert row.seq is not None, "a frame is numbered before it is sent"
    place = Place(identity.agent, row.epoch, row.lane, row.seq, row.again)
    data = seal_content(place, row.content, identity.key)
    return StoredFrame(row.id, row.epoch, row.lane, row.seq, row.rows, row.schema_hash, data)


def batch_of(row: FrameRow) -> Batch:
    """Return what a frame holds."""
    frame = read_content(Place("", _NOWHERE, row.lane, 0), row.content)
    batch = Batch()
    batch.series = array("I", frame.series)
    batch.ts = array("q", frame.ts)
    batch.server_ts = array("q", frame.server_ts)
    batch.edge_ts = array("q", frame.edge_ts)
    batch.value = array("d", frame.value)
    batch.quality = array("I", frame.quality)
    batch.odd = {row: value for row, value in frame.odd.items() if math.isnan(frame.value[row])}
    batch.gaps, batch.dropped = list(frame.gaps), frame.dropped
    return batch
