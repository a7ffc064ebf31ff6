"""Fewer points for a plot, with the spikes kept.

Min-max keeps the lowest and highest point of each stretch of time; LTTB (Steinarsson 2013) keeps the points
that shape the line, here chosen among the extremes (MinMaxLTTB, Van Der Donckt et al. 2023) so that a single
spike survives it as well. `Reducer` does either over a stream of any length in bounded memory.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tsdownsample import MinMaxDownsampler, MinMaxLTTBDownsampler

from telemetry.rules import Method

_BLOCK_POINTS: Final = 262_144
# Extremes kept of a block: more than any plot asks for, so that the last pass decides.
_BLOCK_EXTREMES: Final = 16_384
# The library needs two stretches.
_POINTS_MIN: Final = 4
# The part of the points that may say that there was no value.
_BREAKS_PART: Final = 8
_MINMAX: Final[Any] = MinMaxDownsampler()  # type: ignore[no-untyped-call]  # ships no types
_LTTB: Final[Any] = MinMaxLTTBDownsampler()  # type: ignore[no-untyped-call]

Arrays = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint32]]


def select(
    ts_us: NDArray[np.int64], value: NDArray[np.float64], points_max: int, method: Method
) -> NDArray[np.intp]:
    """Return the ascending indices of at most `points_max` points.

    When points must go, of readings without a number (NaN) one stays where each stretch of them begins, so
    that the line breaks there: for the longest stretches, an eighth of the points at most. The others have
    no place on a line and would hide their neighbours.
    """
    if len(ts_us) <= points_max:
        return np.arange(len(ts_us))
    breaks = _breaks(ts_us, np.isnan(value), points_max // _BREAKS_PART)
    chosen = _select_finite(ts_us, value, points_max - len(breaks), method)
    return np.union1d(chosen, breaks)


def _breaks(
    ts_us: NDArray[np.int64], is_nan: NDArray[np.bool_], breaks_max: int
) -> NDArray[np.intp]:
    turns = np.flatnonzero(np.diff(is_nan, prepend=False))
    begins, ends = turns[is_nan[turns]], turns[~is_nan[turns]]
    if len(begins) <= breaks_max:
        return begins
    if len(ends) < len(begins):
        ends = np.append(ends, len(ts_us) - 1)
    shortest_last = np.argsort(ts_us[begins] - ts_us[ends], kind="stable")
    return begins[shortest_last[:breaks_max]]


def _select_finite(
    ts_us: NDArray[np.int64], value: NDArray[np.float64], points_max: int, method: Method
) -> NDArray[np.intp]:
    finite = np.flatnonzero(np.isfinite(value))
    if len(finite) <= points_max:
        return finite
    x, y = ts_us[finite], value[finite]
    if points_max < _POINTS_MIN:
        chosen = np.array([y.argmax(), y.argmin()][:points_max])
    elif method == "lttb":
        chosen = _LTTB.downsample(x, y, n_out=points_max)
    else:
        # Two points for each stretch; an odd one is not used.
        chosen = _MINMAX.downsample(x, y, n_out=points_max - points_max % 2)
    kept: NDArray[np.intp] = finite[np.unique(chosen.astype(np.intp))]
    return kept


@dataclass
class Reducer:
    """Takes blocks of points in the order of time and returns at most `points_max` of them.

    With the method `raw` nothing is left out; whoever adds sees to it that `points_max` are not exceeded.
    """

    points_max: int
    method: Method
    total: int = 0
    _kept: list[Arrays] = field(default_factory=list)
    _fresh: list[Arrays] = field(default_factory=list)
    _fresh_points: int = 0

    def add(self, block: Arrays) -> None:
        """Take the next points."""
        self._fresh.append(block)
        self._fresh_points += len(block[0])
        self.total += len(block[0])
        if self._fresh_points >= _BLOCK_POINTS and self.method != "raw":
            whole = _join(self._fresh)
            self._kept.append(_take(whole, select(whole[0], whole[1], _BLOCK_EXTREMES, "minmax")))
            self._fresh, self._fresh_points = [], 0

    def result(self) -> Arrays:
        """Return the points chosen of all that were taken."""
        whole = _join([*self._kept, *self._fresh])
        return _take(whole, select(whole[0], whole[1], self.points_max, self.method))


def _take(arrays: Arrays, index: NDArray[np.intp]) -> Arrays:
    return arrays[0][index], arrays[1][index], arrays[2][index]


def _join(blocks: list[Arrays]) -> Arrays:
    if not blocks:
        return np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint32)
    ts_us, value, quality = zip(*blocks, strict=True)
    return np.concatenate(ts_us), np.concatenate(value), np.concatenate(quality)
