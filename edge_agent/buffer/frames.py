"""Cutting readings into frames that fit the wire, and reading them again."""

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from edge_agent.buffer.rows import FrameRow
from kernel.wire.errors import TooLarge
from kernel.wire.frames import Frame, Place, pack_content, read_content, seal_content
from kernel.wire.gaps import gaps_by_frame
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
    for part in _parts(batch, ROWS_MAX[cut.lane]):
        yield from _fitting(cut, part)


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


def content_of(cut: Cut, batch: Batch) -> bytes:
    """Return the content of the frame that holds a batch.

    Raises:
        TooLarge: it does not fit one.
    """
    return pack_content(
        Frame(
            agent="",
            epoch=_NOWHERE,
            lane=cut.lane,
            seq=0,
            schema_hash=cut.schema_hash,
            cut_at_us=cut.cut_at_us,
            series=batch.series,
            ts=batch.ts,
            server_ts=batch.server_ts,
            edge_ts=batch.edge_ts,
            value=batch.value,
            quality=batch.quality,
            odd=batch.odd,
            dropped=batch.dropped,
            gaps=tuple(batch.gaps),
        )
    )


def _parts(batch: Batch, rows_max: int) -> Iterator[Batch]:
    """Yield batches of at most `rows_max` rows and as many gaps as a frame may have."""
    dropped, gaps = batch.dropped, list(gaps_by_frame(batch.gaps))
    for number in range(max(-(-len(batch) // rows_max), len(gaps), 1 if dropped else 0)):
        part = batch.slice(number * rows_max, (number + 1) * rows_max)
        part.dropped, dropped = dropped, 0
        part.gaps = gaps[number] if number < len(gaps) else []
        yield part


def _fitting(cut: Cut, batch: Batch) -> Iterator[FrameRow]:
    """Yield frames of the batch, halved as long as one is too large."""
    try:
        content = content_of(cut, batch)
    except TooLarge:
        # Only long texts do that, and readings.to_columns bounds them far below one frame.
        half = len(batch) // 2
        first, second = batch.slice(0, half), batch.slice(half, len(batch))
        first.gaps, first.dropped = batch.gaps, batch.dropped
        for part in (first, second):
            yield from _fitting(cut, part)
    else:
        yield FrameRow(
            id=0,
            lane=cut.lane,
            epoch=None,
            seq=None,
            again=cut.again,
            schema_hash=cut.schema_hash,
            rows=len(batch),
            cut_at_us=cut.cut_at_us,
            thinned=0,
            content=content,
        )
