"""How far a gateway's clock is off, and when that is worth an alarm. Pure.

A status says what the gateway's clock showed when it was sent. On its way it can only be held up, which makes
the clock look behind; so of several the greatest offset is the truest, and a backlog does not look like
a wrong clock. Offsets are kept as the greatest of each ten seconds, over two minutes.
"""

from collections.abc import Sequence
from typing import Final

BUCKET_SECONDS: Final = 10
WINDOW_SECONDS: Final = 120
# So much must be known before it is believed: the first statuses after an outage were all held up.
SETTLED_SECONDS: Final = 30

# Seconds since 1970 at which a bucket begins, and the greatest offset in it in milliseconds.
Buckets = list[tuple[int, int]]


def add_offset(buckets: Sequence[Sequence[int]], at_seconds: float, offset_ms: int) -> Buckets:
    """Return the buckets with one more offset, ascending, and without those that are too old."""
    start = int(at_seconds) // BUCKET_SECONDS * BUCKET_SECONDS
    kept = {
        int(bucket): int(greatest)
        for bucket, greatest in buckets
        if start - WINDOW_SECONDS < bucket <= start
    }
    kept[start] = max(offset_ms, kept.get(start, offset_ms))
    return sorted(kept.items())


def offset_of(buckets: Sequence[Sequence[int]]) -> int | None:
    """Return how far the clock is ahead, in milliseconds; None when nothing is known."""
    return max((greatest for _, greatest in buckets), default=None)


def is_settled(buckets: Sequence[Sequence[int]]) -> bool:
    """Tell whether the offset rests on enough time to be believed."""
    return bool(buckets) and buckets[-1][0] - buckets[0][0] >= SETTLED_SECONDS


def is_wrong(offset_ms: int, limit_ms: int, *, was_wrong: bool) -> bool:
    """Tell whether a clock is wrong; one that was must come back to half the limit to be right again."""
    return abs(offset_ms) > (limit_ms / 2 if was_wrong else limit_ms)
