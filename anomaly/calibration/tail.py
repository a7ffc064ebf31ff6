"""The tail of a score by peaks over threshold, with what so few peaks leave open.

Largest scores of blocks of normal running are compared with a threshold near their upper end; what lies
beyond follows a generalised Pareto distribution (Pickands 1975; Coles, An Introduction to Statistical
Modeling of Extreme Values, 2001, ch. 4). Its scale and shape are not taken as known: both are averaged over
everything the peaks leave possible, on a fixed grid. A limit asked for is thus the level at which the
*expected* number of exceedances is the one asked for; with few peaks it lies far out, and comes down as
they gather. Deterministic: the same peaks give the same limit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Below this nothing is said about a tail.
PEAKS_MIN = 8
# Part of the blocks whose peaks count as the tail, where there are many.
_TAIL_PART = 0.2
_TAIL_PEAKS_MIN = 24
# The shape's grid, and what is thought likely before a peak is seen: tails of distances on machines
# are about exponential. A shape of 0 itself is left out: the formula has another form there.
_SHAPES = np.linspace(-0.5, 0.5, 24)
_SHAPE_DEVIATION = 0.15
# Scales from a fourth to four times the mean excess.
_LOG_SCALES = np.linspace(-1.4, 1.4, 29)
_BISECTIONS = 40
# Points of the grid that are less likely are left out.
_NEGLIGIBLE = 1e-9
# Stands for nothing where a logarithm is taken.
_TINY = 1e-300
# Levels are looked for up to so many mean excesses beyond the threshold.
_FAR = 1e6


@dataclass(frozen=True)
class Rate:
    """How often a level is exceeded: the expectation, and the central 90 % of what is possible."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Tail:
    """What peaks say of the scores beyond them; see the module's text.

    Attributes:
        threshold: where the tail begins.
        largest: the largest peak.
        excess: how many peaks lie beyond it.
        opportunities: how many scores the peaks are the largest of.
        shapes: of the points of the grid that are possible at all, each array one number a point.
        scales: in the score's unit.
        weights: their probabilities.
    """

    threshold: float
    largest: float
    excess: int
    opportunities: float
    shapes: Floats
    scales: Floats
    weights: Floats

    def _survival(self, level: float) -> Floats:
        """Return the probability of an excess beyond `level`, of each point of the grid."""
        inside = np.maximum(1.0 + self.shapes * (level - self.threshold) / self.scales, _TINY)
        found: Floats = np.exp(-np.log(inside) / self.shapes)
        return found

    @property
    def _peak_rate(self) -> float:
        # Jeffreys' prior of a Poisson rate.
        return (self.excess + 0.5) / self.opportunities

    def rate(self, level: float) -> Rate:
        """Return how often a level at or above the threshold is exceeded per opportunity."""
        survival = self._survival(level)
        order = np.argsort(survival)
        below = np.cumsum(self.weights[order])
        low, high = (
            float(survival[order][min(int(np.searchsorted(below, part)), len(below) - 1)])
            for part in (0.05, 0.95)
        )
        # The rate of peaks is open too: Wilson and Hilferty's approximation of its gamma quantiles.
        shape = self.excess + 0.5
        spread = 1.645 / (3.0 * np.sqrt(shape))
        down, up = (
            max(1.0 - 1.0 / (9.0 * shape) + sign * spread, 0.0) ** 3 for sign in (-1.0, 1.0)
        )
        peak_rate = self._peak_rate
        mean = peak_rate * float((self.weights * survival).sum())
        return Rate(mean, float(low * peak_rate * down), float(high * peak_rate * up))

    def level(self, rate: float) -> float:
        """Return the level exceeded `rate` times per opportunity, expected; never below the threshold."""
        if self._peak_rate <= rate:
            return self.threshold
        low = 0.0
        high = scale = float(self.scales.mean())
        while high < _FAR * scale and self._expected(self.threshold + high) > rate:
            low, high = high, 2.0 * high
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            if self._expected(self.threshold + middle) > rate:
                low = middle
            else:
                high = middle
        return self.threshold + high

    def _expected(self, level: float) -> float:
        return self._peak_rate * float((self.weights * self._survival(level)).sum())


def fit_tail(peaks: Floats, opportunities: float) -> Tail | None:
    """Return the tail of a score from the largest scores of blocks of normal running.

    Args:
        peaks: one per block, finite, in any order.
        opportunities: how many scores all blocks held.

    Returns:
        None where there are fewer than `PEAKS_MIN` peaks.
    """
    count = len(peaks)
    if count < PEAKS_MIN:
        return None
    ranked = np.sort(peaks)[::-1]
    tail = min(max(int(_TAIL_PART * count), min(_TAIL_PEAKS_MIN, count // 2)), count - 1)
    threshold = float(ranked[tail])
    excesses = np.maximum(ranked[:tail] - threshold, 0.0)
    scale = float(excesses.mean())
    if scale <= 0.0:
        # All alike: any difference at all is new; a part of the level stands for a spread.
        scale = max(1e-3 * abs(threshold), 1e-9)
    weights = _weights(excesses / scale)
    shapes, scales = np.meshgrid(_SHAPES, scale * np.exp(_LOG_SCALES), indexing="ij")
    likely = weights > _NEGLIGIBLE
    return Tail(
        threshold, float(ranked[0]), tail, opportunities, shapes[likely], scales[likely],
        weights[likely],
    )  # fmt: skip


def _weights(excesses: Floats) -> Floats:
    """Return the grid's probabilities from excesses in units of their mean."""
    shapes = _SHAPES[:, None]
    inverse = np.exp(-_LOG_SCALES)[None, :]
    inside = 1.0 + (shapes * inverse)[None] * excesses[:, None, None]
    logs = np.log(np.maximum(inside, _TINY))
    each = -_LOG_SCALES[None, None, :] - (1.0 + 1.0 / shapes)[None] * logs
    # Beyond the end of a tail that has one: impossible.
    likelihood = np.where(inside > 0.0, each, -np.inf).sum(axis=0)
    total: Floats = likelihood - 0.5 * (shapes / _SHAPE_DEVIATION) ** 2
    weights: Floats = np.exp(total - total.max())
    weights /= weights.sum()
    return weights
