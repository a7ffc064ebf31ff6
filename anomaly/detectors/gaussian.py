"""River's GaussianScorer as a detector: each reading alone against a normal distribution of all before it.

Right for series that are plain noise around a constant; it knows no rhythm. It shows how a model of
`river.anomaly` takes part: River's own `score_one` gives a probability that saturates at 1, so the score
here is the tail's order of magnitude over that of the limit.
"""

import math
from typing import Any

from river import anomaly, proba

from anomaly.detectors.base import Score

# Tail probability at which the score is 1: about one reading in 30,000 of normal data.
_TAIL_AT_LIMIT = 10**-4.5
# What double precision leaves of 1 - cdf.
_TAIL_MIN = 1e-16
_DEVIATIONS_AT_LIMIT = 4.0
_REACH_MIN = 1e-9


class Gaussian:
    """`river.anomaly.GaussianScorer`, scored before it learns."""

    def __init__(self, warmup_readings: int) -> None:
        self._warmup_readings = warmup_readings
        self._scorer: Any = anomaly.GaussianScorer(  # type: ignore[no-untyped-call]  # River's own
            window_size=None, grace_period=warmup_readings
        )

    @property
    def _distribution(self) -> proba.Gaussian:
        gaussian: proba.Gaussian = self._scorer.gaussian
        return gaussian

    @property
    def learnt(self) -> int:
        """How many readings the distribution rests on."""
        return int(self._distribution.n_samples)

    def follow_one(self, value: float, ts_us: int) -> None:
        """Nothing to do: there is no short-term view."""

    def score_one(self, value: float, ts_us: int) -> Score:  # noqa: ARG002 - Detector's form
        """Return the reading's tail, on a logarithmic scale."""
        band = self.band()
        if band is None:
            return Score(0.0, -math.inf, math.inf, warm=False)
        away = value - self._distribution.mu
        if away == 0.0:  # River calls every value extreme where there is no spread
            return Score(0.0, *band, warm=True)
        tail = max(1.0 - self._scorer.score_one(None, value), _TAIL_MIN)
        size = math.log10(tail) / math.log10(_TAIL_AT_LIMIT)
        return Score(math.copysign(size, away), *band, warm=True)

    def learn_one(self, value: float, ts_us: int) -> None:  # noqa: ARG002 - Detector's form
        """Count a reading as normal."""
        self._scorer.learn_one(None, value)

    def restart(self) -> None:
        """Nothing to do: there is no short-term view."""

    def band(self) -> tuple[float, float] | None:
        """Return mean ± four standard deviations, None while not warm."""
        if self.learnt < self._warmup_readings:
            return None
        level = self._distribution.mu
        # Of some width where every value was the same: sizes are told in units of it.
        reach = max(
            _DEVIATIONS_AT_LIMIT * self._distribution.sigma, _REACH_MIN * (1.0 + abs(level))
        )
        return level - reach, level + reach

    def state(self) -> dict[str, Any]:
        """Return everything learnt as MessagePack-ready values."""
        variance = self._distribution._var  # noqa: SLF001 - River has no public way
        return {"n": variance.mean.n, "mean": variance.mean.get(), "squares": variance._S}  # noqa: SLF001

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        variance = self._distribution._var  # noqa: SLF001
        variance.mean.n, variance.mean._mean = state["n"], state["mean"]  # noqa: SLF001
        variance._S = state["squares"]  # noqa: SLF001
