"""Gaps: spans in which readings may be missing that nobody could fetch afterwards.

In a frame each is a MessagePack array [first, last, start_us, end_us, reason]:

    first, last      uint, inclusive range of indices into the schema's tags
    start_us, end_us int, µs since 1970 by the source's clock, start_us <= end_us
    reason           str, of lower-case letters and underscores; one of `REASONS` or of a later version
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from kernel.wire.errors import Inconsistent
from kernel.wire.fields import whole

# connection_lost: the source could not be reached. overflow: a queue at the source ran over.
# notifications_lost: an OPC UA server no longer had a notification that was asked for again.
# source_gap: the source itself says so, as a Sparkplug sequence number left out.
# silent_server: it was connected and did not answer. buffer_full: the agent gave readings up by its policy.
REASONS: Final = (
    "connection_lost",
    "overflow",
    "notifications_lost",
    "source_gap",
    "silent_server",
    "buffer_full",
)
GAPS_MAX: Final = 1000
# Tags that the gaps of one frame name together: a bound for whoever writes them down tag by tag.
GAP_TAGS_MAX: Final = 200_000

_TAG_MAX = 100_000
_TIME_MAX = 2**62 - 1
_REASON = re.compile(r"[a-z][a-z_]{0,63}")
_FIELDS = 5


class Gap(NamedTuple):
    """A span of source time in which readings of some tags may be missing.

    Attributes:
        first, last: inclusive range of indices into the schema's tags.
        start_us, end_us: bounds by the source's clock, µs since 1970.
        reason: one of `REASONS`.
    """

    first: int
    last: int
    start_us: int
    end_us: int
    reason: str

    @property
    def tags(self) -> int:
        """How many tags it is about."""
        return self.last - self.first + 1


def check_gaps(gaps: Sequence[Gap]) -> None:
    """Raise Inconsistent unless these can be the gaps of a frame."""
    if len(gaps) > GAPS_MAX:
        raise Inconsistent(f"{len(gaps)} gaps; at most {GAPS_MAX} are allowed")
    for gap in gaps:
        first = whole(gap.first, "first tag of a gap", 0, _TAG_MAX)
        whole(gap.last, "last tag of a gap", first, _TAG_MAX)
        start = whole(gap.start_us, "start of a gap", -_TIME_MAX, _TIME_MAX)
        whole(gap.end_us, "end of a gap", start, _TIME_MAX)
        if not isinstance(gap.reason, str) or not _REASON.fullmatch(gap.reason):
            raise Inconsistent("the reason of a gap is lower-case letters and underscores")
    if sum(gap.tags for gap in gaps) > GAP_TAGS_MAX:
        raise Inconsistent(f"the gaps name more than {GAP_TAGS_MAX} tags")


def pack_gaps(gaps: Iterable[Gap]) -> list[list[Any]]:
    """Return gaps as they stand in a body."""
    return [list(gap) for gap in gaps]


def read_gaps(value: Any) -> tuple[Gap, ...]:
    """Return the gaps of a body, not yet checked by `check_gaps`; raises Inconsistent."""
    if not isinstance(value, list):
        raise Inconsistent("gaps is no array")
    if not all(isinstance(item, list) and len(item) == _FIELDS for item in value):
        raise Inconsistent(f"a gap is an array of {_FIELDS}")
    return tuple(Gap(*item) for item in value)


def joined_gaps(gaps: Iterable[Gap]) -> list[Gap]:
    """Return gaps with those joined that are of the same tags and reason and touch or overlap in time."""
    joined: list[Gap] = []
    for gap in sorted(gaps, key=lambda g: (g.first, g.last, g.reason, g.start_us)):
        before = joined[-1] if joined else None
        if (
            before is not None
            and (before.first, before.last, before.reason) == (gap.first, gap.last, gap.reason)
            and gap.start_us <= before.end_us
        ):
            joined[-1] = before._replace(end_us=max(before.end_us, gap.end_us))
        else:
            joined.append(gap)
    return joined


def gaps_by_frame(gaps: Sequence[Gap]) -> Iterator[list[Gap]]:
    """Yield the gaps in portions that one frame may have."""
    portion: list[Gap] = []
    tags = 0
    for gap in gaps:
        if portion and (len(portion) == GAPS_MAX or tags + gap.tags > GAP_TAGS_MAX):
            yield portion
            portion, tags = [], 0
        portion.append(gap)
        tags += gap.tags
    if portion:
        yield portion
