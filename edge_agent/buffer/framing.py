"""From batches to frames' rows, with the numbers of those that go out at once."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from edge_agent.buffer.epochs import Epochs
from edge_agent.buffer.frames import Cut, cut_frames
from edge_agent.buffer.pending import Pending
from edge_agent.buffer.rows import FrameRow, FrameRows, Usage
from kernel.wire.readings import Batch


class Framing:
    """Inserts frames; every method is part of the caller's transaction."""

    def __init__(
        self, frames: FrameRows, epochs: Epochs, in_no_frame: Pending, now_us: Callable[[], int]
    ) -> None:
        self._frames = frames
        self._epochs = epochs
        self._in_no_frame = in_no_frame
        self._now_us = now_us

    def insert(
        self,
        batch: Batch,
        lane: str,
        schema_hash: bytes,
        *,
        again: bool = False,
        epoch: UUID | None = None,
    ) -> Usage:
        """Insert the frames of a batch, with numbers in `epoch` when there is one; returns what they use."""
        added = Usage()
        for cut_row in cut_frames(Cut(lane, schema_hash, self._now_us(), again), batch):
            row = cut_row
            if epoch is not None:
                row = replace(row, epoch=epoch, seq=self._epochs.take_seq(epoch, lane))
            self._frames.insert(row)
            added += Usage.of(row)
        return added

    def insert_left_over(self, *, again: bool = False) -> Usage:
        """Insert the frames of what an earlier run had not cut."""
        added = Usage()
        for schema_hash, batch in self._in_no_frame.take().items():
            added += self.insert(batch, "live", schema_hash, again=again)
        return added

    def number(self, row: FrameRow, epoch: UUID) -> FrameRow:
        """Give a frame the next number."""
        return self._frames.number(row, epoch, self._epochs.take_seq(epoch, row.lane))
