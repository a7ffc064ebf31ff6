"""One device under watch: its series, the rows made of them, and the deviations it has open."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.detectors.joint import JointModel
from anomaly.deviations import Change, Deviation, Onset, Record, Transition
from anomaly.device import judge
from anomaly.device.model import DeviceModel
from anomaly.device.parameters import DeviceParameters
from anomaly.device.rows import OpenRow

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Series of one device that are looked at together; arithmetic grows with the square of them.
SERIES_MAX = 128
# With fewer there is nothing that limits of single series do not say.
_SERIES_MIN = 3
# So many standard deviations from what the others say are worth telling; and so many series at most.
_TELLING = 3.0
# Smaller ones than this part of the largest are its shadow.
_TELLING_PART = 0.5
_TOLD_MAX = 5
# Short of `critical`: how far a machine is from its usual ways is no measure of harm.
_SCORE_MAX = 3.9

Place = tuple[str, str, int, int]
"""Epoch, lane and seq of a frame, and the first index in it that no reading has."""

Steps = Callable[[int], tuple[int, int]]
"""Takes a frame's rows from one on until something changed; see `judge.advance`."""


def _score(size: float) -> float:
    """Return what a size is as a score: 1 at the limit, half a step more each time it doubles."""
    return min(1.0 + 0.5 * math.log2(max(size, 1.0)), _SCORE_MAX)


def size_of(score: float) -> float:
    """Return what a score is as a size, the inverse of that."""
    return math.exp2(2.0 * (score - 1.0))


class Device:
    """The state of one device in one lane."""

    def __init__(
        self, parameters: DeviceParameters, make: Callable[[], JointModel] | None = None
    ) -> None:
        self._parameters = parameters
        self._make = make or (lambda: DeviceModel(parameters))
        # With fewer series it is passed over.
        self.series_min = _SERIES_MIN if make is None else 1
        self.series: list[int] = []
        self.model = self._make()
        self.rows = OpenRow()
        # By series, in the order in which they were told.
        self.deviations: dict[int, Deviation] = {}

    def add(self, series_id: int) -> None:
        """Look at one more series, in the next slot."""
        self.series.append(series_id)

    def ready(self) -> None:
        """Make room for all series."""
        if len(self.rows.sums) < len(self.series):
            self.rows.grow(len(self.series))
            self.model.grow(len(self.series))

    @property
    def is_judged(self) -> bool:
        """Whether it has series enough to be looked at together."""
        return len(self.series) >= self.series_min

    @property
    def pace_us(self) -> float:
        """The mean time between rows, in µs; 0 while unknown."""
        return float(self.rows.pace[0])

    def follow(self, steps: Steps, row_us: Ints, place: Place) -> list[Transition]:
        """Let all of a frame's rows be taken, by one step or several; return what changed."""
        found: list[Transition] = []
        start = 0
        while start < len(row_us):
            number, change = steps(start)
            if number < 0:
                break
            index = place[3] + number
            found += self._changed(change, int(row_us[number]), (*place[:3], index))
            start = number + 1
        return found

    @property
    def farthest(self) -> int:
        """The series that lies furthest from what the others say."""
        return self.series[int(np.argmax(np.abs(self.model.contributions)))]

    def settle(self) -> None:
        """Know of no deviation, nor of rows that would begin one."""
        self.model.settle()
        self.deviations.clear()

    def _changed(self, change: int, ts_us: int, place: Place) -> list[Transition]:
        if change == judge.ENDED:
            ended = [
                Transition(series_id, Change.ENDED, deviation, ts_us, place[3])
                for series_id, deviation in self.deviations.items()
            ]
            self.deviations.clear()
            return ended
        told = []
        onset = Onset(*place, self.model.onset_us)
        if self.deviations:
            # All parts of a deviation began with it, but for the place that tells them apart.
            onset = replace(onset, ts_us=next(iter(self.deviations.values())).onset.ts_us)
        for slot, record in self._contributors():
            series_id = self.series[slot]
            deviation = self._deviation(slot, record, onset)
            known = self.deviations.get(series_id)
            if known is not None:
                if known.record is not record or deviation.score <= known.score:
                    continue
                deviation = replace(deviation, onset=known.onset, low=known.low, high=known.high)
            elif len(self.deviations) >= _TOLD_MAX:
                continue
            self.deviations[series_id] = deviation
            kind = Change.STARTED if known is None else Change.WORSENED
            told.append(Transition(series_id, kind, deviation, ts_us, place[3]))
        return told

    def _contributors(self) -> list[tuple[int, Record]]:
        """Return the series that make the device unlike itself, the most telling first."""
        model = self.model
        if model.open == judge.BREAK:
            return [(int(np.argmax(model.lasting)), Record.CORRELATION)]
        sizes = np.abs(model.contributions)
        order = np.argsort(-sizes, kind="stable")[:_TOLD_MAX]
        enough = max(_TELLING, _TELLING_PART * float(sizes[order[0]]))
        chosen = [int(slot) for slot in order if sizes[slot] >= enough] or [int(order[0])]
        return [
            (slot, Record.JOINT_HIGH if model.contributions[slot] > 0 else Record.JOINT_LOW)
            for slot in chosen
        ]

    def _deviation(self, slot: int, record: Record, onset: Onset) -> Deviation:
        expected, deviation, seen = self.model.expected(slot)
        reach = _TELLING * deviation
        return Deviation(
            record, onset, expected - reach, expected + reach, seen, _score(self.model.size)
        )

    # --- between lanes, saved and brought back ----------------------------------------------------

    def learnt_by(self, other: "Device") -> None:
        """Know what another has learnt of the same device, and nothing of what it saw last."""
        self.rows = OpenRow()
        other.ready()
        self.series = list(other.series)
        self.rows.grow(len(self.series))
        state = other.model.state()
        self.model = self._make()
        self.model.restore(state)
        self.model.restart()
        self.settle()

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values."""
        self.ready()
        return {
            "series": self.series,
            "model": self.model.state(),
            "rows": self.rows.state(),
            "deviations": {key: one.pack() for key, one in self.deviations.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned.

        Raises:
            KeyError, TypeError, ValueError: the state is of another layout.
        """
        self.series = [int(key) for key in state["series"]]
        self.rows.restore(state["rows"])
        self.model.restore(state["model"])
        self.deviations = {
            int(key): Deviation.unpack(packed) for key, packed in state["deviations"].items()
        }
