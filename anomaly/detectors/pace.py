"""How fast readings come, and whether that is faster than those a series is known by.

A short-term mean of readings every half second moves as load cycles do; one of readings every half minute
hardly sees them. So what the latter did says little of what the former may do.
"""

# The pace falls at once and rises slowly: the first quick readings are judged as such.
HURRY_RATE = 0.3
# A pause counts as a step of so many usual ones.
STEP_MAX = 4.0
# Readings hurry when they come at less than this part of the known pace.
HURRIED = 0.5


class Pace:
    """Time between readings, lately and of those that were learnt from, in µs."""

    def __init__(self, rate: float, slow_rate: float) -> None:
        self._rate = rate
        self._slow_rate = slow_rate
        self.followed_us = 0
        self.now = 0.0
        self.known = 0.0

    def follow(self, ts_us: int) -> None:
        """Take a reading's time."""
        step, first = float(abs(ts_us - self.followed_us)), not self.followed_us
        self.followed_us = ts_us
        if first:
            return
        if self.now == 0.0:
            self.now = step
        else:
            rate = HURRY_RATE if step < self.now else self._rate
            self.now += rate * (min(step, STEP_MAX * self.now) - self.now)

    def learn(self, learnt: int) -> None:
        """Know the pace of one more reading; `learnt` counts it."""
        self.known += max(self._slow_rate, 1.0 / learnt) * (self.now - self.known)

    @property
    def hurried(self) -> bool:
        """Whether readings come much faster than those that were learnt from."""
        return self.now < HURRIED * self.known
