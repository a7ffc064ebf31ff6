"""The numbers of a gateway's check-ins: with each key a count of its own, which only grows."""

import time
from dataclasses import dataclass, field


@dataclass
class _Count:
    last: int = 0
    by_clock: bool = True


@dataclass
class CheckInCounter:
    """Counts by this machine's clock in µs, or on from what the platform has where the clock is no use."""

    _counts: dict[int, _Count] = field(default_factory=dict)

    def next(self, key_version: int) -> int:
        """Return the number of the next check-in with a key."""
        count = self._counts.setdefault(key_version, _Count())
        # The clock may jump back, and what was sent counts: the higher of the two.
        clock = time.time_ns() // 1000 if count.by_clock else 0
        count.last = max(clock, count.last + 1)
        return count.last

    def go_on_from(self, key_version: int, last: int) -> bool:
        """Count on from what the platform has; tell whether that is a reason to try again at once.

        Once it is this machine's clock; again, another machine counts with the same key.
        """
        first = self._counts.setdefault(key_version, _Count()).by_clock
        self._counts[key_version] = _Count(last, by_clock=False)
        return first
