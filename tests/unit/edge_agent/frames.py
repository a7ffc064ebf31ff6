"""Frames for tests."""

from uuid import UUID

from kernel.wire.frames import Frame
from kernel.wire.readings import Batch


def frame_with(batch: Batch) -> Frame:
    """Return a frame of a batch's rows."""
    return Frame(
        agent="gw", epoch=UUID(int=1), lane="live", seq=0, schema_hash=b"12345678", cut_at_us=1,
        series=batch.series, ts=batch.ts, server_ts=batch.server_ts, edge_ts=batch.edge_ts,
        value=batch.value, quality=batch.quality, odd=batch.odd, dropped=batch.dropped,
        gaps=tuple(batch.gaps),
    )  # fmt: skip
