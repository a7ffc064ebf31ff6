"""Faults of the sensor itself, told from one series: stuck at a value, or out of its engineering range."""

from typing import Any

from anomaly.bank.ranges import plausible
from anomaly.detectors.base import SeriesRange
from anomaly.settings import AnomalySettings


class FlatlineWatch:
    """Notices a value that stays exactly the same for longer than this series ever did.

    Both the number of equal readings and the time they span must beat the series' own longest run by
    `flatline_factor`: a coarse or slow series, or one that is constant by nature, sets its own measure. Zero
    and the ends of the engineering range do not count: a stopped machine rests there.
    """

    def __init__(self, section: AnomalySettings, plant: SeriesRange) -> None:
        self._readings_min = section.flatline_readings
        self._span_us_min = round(section.flatline_s * 1_000_000)
        self._factor = section.flatline_factor
        self._resting = {0.0, plant.low, plant.high}
        self._value: float | None = None
        self._run = 0
        self._since_us = 0
        self._longest = 0
        self._longest_us = 0
        self._varied = False
        self._stuck = False

    def see(self, value: float, ts_us: int) -> bool:
        """Take a reading and tell whether the value is stuck."""
        if value != self._value:
            # What was a fault is no measure of what is usual.
            if not self._stuck and self._run > 1:
                self._longest = max(self._longest, self._run)
                self._longest_us = max(self._longest_us, ts_us - self._since_us)
            self._varied = self._value is not None
            self._value, self._run, self._since_us, self._stuck = value, 1, ts_us, False
            return False
        self._run += 1
        if self._run < self._readings_min or not self._varied or value in self._resting:
            return False
        self._stuck = self._run >= self._factor * self._longest and self.lasted_us(ts_us) >= max(
            self._span_us_min, self._factor * self._longest_us
        )
        return self._stuck

    def lasted_us(self, ts_us: int) -> int:
        """Return for how long the present value has stood."""
        return ts_us - self._since_us

    @property
    def since_us(self) -> int:
        """Source time at which the present value was first seen."""
        return self._since_us

    def state(self) -> list[Any]:
        """Return what is known as MessagePack-ready values."""
        return [
            self._value, self._run, self._since_us, self._longest, self._longest_us, self._varied,
            self._stuck,
        ]  # fmt: skip

    def restore(self, state: list[Any]) -> None:
        """Take over what `state` returned."""
        (
            self._value, self._run, self._since_us, self._longest, self._longest_us, self._varied,
            self._stuck,
        ) = state  # fmt: skip


class RangeWatch:
    """Tells whether a reading can be true at all."""

    def __init__(self, section: AnomalySettings, plant: SeriesRange) -> None:
        self.low, self.high = plausible(section, plant)

    def is_outside(self, value: float) -> bool:
        """Tell whether a reading lies beyond the limits."""
        return not self.low <= value <= self.high
