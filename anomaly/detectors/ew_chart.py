"""The shipped detector: a short-term mean against what is known of the series.

The expected range is wide enough for every witness, and a reading must contradict them all:

- the baseline's mean ± k standard deviations (River's EWMean at a slow rate, of the values and of
  their squares: together River's EWVar). It forgives noise;
- the range of everything seen so far, plus a margin that shrinks as more is known. It forgives
  load cycles and daily rhythm, which standard deviations do not describe;
- while less than a day is known, the level of the last minutes ± the same k deviations: until the daily
  rhythm has been seen, slow changes are forgiven and only sudden ones count.

What is judged is a short-term mean (River's EWMean at a fast rate) of readings held to three half-widths, so
that one wild value raises nothing. Once warm, a reading is learnt at most every `learn_every_us` of source
time: history sampled every 30 s and live data every 0.5 s then weigh the same. All state is O(1).
"""

import math
from dataclasses import dataclass
from typing import Any

from river import stats

from anomaly.detectors.base import Score, SeriesRange

# Readings enter the short-term mean held to so many half-widths of the expected range.
_CLIP = 3.0
# While warming up, a jump of so many standard deviations is learnt only if the readings around it agree.
_SPIKE_DEVIATIONS = 6.0
# Half the expected range is at least this part of the engineering range, or of the mean where none is known.
_WIDTH_MIN = 0.01
# Part of its distance to the mean by which the seen range shrinks per learnt reading: weeks, not days.
_FORGET = 2e-5
# Once warm, an extreme moves the seen range by at most this over the number of learnt readings: slow enough
# that a fault does not widen its own limits before it is noticed.
_EXTEND = 2.0
# Rate of the recent level, per learnt reading: about ten minutes at the shipped spacing.
_RECENT_RATE = 0.05
# Most rhythms of a plant are known after one day.
_RHYTHM_US = 86_400_000_000


@dataclass(frozen=True)
class ChartParameters:
    """Parameters of the chart; see `anomaly.settings` for what they mean."""

    fast_rate: float
    slow_rate: float
    limit_deviations: float
    record_margin: float
    young_readings: float
    warmup_readings: int
    warmup_span_us: int
    learn_every_us: int


def _mean_of(rate: float, value: float | None) -> stats.EWMean:
    """Return River's EWMean as it was at `value`: its first update sets the mean exactly."""
    mean = stats.EWMean(rate)
    if value is not None:
        mean.update(value)
    return mean


