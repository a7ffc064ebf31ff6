"""Where the limit of a model's scores lies: peaks over threshold, learnt online from its own scores.

River's models score each in a unit of its own. The highest of the scores learnt are kept; a generalised
Pareto distribution fitted to them by moments (Hosking and Wallis 1987) says which score about one reading
in 1 / `beyond` exceeds while all is well. The score told is the distance from the mean score in units of
that limit's: 1 is the limit.
"""

import heapq
import math
from typing import Any

# Highest scores kept of each of two blocks. What a model says while it is young is wild: blocks begin short
# and double, so that it is forgotten after some thousand scores, and later ones after two whole blocks.
_KEPT = 64
_BLOCK_FIRST = 500
_BLOCK = 20_000
# Moments of few excesses are rough: the shape is held to where the fit is stable.
_SHAPE_MAX = 0.4
_SHAPE_MIN = -0.5
# The limit of a young model is further away by this number over the scores learnt.
_YOUNG = 50.0
_SCORES_MIN = 2 * _KEPT
# No limit lies further than this part of the way from the highest score learnt to the highest there can be.
_TO_TOP = 0.5


class Tail:
    """The scores of one model while all was well, in O(1)."""

    def __init__(self, beyond: float, top: float = math.inf) -> None:
        self._beyond = beyond
        self._top = top
        self._sum = 0.0
        self._count = 0
        # Number of scores and the highest of them (a heap), of the former block and the present one.
        self._former: tuple[int, list[float]] = (0, [])
        self._seen = 0
        self._highest: list[float] = []
        self._fit: tuple[float, float, float, int] | None = None

    @property
    def ready(self) -> bool:
        """Whether enough has been learnt to tell a limit."""
        return self._count >= _SCORES_MIN

    @property
    def usual(self) -> float:
        """Mean of the scores learnt."""
        return self._sum / self._count

    def learn(self, score: float) -> None:
        """Count a score as one of normal running."""
        if self._seen >= min(max(2 * self._former[0], _BLOCK_FIRST), _BLOCK):
            self._former = (self._seen, self._highest)
            self._seen, self._highest, self._fit = 0, [], None
            # The mean follows as slowly as the highest do.
            self._sum, self._count = self._sum / 2, self._count // 2
        self._seen += 1
        self._count += 1
        self._sum += score
        if len(self._highest) < _KEPT:
            heapq.heappush(self._highest, score)
        elif score > self._highest[0]:
            heapq.heapreplace(self._highest, score)
        else:
            return
        self._fit = None

    def measure(self, score: float, width_min: float = 0.0) -> float:
        """Return a score in units of the limit: 0 as usual or less, 1 at the limit; only where it is `ready`.

        The limit lies at least `width_min` from the usual score.
        """
        usual = self.usual
        limit = usual + (self.limit() - usual) * (1.0 + _YOUNG / self._count)
        width = max(min(limit, self._cap()) - usual, width_min, 1e-9 * (1.0 + abs(usual)))
        return max((score - usual) / width, 0.0)

    def limit(self) -> float:
        """Return the score that one reading in 1 / `beyond` exceeds."""
        if self._fit is None:
            self._fit = self._fitted()
        threshold, scale, shape, above = self._fit
        rate = self._beyond * (self._seen + self._former[0]) / above
        if scale == 0.0 or rate >= 1.0:
            return threshold
        if abs(shape) < 1e-6:  # noqa: PLR2004 - the exponential, the formula's limit
            return threshold - scale * math.log(rate)
        return threshold + scale / shape * (math.exp(-shape * math.log(rate)) - 1.0)

    def _cap(self) -> float:
        highest = max(
            max(self._highest, default=-math.inf), max(self._former[1], default=-math.inf)
        )
        return highest + _TO_TOP * max(self._top - highest, 0.0)

    def _fitted(self) -> tuple[float, float, float, int]:
        """Return threshold, scale and shape of the distribution of what exceeds it, and how many do."""
        scores = sorted(self._highest + self._former[1], reverse=True)[:_KEPT]
        threshold = scores[-1]
        above = [score - threshold for score in scores[:-1]]
        mean = sum(above) / len(above)
        variance = sum((one - mean) ** 2 for one in above) / len(above)
        ratio = mean * mean / variance if variance > 0.0 else math.inf
        shape = min(max(0.5 * (1.0 - ratio), _SHAPE_MIN), _SHAPE_MAX)
        return threshold, mean * (1.0 - shape), shape, len(above)

    def state(self) -> list[Any]:
        """Return what was learnt as MessagePack-ready values."""
        return [self._sum, self._count, [*self._former], self._seen, self._highest]

    def restore(self, state: list[Any]) -> None:
        """Take over what `state` returned."""
        self._sum, self._count, former, self._seen, highest = state
        self._former, self._highest = (former[0], list(former[1])), list(highest)
        self._fit = None
