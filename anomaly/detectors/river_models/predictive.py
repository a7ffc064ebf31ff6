"""River's PredictiveAnomalyDetection so that it can be judged.

River's own `score_one` learns: each look at a reading moves the threshold, an anomaly's as well, and the
score ends at 1, which one normal reading in fifty reaches. Here the threshold is learnt from the readings
that are learnt, a score changes nothing, and it goes on beyond 1.
"""

import math
from typing import Any

from river import anomaly

# What is left of a threshold where every forecast was exact.
_THRESHOLD_MIN = 1e-12


class Predictive(anomaly.PredictiveAnomalyDetection):
    """A forecaster's squared error over River's threshold: mean of squared errors + n_std deviations."""

    def score_one(self, x: Any, y: Any) -> float:  # noqa: ARG002 - River's form
        """Return the squared error of the forecast over the threshold; 0 while warming up."""
        if self.iter < self.warmup_period:
            return 0.0
        spread = self.n_std * math.sqrt(max(self.dynamic_se_variance.get(), 0.0))
        return self._squared_error(y) / max(self.dynamic_mae.get() + spread, _THRESHOLD_MIN)

    def learn_one(self, x: Any, y: Any) -> None:  # noqa: ARG002 - River's form
        """Learn the error of the forecast, then the reading."""
        # The forecaster learns alone at first; then the errors, so that there is a threshold when it scores.
        if self.iter >= self.warmup_period // 2:
            error = self._squared_error(y)
            self.dynamic_mae.update(error)
            self.dynamic_se_variance.update(error)
        self.iter += 1
        self.predictive_model.learn_one(y=float(y))  # type: ignore[attr-defined]  # a forecaster

    def _squared_error(self, y: float) -> float:
        forecast = self.predictive_model.forecast(self.horizon)[0]  # type: ignore[attr-defined]  # as above
        return float((forecast - y) ** 2)
