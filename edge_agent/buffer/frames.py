"""Cutting readings into frames that fit the wire."""

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from edge_agent.readings import Batch
from kernel.wire.errors import TooLarge
from kernel.wire.frames import Frame, encode_frame
from kernel.wire.gaps import gaps_by_frame


@dataclass(frozen=True)
class Cut:
    """What a frame gets besides its rows."""

    agent: str
    key: bytes
    epoch: UUID
    lane: str
    schema_hash: bytes
    cut_at_us: int


def cut_frames(
    cut: Cut, batch: Batch, rows_max: int, first_seq: int
) -> Iterator[tuple[int, int, bytes]]:
    """Yield (seq, rows, bytes) of the frames that hold `batch`, numbered from `first_seq`."""
    seq = first_seq
    for part in _parts(batch, rows_max):
        for rows, data in _fitting(cut, part, seq):
            yield seq, rows, data
            seq += 1


def _parts(batch: Batch, rows_max: int) -> Iterator[Batch]:
    """Yield batches of at most `rows_max` rows and as many gaps as a frame may have."""
    dropped, gaps = batch.dropped, list(gaps_by_frame(batch.gaps))
    for number in range(max(-(-len(batch) // rows_max), len(gaps), 1 if dropped else 0)):
        part = batch.slice(number * rows_max, (number + 1) * rows_max)
        part.dropped, dropped = dropped, 0
        part.gaps = gaps[number] if number < len(gaps) else []
        yield part


def _fitting(cut: Cut, batch: Batch, seq: int) -> Iterator[tuple[int, bytes]]:
    """Yield frames of the batch, halved as long as one is too large."""
    try:
        data = encode_frame(_frame(cut, batch, seq), cut.key)
    except TooLarge:
        # Only long texts do that, and readings.to_columns bounds them far below one frame.
        half = len(batch) // 2
        first, second = batch.slice(0, half), batch.slice(half, len(batch))
        first.gaps, first.dropped = batch.gaps, batch.dropped
        for part in (first, second):
            for rows, data in _fitting(cut, part, seq):
                yield rows, data
                seq += 1
    else:
        yield len(batch), data


def _frame(cut: Cut, batch: Batch, seq: int) -> Frame:
    return Frame(
        agent=cut.agent,
        epoch=cut.epoch,
        lane=cut.lane,
        seq=seq,
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


def batch_of(frame: Frame) -> Batch:
    """Return what a frame holds."""
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
