"""The place of a detector in a series whose device is judged as a whole: it says nothing.

The series' own watches go on: flatline, range and silence are about the sensor.
"""

import math
from typing import Any

from anomaly.detectors.base import Score
from anomaly.detectors.river_models.pace import Pace, Warmth


class Unjudged:
    """Counts readings, so that it is known when enough were seen, and learns their range."""

    def __init__(self, warmth: Warmth) -> None:
        self._pace = Pace(warmth)

    @property
    def learnt(self) -> int:
        """How many readings were seen."""
        return self._pace.learnt

    def follow_one(self, value: float, ts_us: int) -> None:
        """Nothing to do: there is no short-term view."""

    def score_one(self, value: float, ts_us: int) -> Score:  # noqa: ARG002 - Detector's form
        """Return 0: nothing is unusual about the series by itself."""
        band = self.band()
        if band is None:
            return Score(0.0, -math.inf, math.inf, warm=False)
        return Score(0.0, *band, warm=True)

    def learn_one(self, value: float, ts_us: int) -> None:
        """Count a reading."""
        self._pace.admit(value, ts_us)

    def restart(self) -> None:
        """Nothing to do: there is no short-term view."""

    def band(self) -> tuple[float, float] | None:
        """Return the range seen, None while not warm."""
        return self._pace.band() if self._pace.warm else None

    def state(self) -> dict[str, Any]:
        """Return everything learnt as MessagePack-ready values."""
        return {"pace": self._pace.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        self._pace.restore(state["pace"])
