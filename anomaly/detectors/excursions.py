"""Times beyond the limit that ended by themselves, and how much of the next one is learnt.

One is a weak measure of what is usual: half of the way to it is learnt, so that a fault that is mended and
comes back is told again. What keeps coming and going is usual: of the second within some weeks two thirds of
the way are learnt, of the third three quarters. It is told a few times and then known, instead of every day
for ever. An alarm that is open is not affected: it ends when the series returns, or somebody says so.
"""

import math

# Time constant with which they are forgotten: four weeks, for plants have rhythms of days and of weeks.
FORGOTTEN_US = 28.0 * 86_400_000_000


class Excursions:
    """The excursion that is going on, and how many there were lately."""

    def __init__(self) -> None:
        self.readings = 0
        self.extreme = 0.0
        self.lately = 0.0
        self.over_us = 0

    def go_on(self, away: float) -> None:
        """Take note of a short-term mean beyond the limit, so far from the middle."""
        self.readings += 1
        if abs(away) > abs(self.extreme):
            self.extreme = away

    def end(self, ts_us: int) -> float:
        """Count an excursion that is over; return which part of it is to be learnt."""
        since_us = float(abs(ts_us - self.over_us))
        self.lately = self.lately * math.exp(-since_us / FORGOTTEN_US) + 1.0
        self.over_us = ts_us
        return self.lately / (1.0 + self.lately)

    def forget(self) -> None:
        """Know of none that is going on."""
        self.readings, self.extreme = 0, 0.0

    def state(self) -> list[float]:
        """Return what is known as MessagePack-ready values."""
        return [self.extreme, self.lately, self.readings, self.over_us]

    def restore(self, state: list[float]) -> None:
        """Take over what `state` returned."""
        self.extreme, self.lately, readings, over_us = state
        self.readings, self.over_us = int(readings), int(over_us)
