"""A River model together with the tail of its own scores: what it says is in units of its limit.

For every reading the score is asked before it is learnt, and asking changes nothing. A model whose numbers
have come to no end (a forecaster that diverged) begins anew.
"""

import math
from typing import Any

from anomaly.detectors.river_models.components import Role, Scale
from anomaly.detectors.river_models.freezing import freeze, thaw
from anomaly.detectors.river_models.spec import RiverSpec
from anomaly.detectors.river_models.tail import Tail
from kernel.log import get_logger

log = get_logger(__name__)

# Scores of a model that has learnt less, once it scores at all, say nothing about its tail.
_TAUGHT_MIN = 50
# Weight of the newest score in their mean.
_MEAN_RATE = 0.01
# Part of its mean by which a two-sided score wanders while the model learns what it knows.
_PLANE_MOVES = 0.25
# The margin of the plane is 1; a mean further below it than this is one of a plane that has not moved yet.
_PLANE_MIN = 0.5
# No score is told larger: where all scores learnt were equal, any other is beyond measure.
SIZE_MAX = 100.0
# What is left of 1 - score in double precision.
_REST_MIN = 2.0**-53
# What River raises where numbers have no end or there are too few of them.
MODEL_ERRORS = (ArithmeticError, IndexError, ValueError)

Given = dict[str, float] | float
"""Features by name, or the one value, as the model takes it."""


class ScoredModel:
    """A model, and how far out its present score is."""

    def __init__(self, spec: RiverSpec) -> None:
        self._spec = spec
        self._scale = spec.judged.scale
        self._takes_features = spec.judged.role is Role.FEATURES
        self._taught_min = _TAUGHT_MIN + spec.grace
        self._begin()

    def _begin(self) -> None:
        self._model: Any = self._spec.build()
        self._tail = Tail(self._spec.beyond, self._spec.top)
        self._mean = 0.0
        self.learnt = 0

    @property
    def ready(self) -> bool:
        """Whether its scores have a limit yet."""
        return self._tail.ready

    def score(self, given: Given) -> float | None:
        """Return how far out a reading is, 1 at the limit; None while there is no limit. Changes nothing."""
        if not self._tail.ready:
            return None
        raw = self._raw(given)
        if raw is None:
            return None
        threshold = self._threshold()
        if threshold is None:
            two_sided = self._scale is Scale.TWO_SIDED
            width_min = _PLANE_MOVES * max(abs(self._mean), _PLANE_MIN) if two_sided else 0.0
            return min(self._tail.measure(self._read(raw), width_min), SIZE_MAX)
        if self._scale is Scale.TWO_SIDED:  # the filter knows one side only
            usual, seen, limit = self._mean, raw, threshold
        else:
            usual, seen, limit = self._tail.usual, self._read(raw), self._read(threshold)
        width = max(limit - usual, 1e-9 * (1.0 + abs(usual)))
        return min(max((seen - usual) / width, 0.0), SIZE_MAX)

    def learn(self, given: Given) -> None:
        """Count a reading as normal."""
        raw = self._raw(given) if self.learnt else 0.0
        if raw is None:
            self._begin_anew()
            raw = 0.0
        if self.learnt >= self._taught_min:
            # The mean first: a distance from it is read from one that knows of this score.
            rate = max(1.0 / (self.learnt - self._taught_min + 1), _MEAN_RATE)
            self._mean += rate * (raw - self._mean)
            self._tail.learn(self._read(raw))
        try:
            if self._takes_features:
                self._model.learn_one(given)
            else:
                self._model.learn_one(None, given)
        except MODEL_ERRORS:
            self._begin_anew()
        self.learnt += 1

    def _begin_anew(self) -> None:
        log.warning(
            "model diverged, learning anew", model=self._spec.judged.name, learnt=self.learnt
        )
        self._begin()

    def _raw(self, given: Given) -> float | None:
        """Return River's score; None where it has none."""
        try:
            if self._takes_features:
                raw = float(self._model.score_one(given))
            else:
                raw = float(self._model.score_one(None, given))
        except MODEL_ERRORS:
            return None
        return raw if math.isfinite(raw) else None

    def _read(self, raw: float) -> float:
        if self._scale is Scale.TO_ONE:
            return -math.log(max(1.0 - raw, _REST_MIN))
        if self._scale is Scale.SQUARED:
            return math.sqrt(max(raw, 0.0))
        if self._scale is Scale.TWO_SIDED:
            return abs(raw - self._mean)
        return raw

    def _threshold(self) -> float | None:
        """Return the limit of the model's own filter, in the unit of its score; None where there is none."""
        if not self._spec.has_filter:
            return None
        model = self._model
        last = model[-1] if len(self._spec.steps) > 1 else model
        quantile = getattr(last, "quantile", None)
        threshold = last.threshold if quantile is None else quantile.get()
        return None if threshold is None else float(threshold)

    def state(self) -> dict[str, Any]:
        """Return everything learnt as MessagePack-ready values."""
        return {
            "model": freeze(self._model),
            "tail": self._tail.state(),
            "mean": self._mean,
            "learnt": self.learnt,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned.

        Raises:
            KeyError, TypeError, ValueError: it is of another layout.
        """
        self._model = thaw(state["model"])
        self._tail.restore(state["tail"])
        self._mean, self.learnt = state["mean"], state["learnt"]
