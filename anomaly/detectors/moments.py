"""Mean and spread of a baseline: River's EWVar bit by bit, or the same without its rounding."""

from river import stats


def mean_of(rate: float, value: float | None) -> stats.EWMean:
    """Return River's EWMean as it was at `value`: its first update sets the mean exactly."""
    mean = stats.EWMean(rate)
    if value is not None:
        mean.update(value)
    return mean


class RiverMoments:
    """River's EWMean of values and of their squares: together its EWVar, bit by bit."""

    def __init__(self, rate: float, mean: float | None = None, spread: float | None = None) -> None:
        self._mean, self._square = mean_of(rate, mean), mean_of(rate, spread)

    def update(self, value: float) -> None:
        """Take a value in."""
        self._mean.update(value)
        self._square.update(value * value)

    @property
    def mean(self) -> float:
        """The mean."""
        return self._mean.get()

    @property
    def spread(self) -> float:
        """What the variance is worked out from: the mean of squares."""
        return self._square.get()

    @property
    def variance(self) -> float:
        """The variance; rounding may take it below 0."""
        return self.spread - self.mean * self.mean


class StableMoments:
    """The same in exact arithmetic, without the difference of two squares (Finch, 2009, section 9)."""

    def __init__(self, rate: float, mean: float | None = None, spread: float | None = None) -> None:
        self._rate, self.mean, self.spread = rate, mean or 0.0, spread or 0.0

    def update(self, value: float) -> None:
        """Take a value in."""
        away = value - self.mean
        step = self._rate * away
        self.mean += step
        self.spread = (1.0 - self._rate) * (self.spread + away * step)

    @property
    def variance(self) -> float:
        """The variance."""
        return self.spread
