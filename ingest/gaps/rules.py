"""From the gaps of a frame to rows, one per asset. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ingest.mapping import TagMap
from kernel.wire.gaps import Gap

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
# What a clock says of the future is kept to this much beyond the receipt: a mark on a chart, not a reading.
AHEAD_MAX: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class AssetGap:
    """A gap of some series of one asset."""

    asset_id: str
    series_ids: list[int]
    started_at: datetime
    ended_at: datetime
    reason: str


def asset_gaps(gap: Gap, tags: TagMap, received_at: datetime) -> Iterator[AssetGap]:
    """Yield what a gap means for each asset; tags without a known asset have no row.

    Bounds are kept within what readings may have: from the year 2000 to a day after the receipt.
    """
    of_asset: dict[str, list[int]] = {}
    for series_id in tags.series_ids[gap.first : gap.last + 1].tolist():
        asset_id = tags.assets.get(series_id)
        if asset_id is not None:
            of_asset.setdefault(asset_id, []).append(series_id)
    start, end = (_time(us, received_at) for us in (gap.start_us, gap.end_us))
    for asset_id, series_ids in sorted(of_asset.items()):
        yield AssetGap(asset_id, sorted(set(series_ids)), start, end, gap.reason)


def _time(us: int, received_at: datetime) -> datetime:
    latest = received_at + AHEAD_MAX
    earliest_us, latest_us = ((t - _EPOCH) // _US for t in (EARLIEST, latest))
    return _EPOCH + timedelta(microseconds=max(earliest_us, min(us, latest_us)))
