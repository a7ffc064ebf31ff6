"""A River model of features as the model of a whole device: every series is a feature of each row.

Takes the place of `anomaly.device.model.DeviceModel`. What a model of River's cannot do by itself is done
here: a feature that is missing from a row is given at its mean; when a series joins, the model begins
anew, because most models fix their features when they first learn; which series to tell people of is said
by how many standard deviations each lies from its own mean.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.detectors import joint
from anomaly.detectors.river_models.scored import ScoredModel
from anomaly.detectors.river_models.spec import RiverSpec
from anomaly.settings import AnomalySettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Weight of a learnt row in means and variances; of any row in what is told of it.
_RATE = 0.001
_FAST_RATE = 0.2
# A value so far from the median of three rows is learnt as that median.
_SPIKE_DEVIATIONS = 6.0
_MEDIAN_OF = 3
# Far from overflow when squared.
_VALUE_MAX = 1e100


class RiverDeviceModel:
    """Judges rows `(series,)`; see `advance`."""

    def __init__(self, spec: RiverSpec, section: AnomalySettings) -> None:
        self._spec = spec
        self._section = section
        self._every_us = round(spec.learn_every_s * 1_000_000)
        self._span_us = round(section.warmup_span_s * 1_000_000)
        self._mask = (1 << section.raise_window) - 1
        self._raise = min(section.raise_readings, section.raise_window)
        self._begin(0)

    def _begin(self, count: int) -> None:
        self._model = ScoredModel(self._spec)
        self._mean, self._variance, self._fast = np.zeros(count), np.zeros(count), np.zeros(count)
        # Rows in which each series was there: a series' own weight in its mean.
        self._heard = np.zeros(count)
        self._before: list[list[float]] = []
        self.learnt = 0
        self._first_us = self._learnt_us = 0
        self.open = joint.NOTHING
        self.onset_us = 0
        self.size = 0.0
        self._told = 0.0
        self._bits = self._calm = 0

    @property
    def warm(self) -> bool:
        """Whether enough rows over enough time were learnt to judge."""
        return (
            self._model.ready
            and self.learnt >= self._section.warmup_readings
            and self._learnt_us - self._first_us >= self._span_us
        )

    @property
    def contributions(self) -> Floats:
        """How many standard deviations each series lies from its mean, with its sign."""
        deviations = np.sqrt(self._variance)
        away = self._fast - self._mean
        found: Floats = np.divide(away, deviations, out=np.zeros_like(away), where=deviations > 0.0)
        return found

    @property
    def lasting(self) -> Floats:
        """How long each has not followed the others: not looked at here."""
        return np.zeros(len(self._mean))

    def expected(self, slot: int) -> tuple[float, float, float]:
        """Return mean and standard deviation of a series, and what was seen of it lately."""
        return float(self._mean[slot]), float(self._variance[slot] ** 0.5), float(self._fast[slot])

    def grow(self, count: int) -> None:
        """Look at more series: begins anew."""
        self._begin(count)

    def advance(
        self,
        rows: Floats,
        row_us: Ints,
        start: int,
        pace_us: float,  # noqa: ARG002 - the form of a device's model
        *,
        frozen: bool,
    ) -> tuple[int, int]:
        """Take rows from `start` on until something changed; return that row's number and what it was.

        `frozen` lets nothing be learnt. -1 and `joint.NONE` when nothing did.
        """
        for number in range(start, len(rows)):
            row, ts_us = np.clip(rows[number], -_VALUE_MAX, _VALUE_MAX), int(row_us[number])
            if np.isnan(row).all():
                continue
            filled = np.where(np.isnan(row), self._mean, row)
            self._fast += _FAST_RATE * (filled - self._fast) if self.learnt else filled - self._fast
            size = self._model.score(_features(filled)) if self.warm else None
            found = joint.NONE
            if size is not None:
                found = self._judge(size, ts_us)
            if not frozen and self.open == joint.NOTHING and (size is None or size < 1.0):
                self._learn(row, filled, ts_us)
            if found != joint.NONE:
                return number, found
        return -1, joint.NONE

    def _judge(self, size: float, ts_us: int) -> int:
        self.size = size
        if self.open != joint.NOTHING:
            return self._judge_open(size)
        beyond = size >= 1.0
        self._bits = (self._bits << 1 | beyond) & self._mask
        if not beyond:
            return joint.NONE
        if self._bits.bit_count() == 1:
            self.onset_us = ts_us
        if self._bits.bit_count() < self._raise:
            return joint.NONE
        self.open, self._told, self._calm = joint.APART, size, 0
        return joint.STARTED

    def _judge_open(self, size: float) -> int:
        if size >= self._section.clear_score:
            self._calm = 0
        else:
            self._calm += 1
            if self._calm >= self._section.clear_readings:
                self.settle()
                return joint.ENDED
        if size >= 1.25 * self._told:
            self._told = size
            return joint.WORSENED
        return joint.NONE

    def _learn(self, row: Floats, filled: Floats, ts_us: int) -> None:
        if self.warm and abs(ts_us - self._learnt_us) < self._every_us:
            return
        if not self.warm:
            self._before = [*self._before, filled.tolist()][-_MEDIAN_OF:]
            if len(self._before) < _MEDIAN_OF:
                return
            median = np.median(self._before, axis=0)
            spikes = np.abs(filled - median) > _SPIKE_DEVIATIONS * np.sqrt(self._variance)
            filled = np.where(spikes, median, filled)
        if not self.learnt:
            self._first_us = ts_us
        self._learnt_us = ts_us
        self.learnt += 1
        heard = ~np.isnan(row)
        self._heard += heard
        rates = np.where(heard, np.maximum(1.0 / np.maximum(self._heard, 1.0), _RATE), 0.0)
        away = filled - self._mean
        self._mean += rates * away
        self._variance = (1.0 - rates) * (self._variance + rates * away * away)
        self._model.learn(_features(filled))

    def settle(self) -> None:
        """Know of no deviation, nor of rows that would begin one."""
        self.open = joint.NOTHING
        self._bits = self._calm = 0

    def restart(self) -> None:
        """Forget the short-term view: what comes next does not follow what came last."""
        self._fast = self._mean.copy()
        self.settle()

    def state(self) -> dict[str, Any]:
        """Return everything it knows as MessagePack-ready values."""
        return {
            "model": self._model.state(),
            "series": [
                one.tolist() for one in (self._mean, self._variance, self._fast, self._heard)
            ],
            "before": self._before,
            "numbers": [
                self.learnt, self._first_us, self._learnt_us, self.open, self.onset_us, self.size,
                self._told, self._bits, self._calm,
            ],
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned.

        Raises:
            KeyError, TypeError, ValueError: it is of another layout.
        """
        self._model.restore(state["model"])
        self._mean, self._variance, self._fast, self._heard = (
            np.array(one, np.float64) for one in state["series"]
        )
        self._before = [list(row) for row in state["before"]]
        (
            self.learnt, self._first_us, self._learnt_us, self.open, self.onset_us, self.size,
            self._told, self._bits, self._calm,
        ) = state["numbers"]  # fmt: skip


def _features(row: Floats) -> dict[str, float]:
    """Return a row as River takes it; names in an order that does not change."""
    return {f"s{slot:03}": value for slot, value in enumerate(row.tolist())}
