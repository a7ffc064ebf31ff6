"""What becomes of readings that a full buffer gives up: they are counted, and their place is declared."""

from edge_agent.readings import Batch, Gap
from kernel.wire.gaps import GAP_TAGS_MAX, GAPS_MAX, joined_gaps

REASON = "buffer_full"


def given_up(batch: Batch) -> Batch:
    """Return a batch without rows that declares those of `batch` given up, and what it declared already.

    It fits one frame: where the gaps would be too many, one over all tags and times stands for them.
    """
    declared = Batch()
    declared.dropped = batch.dropped + len(batch)
    gaps = joined_gaps([*batch.gaps, *gaps_of(batch)])
    if len(gaps) > GAPS_MAX or sum(gap.tags for gap in gaps) > GAP_TAGS_MAX:
        gaps = [_around(gaps)]
    declared.gaps = gaps
    return declared


def gaps_of(batch: Batch) -> list[Gap]:
    """Return where the readings of a batch would be missing: one gap per run of neighbouring tags."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for series, ts in zip(batch.series, batch.ts, strict=True):
        if ts < first.get(series, ts + 1):
            first[series] = ts
        if ts > last.get(series, ts - 1):
            last[series] = ts
    gaps: list[Gap] = []
    for series in sorted(first):
        before = gaps[-1] if gaps else None
        if before is not None and before.last == series - 1:
            gaps[-1] = before._replace(
                last=series,
                start_us=min(before.start_us, first[series]),
                end_us=max(before.end_us, last[series]),
            )
        else:
            gaps.append(Gap(series, series, first[series], last[series], REASON))
    return gaps


def _around(gaps: list[Gap]) -> Gap:
    return Gap(
        min(gap.first for gap in gaps),
        max(gap.last for gap in gaps),
        min(gap.start_us for gap in gaps),
        max(gap.end_us for gap in gaps),
        REASON,
    )
