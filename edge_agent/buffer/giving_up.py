"""Which readings a full buffer gives up, and how their place is declared. Pure.

Every way begins with what is of least use and ends with refusing what is newest:

    refuse_newest   what was taken first stays; nothing else is given up
    drop_oldest     the oldest frames that were never sent
    thin_out        step by step, each for all frames before the next: readings of tags of the lowest
                    priority, of the next one and so on, but for the highest there is; then of each tag all
                    but every second, fourth and eighth reading; then the oldest frames
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from kernel.wire.gaps import GAP_TAGS_MAX, GAPS_MAX, joined_gaps
from kernel.wire.readings import NO_ODD, Batch, Gap

WhenFull = Literal["refuse_newest", "drop_oldest", "thin_out"]
PRIORITY_DEFAULT: Final = 5
REASON: Final = "buffer_full"

_EVERY_SECOND: Final = 10
_EVERY_EIGHTH: Final = 12


@dataclass(frozen=True)
class Policy:
    """How large a buffer may become, and what it does then.

    Attributes:
        bytes_max: of the file and its log on disk.
        when_full: see above.
        priorities: tag name → 0..9, 9 is kept longest; 5 where a tag is not named.
    """

    bytes_max: int
    when_full: WhenFull = "drop_oldest"
    priorities: Mapping[str, int] = field(default_factory=dict)


def given_up(batch: Batch) -> Batch:
    """Return a batch without rows that declares those of `batch` given up, and what it declared already."""
    declared = Batch()
    declared.dropped = batch.dropped + len(batch)
    declared.gaps = _merged([*batch.gaps, *_gaps_of(batch)])
    return declared


def together(declared: Iterable[Batch]) -> Batch:
    """Return one declaration for several; its gaps fit one frame."""
    whole = Batch()
    gaps: list[Gap] = []
    for batch in declared:
        whole.dropped += batch.dropped
        gaps.extend(batch.gaps)
    whole.gaps = _merged(gaps)
    return whole


def next_step(step: int, priorities: Iterable[int]) -> int | None:
    """Return how a frame is thinned out next; None when it can only be dropped.

    Steps 1 to 9: readings below that priority are gone. 10, 11, 12: every second, fourth, eighth stays.
    """
    below = sorted(set(priorities))[1:]
    following = [priority for priority in below if priority > step]
    if following:
        return following[0]
    if step < _EVERY_SECOND:
        return _EVERY_SECOND
    return step + 1 if step < _EVERY_EIGHTH else None


def thinned(batch: Batch, step: int, priority_of: Mapping[int, int], frame_id: int) -> list[bool]:
    """Return which rows stay when a frame is thinned out by one step.

    A frame with one reading of each tag stays whole or goes whole, every second frame in turn.
    """
    if step < _EVERY_SECOND:
        return [priority_of.get(s, PRIORITY_DEFAULT) >= step for s in batch.series]
    seen: dict[int, int] = {}
    shift = frame_id >> (step - _EVERY_SECOND)
    kept: list[bool] = []
    for series in batch.series:
        number = seen.get(series, shift)
        seen[series] = number + 1
        kept.append(number % 2 == 0)
    return kept


def parted(batch: Batch, kept: list[bool]) -> tuple[Batch, Batch]:
    """Return the rows that stay, with what the batch declares, and those that do not."""
    staying, going = Batch(), Batch()
    staying.gaps, staying.dropped = batch.gaps, batch.dropped
    for row, stays in enumerate(kept):
        (staying if stays else going).add(
            batch.series[row],
            batch.ts[row],
            batch.server_ts[row],
            batch.edge_ts[row],
            batch.value[row],
            batch.quality[row],
            batch.odd.get(row, NO_ODD),
        )
    return staying, going


def _gaps_of(batch: Batch) -> list[Gap]:
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
        gap = Gap(series, series, first[series], last[series], REASON)
        if before is not None and before.last == series - 1:
            gaps[-1] = _around([before, gap], REASON)
        else:
            gaps.append(gap)
    return gaps


def _merged(gaps: list[Gap]) -> list[Gap]:
    """Return gaps with those of the buffer's own making joined: one for each run of tags.

    Between two frames that were given up one after the other nothing was kept either. Where there are too
    many for one frame, one over all tags and times stands for those of one reason.
    """
    own: dict[tuple[int, int], list[Gap]] = {}
    for gap in gaps:
        if gap.reason == REASON:
            own.setdefault((gap.first, gap.last), []).append(gap)
    others = joined_gaps(gap for gap in gaps if gap.reason != REASON)
    merged = [*(_around(same, REASON) for same in own.values()), *others]
    if len(merged) > GAPS_MAX or sum(gap.tags for gap in merged) > GAP_TAGS_MAX:
        reasons = dict.fromkeys(gap.reason for gap in merged)
        merged = [_around([g for g in merged if g.reason == r], r) for r in reasons]
    return merged


def _around(gaps: list[Gap], reason: str) -> Gap:
    return Gap(
        min(gap.first for gap in gaps),
        max(gap.last for gap in gaps),
        min(gap.start_us for gap in gaps),
        max(gap.end_us for gap in gaps),
        reason,
    )
