"""What is known of one device: moments, limits and the peaks these rest on."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.calibration.said import SaidPeaks, bounded
from anomaly.calibration.tail import Rate, Tail, fit_tail
from anomaly.device import judge
from anomaly.device.parameters import DeviceParameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_YEAR_US = 365.25 * 86_400 * 1e6
# The two ways in which a device can be unlike itself share the false alarms it may raise.
_WAYS = 2
# Peaks of the last day are not believed yet: what creeps in must not raise its own limits.
_TRUST_AFTER = 144
# What few peaks leave possible has no end; a limit lies at most this much beyond the largest of them.
_FARTHEST = 2.5
_ARRAYS = ("ints", "floats", "count", "slow", "quick", "tracks", "streak")


def _grown(packed: Floats, p: int, count: int, rest: Floats) -> Floats:
    """Return mean, scale, covariance, precision and `rest` of `count` series where there were `p`."""
    more = count - p
    precision = np.pad(packed[p + 2 : 2 * p + 2], (0, more))
    for place in range(p, count):
        precision[place, place] = 1.0
    wide = ((0, 0), (0, more))
    return np.concatenate(
        [
            np.pad(packed[:2], wide), np.pad(packed[2 : p + 2], (0, more)), precision,
            np.pad(rest, wide),
        ]
    )  # fmt: skip


def _level(tail: Tail, asked: float) -> float:
    return min(tail.level(asked), _FARTHEST * tail.largest)


class DeviceModel:
    """How the series of one device move together."""

    def __init__(self, parameters: DeviceParameters) -> None:
        self._parameters = parameters
        self._vector = parameters.vector()
        self.ints: Ints = np.zeros(judge.INTS, np.int64)
        self.floats: Floats = np.zeros(judge.FLOATS)
        self.floats[[judge.LIMIT, judge.LIMIT_BREAK]] = math.inf
        # Rows of `slow` and `quick`: mean, scale, covariance, precision; `quick` has its counts besides.
        self.count: Floats = np.zeros(0)
        self.slow: Floats = np.zeros((2, 0))
        self.quick: Floats = np.zeros((3, 0))
        # Of each series what `judge` names.
        self.tracks: Floats = np.zeros((judge.TRACKS, 0))
        self.streak: Floats = np.zeros((2, parameters.in_a_row))
        self.peaks: Floats = np.zeros((4, judge.BLOCKS_MAX))
        self._work: Floats = np.zeros((5, 0))
        self.said = SaidPeaks()
        # False alarms per year that are asked of this device; None where the settings' count.
        self._asked: float | None = None

    # --- what it says -----------------------------------------------------------------------------

    @property
    def warm(self) -> bool:
        """Whether it judges."""
        return bool(self.ints[judge.WARM]) and math.isfinite(self.floats[judge.LIMIT])

    @property
    def learnt(self) -> int:
        """How many rows the moments rest on."""
        return int(self.ints[judge.ROWS])

    @property
    def open(self) -> int:
        """What deviates: `judge.NOTHING`, `APART` or `BREAK`."""
        return int(self.ints[judge.OPEN])

    @property
    def onset_us(self) -> int:
        """Source time of the first row of what deviates."""
        return int(self.ints[judge.ONSET_US])

    @property
    def size(self) -> float:
        """How far out the latest row lay; 1 is the limit, 0 until there is one."""
        return float(self.floats[judge.SIZE])

    @property
    def contributions(self) -> Floats:
        """How far each series lies from what the others say, in standard deviations of that."""
        found: Floats = self.tracks[judge.CONTRIBUTIONS]
        return found

    @property
    def lasting(self) -> Floats:
        """The mean square of each series' contribution over the last while."""
        found: Floats = self.tracks[judge.SPREAD]
        return found

    def expected(self, slot: int) -> tuple[float, float, float]:
        """Return what the other series say of one, its standard deviation given them, and its level now."""
        p = len(self.count)
        own = float(self.slow[p + 2 + slot, slot])
        deviation = float(self.slow[1, slot]) / math.sqrt(own) if own > 0.0 else 0.0
        seen = float(self.tracks[judge.SMOOTH, slot])
        return seen - deviation * float(self.contributions[slot]), deviation, seen

    @property
    def asked(self) -> float:
        """False alarms per year that its limits aim at."""
        per_year = self._parameters.false_alarms_per_year
        return per_year if self._asked is None else self._asked

    @property
    def blocks(self) -> int:
        """How many blocks of normal running its limits rest on: those of the last day do not count yet."""
        kept = min(int(self.ints[judge.BLOCKS]), judge.BLOCKS_MAX)
        return kept - min(kept // 4, _TRUST_AFTER)

    def tails(self) -> tuple[Tail | None, Tail | None]:
        """Return what the peaks say of distance and of breaks of correlation, what people said with them."""
        return self._tails(self.said)

    def _tails(self, said: SaidPeaks) -> tuple[Tail | None, Tail | None]:
        known = int(self.ints[judge.BLOCKS])
        first = known - min(known, judge.BLOCKS_MAX)
        chosen = self.peaks[:, np.arange(first, first + self.blocks) % judge.BLOCKS_MAX]
        rows = float(chosen[3].sum())
        apart, broken = (
            fit_tail(np.append(chosen[place], said.of(way)), rows)
            for way, place in enumerate((int(self.ints[judge.GROWN]), 2))
        )
        return apart, broken

    def false_alarms_per_year(self, pace_us: float) -> Rate | None:
        """Return how many its limits let through, with what is open about it; None before there are any."""
        if not self.warm:
            return None
        per_year = _YEAR_US / max(pace_us, 1.0)
        rates = [
            tail.rate(float(self.floats[place]))
            for place, tail in zip((judge.LIMIT, judge.LIMIT_BREAK), self.tails(), strict=True)
            if tail is not None and math.isfinite(self.floats[place])
        ]
        if not rates:
            return None
        mean, low, high = (
            per_year * sum(getattr(rate, part) for rate in rates)
            for part in ("mean", "low", "high")
        )
        return Rate(mean, low, high)

    # --- rows -------------------------------------------------------------------------------------

    def grow(self, count: int) -> None:
        """Make room for `count` series; new ones are learnt from now on."""
        p = len(self.count)
        more = count - p
        self.count = np.append(self.count, np.zeros(more))
        self.slow = _grown(self.slow, p, count, np.zeros((0, p)))
        self.quick = _grown(self.quick, p, count, self.quick[-1:])
        self.tracks = np.pad(self.tracks, ((0, 0), (0, more)))
        self.tracks[[judge.SMOOTH, judge.RECENT, judge.BEFORE, judge.LAST], p:] = math.nan
        self.tracks[judge.WHOLE, p:] = math.inf
        self._work = np.zeros((3 * count + 5, max(count, 3)))

    def advance(
        self, rows: Floats, row_us: Ints, start: int, pace_us: float, *, frozen: bool
    ) -> tuple[int, int]:
        """Take rows from `start` on until something changed; see `judge.advance`."""
        number, found = judge.advance(
            rows, row_us, start, self._vector, self.ints, self.floats, self.count, self.slow, self.quick,
            self.tracks, self.streak, self.peaks, self._work, frozen,
        )  # fmt: skip
        self.refit(pace_us)
        return number, found

    def refit(self, pace_us: float) -> None:
        """Work the limits out anew if rows have made that due."""
        # Rows that come more often have more occasions to be far out.
        if self.ints[judge.DUE] or pace_us < judge.PACE_PART * self.floats[judge.PACE]:
            self.ints[judge.DUE] = 0
            if self.ints[judge.WARM]:
                self._set_limits(pace_us)

    def ask(self, per_year: float | None) -> bool:
        """Aim at so many false alarms per year, the settings' where None; tell whether that is new."""
        if per_year == self._asked:
            return False
        self._asked = per_year
        self._limits_anew()
        return True

    def say_normal(self, alarm_id: str, sizes: tuple[float, float]) -> None:
        """Count the peaks of an alarm as normal: how far it lay out in units of the limits, see `said`."""
        limits = float(self.floats[judge.LIMIT]), float(self.floats[judge.LIMIT_BREAK])
        if self.said.note(alarm_id, sizes, limits):
            self._limits_anew()

    def unsay(self, alarm_id: str) -> None:
        """Know nothing of what people said of an alarm."""
        if self.said.drop(alarm_id):
            self._limits_anew()

    def settle(self) -> None:
        """Know of no deviation, nor of rows that would begin one."""
        self.ints[[judge.OPEN, judge.STREAK, judge.CALM]] = 0

    def restart(self) -> None:
        """Forget the short-term view: what comes next does not follow what came last."""
        self.tracks[[judge.SMOOTH, judge.BEFORE, judge.LAST]] = math.nan
        self.tracks[[judge.MISSED, judge.TAKEN]] = 0.0
        self.tracks[judge.WHOLE] = math.inf
        self.streak[:] = 0.0
        self.ints[judge.BLOCK_ROWS] = 0

    def _limits_anew(self) -> None:
        if self.warm:
            self._set_limits(float(self.floats[judge.PACE]))

    def _set_limits(self, pace_us: float) -> None:
        self.ints[judge.FITTED] = self.ints[judge.BLOCKS]
        self.floats[judge.PACE] = pace_us
        asked = self.asked / _WAYS * max(pace_us, 1.0) / _YEAR_US
        plain = self._tails(SaidPeaks())
        if plain[0] is not None:
            self.floats[judge.USUAL] = plain[0].threshold
        said = self.tails() if len(self.said) else plain
        for place, tail, with_said in zip(
            (judge.LIMIT, judge.LIMIT_BREAK), plain, said, strict=True
        ):
            if tail is not None and with_said is not None:
                level = bounded(_level(tail, asked), _level(with_said, asked))
                # No series is explained by the others: nothing can break.
                self.floats[place] = level if level > 0.0 else math.inf

    # --- saved and brought back -------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values."""
        blocks = min(int(self.ints[judge.BLOCKS]), judge.BLOCKS_MAX)
        packed: dict[str, Any] = {name: getattr(self, name).tobytes() for name in _ARRAYS}
        said = {"said": self.said.state(), "asked": self._asked}
        return packed | said | {"peaks": self.peaks[:, :blocks].tobytes()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned.

        Raises:
            KeyError, TypeError, ValueError: the state is of another layout.
        """
        self.grow(len(state["count"]) // 8)
        for name in _ARRAYS:
            own = getattr(self, name)
            own[...] = np.frombuffer(state[name], own.dtype).reshape(own.shape)
        kept = np.frombuffer(state["peaks"]).reshape(4, -1)
        self.peaks[:, : kept.shape[1]] = kept
        # Snapshots from before people were listened to have neither.
        self.said = SaidPeaks.restored(state.get("said", {}))
        self._asked = state.get("asked")
