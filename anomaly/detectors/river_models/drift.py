"""A drift detector of River's as the detector of one series.

River's drift detectors tell the reading at which a stream has changed, and go on from there. What they are
fed with is the distance from the learnt level in standard deviations, so that their parameters mean the
same for every series. What they tell lasts for some readings: as long as it takes to be noticed, and to
see whether the change stays. Its size is that of the change in units of three standard deviations.
"""

import math
from typing import Any

from river import stats

from anomaly.detectors.base import Score
from anomaly.detectors.river_models.drift_components import BINARY, FEWER_ONES
from anomaly.detectors.river_models.freezing import freeze, thaw
from anomaly.detectors.river_models.pace import Pace, Warmth
from anomaly.detectors.river_models.spec import RiverSpec

# Readings for which a change is told.
_TOLD = 60
# Rate of the mean that says which way, and how far, the stream went.
_RECENT_RATE = 0.05
_DEVIATIONS_AT_LIMIT = 3.0
# Beyond so many deviations a value is out of the ordinary, for detectors of bits.
_ORDINARY = 2.0
# No single reading weighs more.
_DEVIATIONS_MAX = 10.0


class RiverDrift:
    """Tells changes of a series' level or spread."""

    def __init__(self, spec: RiverSpec, warmth: Warmth) -> None:
        self._spec = spec
        self._takes_bits = spec.judged.name in BINARY
        self._pace = Pace(warmth)
        self._detector: Any = spec.build()
        self._recent = stats.EWMean(_RECENT_RATE)
        self._left = 0
        self._size = 0.0

    @property
    def learnt(self) -> int:
        """How many readings the level and spread rest on."""
        return self._pace.learnt

    def follow_one(self, value: float, ts_us: int) -> None:  # noqa: ARG002 - Detector's form
        """Show the detector a reading."""
        if not self._pace.warm:
            return
        away = max(min(self._pace.deviations(value), _DEVIATIONS_MAX), -_DEVIATIONS_MAX)
        self._recent.update(away)
        self._left = max(self._left - 1, 0)
        self._detector.update(self._bit(away) if self._takes_bits else away)
        if self._detector.drift_detected:
            self._left = _TOLD
            recent = self._recent.get()
            self._size = math.copysign(max(abs(recent) / _DEVIATIONS_AT_LIMIT, 1.0), recent)

    def _bit(self, away: float) -> float:
        # River's FHDDM looks for ones becoming fewer, the others for more of them.
        return float((abs(away) > _ORDINARY) != (self._spec.judged.name == FEWER_ONES))

    def score_one(self, value: float, ts_us: int) -> Score:  # noqa: ARG002 - Detector's form
        """Return the size of the change being told, 0 where there is none."""
        if not self._pace.warm:
            return Score(0.0, -math.inf, math.inf, warm=False)
        return Score(self._size if self._left else 0.0, *self._pace.band(), warm=True)

    def learn_one(self, value: float, ts_us: int) -> None:
        """Count a reading towards level and spread."""
        self._pace.admit(value, ts_us)

    def restart(self) -> None:
        """Begin to look anew: what comes next does not follow what came last."""
        self._detector = self._spec.build()
        self._recent = stats.EWMean(_RECENT_RATE)
        self._left = 0

    def band(self) -> tuple[float, float] | None:
        """Return the range learnt, None while not warm."""
        return self._pace.band() if self._pace.warm else None

    def state(self) -> dict[str, Any]:
        """Return everything learnt as MessagePack-ready values."""
        return {
            "pace": self._pace.state(),
            "detector": freeze((self._detector, self._recent)),
            "told": [self._left, self._size],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        self._pace.restore(state["pace"])
        self._detector, self._recent = thaw(state["detector"])
        self._left, self._size = state["told"]
