"""The shipped detector: a short-term mean against what is known of the series.

The expected range is wide enough for every witness, and a reading must contradict them all:

- the baseline's mean ± k standard deviations (River's EWMean at a slow rate, of the values and of
  their squares: together River's EWVar). It forgives noise;
- the range of everything seen so far, plus a margin that shrinks as more is known. It forgives
  load cycles and daily rhythm, which standard deviations do not describe;
- while less than a day is known, the level of the last minutes ± the same k deviations: until the daily
  rhythm has been seen, slow changes are forgiven and only sudden ones count.

What is judged is a short-term mean (River's EWMean at a fast rate) of readings held to three half-widths,
so that one wild value raises nothing. Once warm, a reading is learnt at most every `learn_every_us` of
source time: history sampled every 30 s and live data every 0.5 s then weigh the same. All state is O(1).
"""

import math
from dataclasses import dataclass
from typing import Any

from river import stats

from anomaly.detectors.base import Score, SeriesRange

# Readings enter the short-term mean held to so many half-widths of the expected range.
CLIP = 3.0
# While warming up, a jump of so many standard deviations is learnt only if the readings around it agree.
SPIKE_DEVIATIONS = 6.0
# Half the expected range is at least this part of the engineering range, or of the mean where none is known.
WIDTH_MIN = 0.01
# Part of its distance to the mean by which the seen range shrinks per learnt reading: weeks, not days.
FORGET = 2e-5
# Once warm, an extreme moves the seen range by at most this over the number of learnt readings: slow enough
# that a fault does not widen its own limits before it is noticed.
EXTEND = 2.0
# Rate of the recent level, per learnt reading: about ten minutes at the shipped spacing.
RECENT_RATE = 0.05
# Most rhythms of a plant are known after one day.
RHYTHM_US = 86_400_000_000


@dataclass(frozen=True)
class ChartParameters:
    """Parameters of the chart; see `anomaly.settings` for what they mean.

    `stable` chooses numerically stable moments, as the bank has them, instead of River's own.
    """

    fast_rate: float
    slow_rate: float
    limit_deviations: float
    record_margin: float
    young_readings: float
    warmup_readings: int
    warmup_span_us: int
    learn_every_us: int
    stable: bool = False


def width_min(plant: SeriesRange) -> float | None:
    """Return the least half-width of the expected range that the engineering range asks for."""
    span = plant.span
    return None if span is None else WIDTH_MIN * span


def _mean_of(rate: float, value: float | None) -> stats.EWMean:
    """Return River's EWMean as it was at `value`: its first update sets the mean exactly."""
    mean = stats.EWMean(rate)
    if value is not None:
        mean.update(value)
    return mean


class _RiverMoments:
    """River's EWMean of values and of their squares: together its EWVar, bit by bit."""

    def __init__(self, rate: float, mean: float | None = None, spread: float | None = None) -> None:
        self._mean, self._square = _mean_of(rate, mean), _mean_of(rate, spread)

    def update(self, value: float) -> None:
        self._mean.update(value)
        self._square.update(value * value)

    @property
    def mean(self) -> float:
        return self._mean.get()

    @property
    def spread(self) -> float:
        return self._square.get()

    @property
    def variance(self) -> float:
        return self.spread - self.mean * self.mean


class _StableMoments:
    """The same in exact arithmetic, without the difference of two squares (Finch, 2009, section 9)."""

    def __init__(self, rate: float, mean: float | None = None, spread: float | None = None) -> None:
        self._rate, self.mean, self.spread = rate, mean or 0.0, spread or 0.0

    def update(self, value: float) -> None:
        away = value - self.mean
        step = self._rate * away
        self.mean += step
        self.spread = (1.0 - self._rate) * (self.spread + away * step)

    @property
    def variance(self) -> float:
        return self.spread


class EwChart:
    """Gated EWMA chart with a record range; see the module's text."""

    def __init__(self, parameters: ChartParameters, plant: SeriesRange) -> None:
        self._parameters = parameters
        self._width_min = width_min(plant)
        self._fast = stats.EWMean(parameters.fast_rate)
        self._recent = stats.EWMean(RECENT_RATE)
        # Warm-up: every reading weighs the same. Afterwards: EW mean of d and of d², d = value - offset; the
        # offset keeps the difference of the two exact for series such as 1e8 ± 1.
        self._early = stats.Var()
        self._offset = 0.0
        self._kind = _StableMoments if parameters.stable else _RiverMoments
        self._moments = self._kind(parameters.slow_rate)
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
            upper = self._middle + CLIP * self._half_up
            lower = self._middle - CLIP * self._half_down
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
        if abs(value - median) > SPIKE_DEVIATIONS * math.sqrt(self._early.get()):
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
        self._moments = self._kind(self._parameters.slow_rate, 0.0, self._early.get())
        self._before.clear()
        self._warm = True
        self._set_limits()

    def _learn_warm(self, value: float, ts_us: int) -> None:
        self._learnt_us = ts_us
        self._learnt += 1
        lower, upper = self._middle - self._half_down, self._middle + self._half_up
        value = min(max(value, lower), upper)
        away = value - self._offset
        self._moments.update(away)
        self._recent.update(self._fast.get())
        middle = self._offset + self._moments.mean
        lowest = self._lowest + FORGET * (middle - self._lowest)
        highest = self._highest + FORGET * (middle - self._highest)
        step = max(highest - lowest, self._half_up) * EXTEND / self._learnt
        self._lowest = max(min(value, lowest), lowest - step)
        self._highest = min(max(value, highest), highest + step)
        self._set_limits()

    def _set_limits(self) -> None:
        parameters = self._parameters
        middle = self._offset + self._moments.mean
        variance = self._moments.variance
        reach = parameters.limit_deviations * math.sqrt(variance) if variance > 0 else 0.0
        margin = parameters.record_margin + parameters.young_readings / self._learnt
        margin *= self._highest - self._lowest
        least = self._width_min
        if least is None:
            least = max(WIDTH_MIN * abs(middle), 1e-9)
        up = max(reach, self._highest + margin - middle, least)
        down = max(reach, middle - self._lowest + margin, least)
        if self._learnt_us - self._first_us < RHYTHM_US:
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
            "mean": self._moments.mean,
            "square": self._moments.spread,
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
        self._recent = _mean_of(RECENT_RATE, state["recent"] if self._learnt else None)
        self._offset = float(state["offset"])
        begun = (state["mean"], state["square"]) if self._warm else ()
        self._moments = self._kind(parameters.slow_rate, *begun)
        self._lowest, self._highest = state["range"]
        self._first_us = int(state["first_us"])
        self._learnt_us = int(state["learnt_us"])
        self._middle, self._half_down, self._half_up = state["limits"]
