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
from anomaly.detectors.excursions import Excursions
from anomaly.detectors.moments import RiverMoments, StableMoments, mean_of
from anomaly.detectors.pace import Pace

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
# Of a young series a reading is learnt every so much of its age, if that is sooner.
YOUNG_PART = 1.0 / 400.0
# The short-term mean of fewer readings is one of nothing much.
SETTLED = 20


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
    raise_readings: int
    stable: bool = False


def width_min(plant: SeriesRange) -> float | None:
    """Return the least half-width of the expected range that the engineering range asks for."""
    span = plant.span
    return None if span is None else WIDTH_MIN * span


def _var(n: float, mean: float, squares: float) -> stats.Var:
    """Return River's Var as it was."""
    found = stats.Var()
    found.mean = stats.Mean._from_state(n, mean)  # noqa: SLF001 - River's own way back
    found._S = squares  # noqa: SLF001 - River has no public way
    return found


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
        self._kind = StableMoments if parameters.stable else RiverMoments
        self._moments = self._kind(parameters.slow_rate)
        self._lowest = self._fast_lowest = math.inf
        self._highest = self._fast_highest = -math.inf
        # Warm-up: all readings, spikes held to where such would begin, and their short-term means.
        # Afterwards: the latter's mean square from the baseline.
        self._early_all = stats.Var()
        self._early_fast = stats.Var()
        self._fast_square = stats.EWMean(parameters.slow_rate)
        self._pace = Pace(parameters.fast_rate, parameters.slow_rate)
        self._hurried = False
        self._excursions = Excursions()
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

    def follow_one(self, value: float, ts_us: int) -> None:
        """Move the short-term mean."""
        self._pace.follow(ts_us)
        if self._pace.hurried != self._hurried:
            self._hurried = self._pace.hurried
            if self._warm:
                self._set_limits()
        if not self._warm:
            return
        upper = self._middle + CLIP * self._half_up
        lower = self._middle - CLIP * self._half_down
        self._fast.update(min(max(value, lower), upper))
        away = self._fast.get() - self._middle
        if away >= self._half_up or away <= -self._half_down:
            self._excursions.go_on(away)

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
            return
        if self._excursions.readings:
            self._learn_excursion(ts_us)
        if not self._is_too_soon(ts_us):
            self._learn_warm(value, ts_us)

    def restart(self) -> None:
        """Begin the short-term mean again, in the middle of what is expected."""
        self._excursions.forget()
        self._fast = mean_of(self._parameters.fast_rate, self._middle if self._warm else None)

    def band(self) -> tuple[float, float] | None:
        """Return the expected range, None while not warm."""
        if not self._warm:
            return None
        return self._middle - self._half_down, self._middle + self._half_up

    def _is_too_soon(self, ts_us: int) -> bool:
        # A clock set back must not stop learning for as long as it had been ahead.
        every_us = min(
            float(self._parameters.learn_every_us), abs(ts_us - self._first_us) * YOUNG_PART
        )
        return abs(ts_us - self._learnt_us) < every_us

    def _learn_early(self, value: float, ts_us: int) -> None:
        parameters = self._parameters
        before = self._before
        before.append(value)
        if len(before) < 3:  # noqa: PLR2004 - three make a median
            return
        median = sorted(before)[1]
        del before[0]
        reach = SPIKE_DEVIATIONS * math.sqrt(self._early_all.get())
        raw = min(max(value, median - reach), median + reach)
        self._fast.update(raw)
        if abs(value - median) > SPIKE_DEVIATIONS * math.sqrt(self._early.get()):
            value = median
        if self._learnt >= parameters.warmup_readings and self._is_too_soon(ts_us):
            return
        if not self._learnt:
            self._first_us = ts_us
        self._learnt_us = ts_us
        self._learnt += 1
        self._early_all.update(raw)
        self._early_fast.update(self._fast.get())
        self._early.update(value)
        self._recent.update(value)
        self._lowest = min(self._lowest, value)
        self._highest = max(self._highest, value)
        self._learn_quick(math.inf)
        if (
            self._learnt >= parameters.warmup_readings
            and ts_us - self._first_us >= parameters.warmup_span_us
        ):
            self._end_warmup()

    def _end_warmup(self) -> None:
        variance, whole = self._early.get(), self._early_all.get()
        part = self._early_fast.get() / whole if whole > 0.0 else 1.0
        self._fast_square = mean_of(self._parameters.slow_rate, part * variance)
        self._offset = self._early.mean.get()
        self._moments = self._kind(self._parameters.slow_rate, 0.0, variance)
        self._before.clear()
        self._warm = True
        self._set_limits()

    def _learn_warm(self, value: float, ts_us: int) -> None:
        self._learnt_us = ts_us
        self._learnt += 1
        up, down = self._widths(self._middle, hurried=True)
        value = min(max(value, self._middle - down), self._middle + up)
        self._moments.update(value - self._offset)
        self._recent.update(self._fast.get())
        middle = self._offset + self._moments.mean
        off = self._fast.get() - middle
        self._fast_square.update(off * off)
        self._lowest += FORGET * (middle - self._lowest)
        self._highest += FORGET * (middle - self._highest)
        self._fast_lowest += FORGET * (middle - self._fast_lowest)
        self._fast_highest += FORGET * (middle - self._fast_highest)
        step = max(self._highest - self._lowest, up) * EXTEND / self._learnt
        self._lowest = max(min(value, self._lowest), self._lowest - step)
        self._highest = min(max(value, self._highest), self._highest + step)
        self._learn_quick(step)
        self._set_limits()

    def _learn_quick(self, step: float) -> None:
        """Learn the short-term mean's range, by at most `step`, and the pace at which it was learnt."""
        self._pace.learn(self._learnt)
        if self._learnt > SETTLED:
            fast, lowest, highest = self._fast.get(), self._fast_lowest, self._fast_highest
            self._fast_lowest = max(min(fast, lowest), lowest - step)
            self._fast_highest = min(max(fast, highest), highest + step)

    def _learn_excursion(self, ts_us: int) -> None:
        """Learn from an excursion that is over: the more there were lately, the more of it."""
        excursions = self._excursions
        if excursions.readings >= self._parameters.raise_readings:
            part, extreme = excursions.end(ts_us), self._middle + excursions.extreme
            self._lowest += part * min(extreme - self._lowest, 0.0)
            self._highest += part * max(extreme - self._highest, 0.0)
            self._fast_lowest += part * min(extreme - self._fast_lowest, 0.0)
            self._fast_highest += part * max(extreme - self._fast_highest, 0.0)
            self._set_limits()
        excursions.forget()

    def _alike(self, variance: float) -> float:
        """Return how many readings in a row say no more than one that is independent."""
        rate = self._parameters.fast_rate
        most = (2.0 - rate) / rate
        if not variance > 0.0:
            return 1.0
        return min(max(most * self._fast_square.get() / variance, 1.0), most)

    def _widths(self, middle: float, *, hurried: bool) -> tuple[float, float]:
        """Return how far above and below the middle is expected: of readings, or of their short-term mean."""
        parameters, variance = self._parameters, max(self._moments.variance, 0.0)
        alike = self._alike(variance)
        margin = parameters.record_margin + parameters.young_readings * alike / self._learnt
        margin *= self._highest - self._lowest
        lowest, highest = self._lowest, self._highest
        if not hurried:
            lowest, highest = self._fast_lowest, self._fast_highest
            variance *= alike * parameters.fast_rate / (2.0 - parameters.fast_rate)
        reach = parameters.limit_deviations * math.sqrt(variance)
        least = self._width_min
        if least is None:
            least = max(WIDTH_MIN * abs(middle), 1e-9)
        up = max(reach, highest + margin - middle, least)
        down = max(reach, middle - lowest + margin, least)
        if self._learnt_us - self._first_us < RHYTHM_US:
            recent = self._recent.get() - middle
            up = max(up, recent + reach)
            down = max(down, reach - recent)
        return up, down

    def _set_limits(self) -> None:
        self._middle = self._offset + self._moments.mean
        self._half_up, self._half_down = self._widths(self._middle, hurried=self._hurried)

    def state(self) -> dict[str, Any]:
        """Return everything learnt as MessagePack-ready values."""
        early, everything, fast = self._early, self._early_all, self._early_fast
        moments = (self._moments.mean, self._moments.spread)
        if not self._warm:
            moments = (everything.mean.get(), everything._S)  # noqa: SLF001 - River has no public way
        square = self._fast_square.get() if self._warm else fast._S  # noqa: SLF001
        return {
            "fast": self._fast.get(),
            "recent": self._recent.get(),
            "early": [early.mean.n, early.mean.get(), early._S],  # noqa: SLF001
            "offset": self._offset,
            "mean": moments[0],
            "square": moments[1],
            "range": [self._lowest, self._highest],
            "before": list(self._before),
            "first_us": self._first_us,
            "learnt_us": self._learnt_us,
            "learnt": self._learnt,
            "warm": self._warm,
            "limits": [self._middle, self._half_down, self._half_up],
            "quick": [
                fast.mean.get(), square, self._fast_lowest, self._fast_highest, self._pace.now,
                self._pace.known,
            ],
            "followed_us": self._pace.followed_us,
            "hurried": self._hurried,
            "excursion": self._excursions.state(),
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        parameters = self._parameters
        n, mean, squares = state["early"]
        fast_mean, square, self._fast_lowest, self._fast_highest, *paces = state["quick"]
        self._warm = bool(state["warm"])
        self._early = _var(n, mean, squares)
        self._early_all = _var(
            *((0, 0.0, 0.0) if self._warm else (n, state["mean"], state["square"]))
        )
        self._early_fast = _var(n, fast_mean, 0.0 if self._warm else square)
        self._fast_square = mean_of(parameters.slow_rate, square if self._warm else None)
        self._pace.now, self._pace.known = paces
        self._pace.followed_us = int(state["followed_us"])
        self._hurried = bool(state["hurried"])
        self._excursions.restore(state["excursion"])
        self._before = [float(value) for value in state["before"]]
        self._learnt = int(state["learnt"])
        self._fast = mean_of(parameters.fast_rate, state["fast"] if self._learnt else None)
        self._recent = mean_of(RECENT_RATE, state["recent"] if self._learnt else None)
        self._offset = float(state["offset"])
        begun = (state["mean"], state["square"]) if self._warm else ()
        self._moments = self._kind(parameters.slow_rate, *begun)
        self._lowest, self._highest = state["range"]
        self._first_us = int(state["first_us"])
        self._learnt_us = int(state["learnt_us"])
        self._middle, self._half_down, self._half_up = state["limits"]
