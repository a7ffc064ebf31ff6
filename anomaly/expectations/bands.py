"""What is expected of many series at one moment, as columns, and whether it has moved."""

from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

# Parts of the band's width: less is not seen on a chart.
MOVED: Final = 0.02


class Bands(NamedTuple):
    """What is expected of each series; columns of one length.

    `heard_us` is the source time of the last reading, 0 before there was one. The ends are NaN for a series
    that is not warm.
    """

    series: NDArray[np.int64]
    heard_us: NDArray[np.int64]
    learnt: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def none(cls) -> Self:
        """Return no rows."""
        whole, real = np.zeros(0, np.int64), np.zeros(0, np.float64)
        return cls(whole, whole, whole, real, real)

    def rows(self, chosen: NDArray[Any]) -> Self:
        """Return the rows with these places, or where this is true."""
        return type(self)(
            self.series[chosen],
            self.heard_us[chosen],
            self.learnt[chosen],
            self.low[chosen],
            self.high[chosen],
        )

    def and_those(self, others: Self) -> Self:
        """Return these rows and the others."""
        return type(self)(
            np.concatenate([self.series, others.series]),
            np.concatenate([self.heard_us, others.heard_us]),
            np.concatenate([self.learnt, others.learnt]),
            np.concatenate([self.low, others.low]),
            np.concatenate([self.high, others.high]),
        )

    def ends(self) -> tuple[list[float | None], list[float | None]]:
        """Return both ends as plain numbers, None where nothing is expected."""
        return _numbers(self.low), _numbers(self.high)

    def moved_from(self, before: Self) -> NDArray[np.bool_]:
        """Tell where they differ from bands of the same series so that a chart would show it."""
        allowed = MOVED * (before.high - before.low)
        # A comparison with NaN is false: what was or is not known is told by the last.
        moved: NDArray[np.bool_] = np.abs(self.low - before.low) > allowed
        moved |= np.abs(self.high - before.high) > allowed
        moved |= np.isnan(self.low) != np.isnan(before.low)
        return moved


class Told:
    """What was told last of each series."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._bands = Bands.none()

    def of(self, now: Bands) -> tuple[Bands, NDArray[np.bool_]]:
        """Return what was told of the same series in the same order, and of which nothing was yet."""
        places = np.array([self._places.get(key, -1) for key in now.series.tolist()], np.int64)
        is_new = places < 0
        return (self._bands.rows(places) if self._places else now), is_new

    def put(self, told: Bands) -> None:
        """Remember what is told now; what was told of others stays."""
        others = ~np.isin(self._bands.series, told.series)
        self._bands = self._bands.rows(others).and_those(told)
        self._places = {key: place for place, key in enumerate(self._bands.series.tolist())}


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [
        None if none else value
        for value, none in zip(values.tolist(), np.isnan(values), strict=True)
    ]
