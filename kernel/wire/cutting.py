"""Cutting readings into the contents of frames that fit the wire, whoever cuts them."""

from collections.abc import Iterator
from uuid import UUID

from kernel.wire.errors import TooLarge
from kernel.wire.frames import Frame, pack_content
from kernel.wire.gaps import gaps_by_frame
from kernel.wire.readings import Batch

_NOWHERE = UUID(int=0)


def cut_contents(
    batch: Batch, schema_hash: bytes, cut_at_us: int, rows_max: int
) -> Iterator[tuple[Batch, bytes]]:
    """Yield what each frame of a batch holds, and that as the content of a frame.

    None has more than `rows_max` rows, nor more gaps or bytes than a frame may have.
    """
    for part in _parts(batch, rows_max):
        yield from _fitting(part, schema_hash, cut_at_us)


def content_of(batch: Batch, schema_hash: bytes, cut_at_us: int) -> bytes:
    """Return the content of the frame that holds a batch.

    Raises:
        TooLarge: it does not fit one.
    """
    return pack_content(
        Frame(
            agent="",
            epoch=_NOWHERE,
            lane="live",
            seq=0,
            schema_hash=schema_hash,
            cut_at_us=cut_at_us,
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


def _fitting(batch: Batch, schema_hash: bytes, cut_at_us: int) -> Iterator[tuple[Batch, bytes]]:
    """Yield parts of the batch, halved as long as one is too large."""
    try:
        content = content_of(batch, schema_hash, cut_at_us)
    except TooLarge:
        half = len(batch) // 2
        if not half:
            raise
        # Only long texts do that, and readings.to_columns bounds one far below a frame.
        first, second = batch.slice(0, half), batch.slice(half, len(batch))
        first.gaps, first.dropped = batch.gaps, batch.dropped
        for part in (first, second):
            yield from _fitting(part, schema_hash, cut_at_us)
    else:
        yield batch, content
