"""Which readings are learnt, and what of them: warm-up, spacing once warm, and spikes held off."""

import math
from dataclasses import dataclass
from typing import Any

from anomaly.settings import AnomalySettings

# While warming up, a value so many standard deviations from the median of three is learnt as that median.
_SPIKE_DEVIATIONS = 6.0
# Weight of a learnt reading in the level and its spread.
_RATE = 0.001
# Part of its distance to the level by which the range seen shrinks per learnt reading.
_FORGET = 2e-5


@dataclass(frozen=True)
class Warmth:
    """When a series has learnt enough, and how often it learns from then on."""

    readings: int
    span_us: int
    every_us: int

    @classmethod
    def of(cls, section: AnomalySettings, learn_every_s: float) -> "Warmth":
        """Return what the settings and the model's description say together."""
        return cls(
            section.warmup_readings,
            round(section.warmup_span_s * 1_000_000),
            round(learn_every_s * 1_000_000),
        )


class Pace:
    """The learnt readings of one series: how many, since when, their level and range, in O(1)."""

    def __init__(self, warmth: Warmth) -> None:
        self._warmth = warmth
        self.learnt = 0
        self.level = 0.0
        self.variance = 0.0
        self.low = math.inf
        self.high = -math.inf
        self._first_us = 0
        self._learnt_us = 0
        self._before: list[float] = []

    @property
    def warm(self) -> bool:
        """Whether enough readings over enough time have been learnt."""
        return (
            self.learnt >= self._warmth.readings
            and self._learnt_us - self._first_us >= self._warmth.span_us
        )

    def admit(self, value: float, ts_us: int) -> float | None:
        """Return what is to be learnt of a reading: itself, the median around a spike, or nothing."""
        if self.warm:
            # A clock set back must not stop learning for as long as it had been ahead.
            too_soon = abs(ts_us - self._learnt_us) < self._warmth.every_us
            return None if too_soon else self._count(value, ts_us)
        before = self._before
        before.append(value)
        if len(before) < 3:  # noqa: PLR2004 - three make a median
            return None
        median = sorted(before)[1]
        del before[0]
        if abs(value - median) > _SPIKE_DEVIATIONS * math.sqrt(self.variance):
            value = median
        if self.learnt >= self._warmth.readings and (
            abs(ts_us - self._learnt_us) < self._warmth.every_us
        ):
            return None
        return self._count(value, ts_us)

    def _count(self, value: float, ts_us: int) -> float:
        if not self.learnt:
            self._first_us = ts_us
            self.level = value
        self._learnt_us = ts_us
        self.learnt += 1
        rate = max(_RATE, 1.0 / self.learnt)
        away = value - self.level
        self.level += rate * away
        self.variance = (1.0 - rate) * (self.variance + rate * away * away)
        self.low = min(value, self.low + _FORGET * (self.level - self.low))
        self.high = max(value, self.high + _FORGET * (self.level - self.high))
        return value

    def deviations(self, value: float) -> float:
        """Return how many standard deviations a value lies from the level, and on which side."""
        spread = math.sqrt(self.variance) or 1e-9 * (1.0 + abs(self.level))
        return (value - self.level) / spread

    def band(self) -> tuple[float, float]:
        """Return the range learnt, never of no width."""
        margin = 1e-9 * (1.0 + abs(self.level)) + 0.1 * math.sqrt(self.variance)
        return self.low - margin, self.high + margin

    def state(self) -> list[Any]:
        """Return what was learnt as MessagePack-ready values."""
        return [
            self.learnt, self.level, self.variance, self.low, self.high, self._first_us,
            self._learnt_us, self._before,
        ]  # fmt: skip

    def restore(self, state: list[Any]) -> None:
        """Take over what `state` returned."""
        (
            self.learnt, self.level, self.variance, self.low, self.high, self._first_us,
            self._learnt_us, before,
        ) = state  # fmt: skip
        self._before = list(before)
