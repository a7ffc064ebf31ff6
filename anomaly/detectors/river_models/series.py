"""A River model as the detector of one series."""

import math
from typing import Any

from anomaly.detectors.base import Score
from anomaly.detectors.river_models.components import Role
from anomaly.detectors.river_models.pace import Pace, Warmth
from anomaly.detectors.river_models.scored import Given, ScoredModel
from anomaly.detectors.river_models.spec import RiverSpec


class RiverSeries:
    """Scores each reading by itself: its value as it is, or as the one feature of a model of features."""

    def __init__(self, spec: RiverSpec, warmth: Warmth) -> None:
        self._model = ScoredModel(spec)
        self._takes_features = spec.judged.role is Role.FEATURES
        self._pace = Pace(warmth)

    @property
    def learnt(self) -> int:
        """How many readings it has learnt."""
        return self._pace.learnt

    def follow_one(self, value: float, ts_us: int) -> None:
        """Nothing to do: there is no short-term view."""

    def score_one(self, value: float, ts_us: int) -> Score:  # noqa: ARG002 - Detector's form
        """Return how far out the model's score is; the sign is the side of the level the value lies on."""
        size = self._model.score(self._given(value)) if self._pace.warm else None
        if size is None:
            return Score(0.0, -math.inf, math.inf, warm=False)
        return Score(math.copysign(size, value - self._pace.level), *self._pace.band(), warm=True)

    def _given(self, value: float) -> Given:
        return {"value": value} if self._takes_features else value

    def learn_one(self, value: float, ts_us: int) -> None:
        """Count a reading as normal."""
        admitted = self._pace.admit(value, ts_us)
        if admitted is not None:
            self._model.learn(self._given(admitted))

    def restart(self) -> None:
        """Nothing to do: there is no short-term view."""

    def band(self) -> tuple[float, float] | None:
        """Return the range learnt, None while not warm."""
        return self._pace.band() if self._pace.warm and self._model.ready else None

    def state(self) -> dict[str, Any]:
        """Return everything learnt as MessagePack-ready values."""
        return {"pace": self._pace.state(), "model": self._model.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        self._pace.restore(state["pace"])
        self._model.restore(state["model"])