class EwChart:
    """Gated EWMA chart with a record range; see the module's text."""

    def __init__(self, parameters: ChartParameters, plant: SeriesRange) -> None:
        self._parameters = parameters
        span = plant.span
        self._width_min = None if span is None else _WIDTH_MIN * span
        self._fast = stats.EWMean(parameters.fast_rate)
        self._recent = stats.EWMean(_RECENT_RATE)
        # Warm-up: every reading weighs the same. Afterwards: EW mean of d and of d², d = value - offset; the
        # offset keeps the difference of the two exact for series such as 1e8 ± 1.
        self._early = stats.Var()
        self._offset = 0.0
        self._mean = stats.EWMean(parameters.slow_rate)
        self._square = stats.EWMean(parameters.slow_rate)
        self._lowest = math.inf
        self._highest = -math.inf
        self._before: list[float] = []
        self._first_us = 0
        self._learnt_us = 0
        self._learnt = 0
        self._warm = False
        self._middle = 0.0
        self._half_down = self._half_up = math.inf

    @property
    def learnt(self) -> int:
        """How many readings the baseline rests on."""
        return self._learnt

    def follow_one(self, value: float, ts_us: int) -> None:  # noqa: ARG002 - Detector's form
        """Move the short-term mean."""
        if self._warm:
            upper = self._middle + _CLIP * self._half_up
            lower = self._middle - _CLIP * self._half_down
            value = min(max(value, lower), upper)
        self._fast.update(value)

    def score_one(self, value: float, ts_us: int) -> Score:  # noqa: ARG002 - Detector's form
        """Return the short-term mean's distance from the middle in half-widths."""
        if not self._warm:
            return Score(0.0, -math.inf, math.inf, warm=False)
        middle, down, up = self._middle, self._half_down, self._half_up
        away = self._fast.get() - middle
        return Score(away / (up if away >= 0 else down), middle - down, middle + up, warm=True)

    def learn_one(self, value: float, ts_us: int) -> None:
        """Count a reading as normal."""
        if not self._warm:
            self._learn_early(value, ts_us)
        elif not self._is_too_soon(ts_us):
            self._learn_warm(value, ts_us)

    def restart(self) -> None:
        """Begin the short-term mean again, in the middle of what is expected."""
        self._fast = _mean_of(self._parameters.fast_rate, self._middle if self._warm else None)

    def band(self) -> tuple[float, float] | None:
        """Return the expected range, None while not warm."""
        if not self._warm:
            return None
        return self._middle - self._half_down, self._middle + self._half_up

    def _is_too_soon(self, ts_us: int) -> bool:
        # A clock set back must not stop learning for as long as it had been ahead.
        return abs(ts_us - self._learnt_us) < self._parameters.learn_every_us

    def _learn_early(self, value: float, ts_us: int) -> None:
        parameters = self._parameters
        before = self._before
        before.append(value)
        if len(before) < 3:  # noqa: PLR2004 - three make a median
            return
        median = sorted(before)[1]
        del before[0]
        if abs(value - median) > _SPIKE_DEVIATIONS * math.sqrt(self._early.get()):
            value = median
        if self._learnt >= parameters.warmup_readings and self._is_too_soon(ts_us):
            return
        if not self._learnt:
            self._first_us = ts_us
        self._learnt_us = ts_us
        self._learnt += 1
        self._early.update(value)
        self._recent.update(value)
        self._lowest = min(self._lowest, value)
        self._highest = max(self._highest, value)
        if (
            self._learnt >= parameters.warmup_readings
            and ts_us - self._first_us >= parameters.warmup_span_us
        ):
            self._end_warmup()

    def _end_warmup(self) -> None:
        self._offset = self._early.mean.get()
        self._mean.update(0.0)
        self._square.update(self._early.get())
        self._before.clear()
        self._warm = True
        self._set_limits()

    def _learn_warm(self, value: float, ts_us: int) -> None:
        self._learnt_us = ts_us
        self._learnt += 1
        lower, upper = self._middle - self._half_down, self._middle + self._half_up
        value = min(max(value, lower), upper)
        away = value - self._offset
        self._mean.update(away)
        self._square.update(away * away)
        self._recent.update(self._fast.get())
        middle = self._offset + self._mean.get()
        lowest = self._lowest + _FORGET * (middle - self._lowest)
        highest = self._highest + _FORGET * (middle - self._highest)
        step = max(highest - lowest, self._half_up) * _EXTEND / self._learnt
        self._lowest = max(min(value, lowest), lowest - step)
        self._highest = min(max(value, highest), highest + step)
        self._set_limits()

    def _set_limits(self) -> None:
        parameters = self._parameters
        mean = self._mean.get()
        middle = self._offset + mean
        variance = self._square.get() - mean * mean
        reach = parameters.limit_deviations * math.sqrt(variance) if variance > 0 else 0.0
        margin = parameters.record_margin + parameters.young_readings / self._learnt
        margin *= self._highest - self._lowest
        least = self._width_min
        if least is None:
            least = max(_WIDTH_MIN * abs(middle), 1e-9)
        up = max(reach, self._highest + margin - middle, least)
        down = max(reach, middle - self._lowest + margin, least)
        if self._learnt_us - self._first_us < _RHYTHM_US:
            recent = self._recent.get() - middle
            up = max(up, recent + reach)
            down = max(down, reach - recent)
        self._middle, self._half_up, self._half_down = middle, up, down

    def state(self) -> dict[str, Any]:
        """Return everything learnt as MessagePack-ready values."""
        early = self._early
        return {
            "fast": self._fast.get(),
            "recent": self._recent.get(),
            "early": [early.mean.n, early.mean.get(), early._S],  # noqa: SLF001 - River has no public way
            "offset": self._offset,
            "mean": self._mean.get(),
            "square": self._square.get(),
            "range": [self._lowest, self._highest],
            "before": list(self._before),
            "first_us": self._first_us,
            "learnt_us": self._learnt_us,
            "learnt": self._learnt,
            "warm": self._warm,
            "limits": [self._middle, self._half_down, self._half_up],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        parameters = self._parameters
        n, mean, squares = state["early"]
        self._early = stats.Var()
        self._early.mean = stats.Mean._from_state(n, mean)  # noqa: SLF001 - River's own way back
        self._early._S = squares  # noqa: SLF001
        self._before = [float(value) for value in state["before"]]
        self._warm = bool(state["warm"])
        self._learnt = int(state["learnt"])
        started = self._learnt > 0 or bool(self._before)
        self._fast = _mean_of(parameters.fast_rate, state["fast"] if started else None)
        self._recent = _mean_of(_RECENT_RATE, state["recent"] if self._learnt else None)
        self._offset = float(state["offset"])
        self._mean = _mean_of(parameters.slow_rate, state["mean"] if self._warm else None)
        self._square = _mean_of(parameters.slow_rate, state["square"] if self._warm else None)
        self._lowest, self._highest = state["range"]
        self._first_us = int(state["first_us"])
        self._learnt_us = int(state["learnt_us"])
        self._middle, self._half_down, self._half_up = state["limits"]
