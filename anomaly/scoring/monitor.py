"""One series under watch: its detector, its sensor's health, and when a score becomes a deviation.

A deviation begins when k of the last n readings are beyond the limit and ends after a run of readings well
inside it (hysteresis). Nothing is learnt from a reading beyond the limit, nor during a deviation.
"""

import math
from dataclasses import replace
from typing import Any

from anomaly.detectors.base import Detector, Score, SeriesRange
from anomaly.deviations import Change, Deviation, Onset, Record, Transition
from anomaly.scoring.sensor import FlatlineWatch, RangeWatch
from anomaly.settings import AnomalySettings

# A worse value is told when it beats the worst one told by this factor.
_WORSE_FACTOR = 1.25

Reading = tuple[int, int, float]
"""Index in the frame, source time in µs, value."""

Place = tuple[str, str, int]
"""Epoch, lane and seq of a frame."""


class SeriesMonitor:
    """The state of one series in one lane."""

    def __init__(
        self, series_id: int, detector: Detector, section: AnomalySettings, plant: SeriesRange
    ) -> None:
        self.series_id = series_id
        self.detector = detector
        self.deviation: Deviation | None = None
        self.seen = 0
        self.last_value = math.nan
        self._range = RangeWatch(section, plant)
        self._flatline = FlatlineWatch(section, plant)
        self._mask = (1 << section.raise_window) - 1
        self._raise_readings = min(section.raise_readings, section.raise_window)
        self._clear_score = section.clear_score
        self._clear_readings = section.clear_readings
        # One bit per recent reading: beyond the limit, out of the engineering range.
        self._beyond = 0
        self._outside = 0
        self._onset: Onset | None = None
        self._calm = 0
        self._told = 0.0
        self._size_before = 0.0
        # Of the latest reading that was scored; 1 is the limit.
        self.size = 0.0

    def run(self, readings: list[Reading], place: Place, *, frozen: bool) -> list[Transition]:
        """Take the values a frame holds of this series, in order; return what changed.

        `frozen` says that the device is in alarm, so that nothing may be learnt.
        """
        found = []
        for index, ts_us, value in readings:
            transition = self._step(index, ts_us, value, place, frozen=frozen)
            if transition is not None:
                found.append(transition)
        return found

    def start_silence(self, last_us: int, ts_us: int, index: int, place: Place) -> Transition:
        """Begin a deviation because nothing came between `last_us` and `ts_us`."""
        onset = Onset(*place, index, last_us)
        low, high = self.detector.band() or (None, None)
        since_s = (ts_us - last_us) / 1e6
        silence = Deviation(Record.GAP, onset, low, high, self.last_value, 1.0, since_s)
        return self._start(index, ts_us, silence)

    def end(self, ts_us: int, index: int) -> Transition:
        """End the open deviation."""
        assert self.deviation is not None
        ended = Transition(self.series_id, Change.ENDED, self.deviation, ts_us, index)
        self.settle()
        return ended

    def settle(self) -> None:
        """Know of no deviation, nor of readings that would begin one."""
        self.deviation = self._onset = None
        self._beyond = self._outside = self._calm = 0

    def hold(self, deviation: Deviation) -> None:
        """Go on with a deviation that is known to be open."""
        self.deviation = deviation
        self._told = deviation.score
        self._calm = 0

    def _step(
        self, index: int, ts_us: int, value: float, place: Place, *, frozen: bool
    ) -> Transition | None:
        self.seen += 1
        outside = self._range.is_outside(value)
        self._outside = (self._outside << 1 | outside) & self._mask
        deviation = self.deviation
        if outside:
            if deviation is None or deviation.record.is_sensor_fault:
                return self._judge_outside(index, ts_us, value, place)
            # A machine fault driven beyond the range stays one, at the end of the range.
            value = min(max(value, self._range.low), self._range.high)
        self.last_value = value
        stuck = self._flatline.see(value, ts_us)
        detector = self.detector
        detector.follow_one(value, ts_us)
        score = detector.score_one(value, ts_us)
        self.size = abs(score.value)
        beyond = abs(score.value) >= 1.0
        self._beyond = (self._beyond << 1 | beyond) & self._mask
        if deviation is not None:
            return self._judge_open(index, ts_us, value, score, deviation, stuck=stuck)
        if self._beyond:
            return self._judge_beyond(index, ts_us, value, score, place) if beyond else None
        self._onset = None
        if stuck and score.warm:
            return self._start_flatline(index, ts_us, value, place, score)
        if not frozen and not self._outside:
            detector.learn_one(value, ts_us)
        return None

    def _judge_beyond(
        self, index: int, ts_us: int, value: float, score: Score, place: Place
    ) -> Transition | None:
        if self._onset is None:
            self._onset = Onset(*place, index, ts_us)
        size = self._lasting_size(value, score)
        if self._beyond.bit_count() < self._raise_readings:
            return None
        record = Record.HIGH if score.value > 0 else Record.LOW
        deviation = Deviation(record, self._onset, score.low, score.high, value, size)
        return self._start(index, ts_us, deviation)

    def _lasting_size(self, value: float, score: Score) -> float:
        """Return how far out the last two readings both lie, in half-widths: one spike is no measure."""
        size = abs(score.value)
        width = score.high - score.low
        if value > score.high:
            size = 1.0 + 2.0 * (value - score.high) / width
        elif value < score.low:
            size = 1.0 + 2.0 * (score.low - value) / width
        lasting = min(size, self._size_before)
        self._size_before = size
        return max(lasting, abs(score.value))

    def _judge_open(
        self,
        index: int,
        ts_us: int,
        value: float,
        score: Score,
        deviation: Deviation,
        *,
        stuck: bool,
    ) -> Transition | None:
        size = self._lasting_size(value, score)
        if stuck if deviation.record.is_sensor_fault else abs(score.value) >= self._clear_score:
            self._calm = 0
        else:
            self._calm += 1
            if self._calm >= self._clear_readings:
                return self.end(ts_us, index)
        if deviation.record.is_sensor_fault or size <= deviation.score:
            return None
        self.deviation = replace(deviation, score=size, seen=value)
        if size < self._told * _WORSE_FACTOR:
            return None
        self._told = size
        return Transition(self.series_id, Change.WORSENED, self.deviation, ts_us, index)

    def _judge_outside(
        self, index: int, ts_us: int, value: float, place: Place
    ) -> Transition | None:
        self._calm = 0
        if self.deviation is not None:
            return None
        if self._onset is None:
            self._onset = Onset(*place, index, ts_us)
        if self._outside.bit_count() < self._raise_readings:
            return None
        limits = self._range.low, self._range.high
        return self._start(
            index, ts_us, Deviation(Record.OUT_OF_RANGE, self._onset, *limits, value, 1.0)
        )

    def _start_flatline(
        self, index: int, ts_us: int, value: float, place: Place, score: Score
    ) -> Transition:
        since_us = self._flatline.since_us
        onset = Onset(*place, index, since_us)
        since_s = (ts_us - since_us) / 1e6
        stuck = Deviation(Record.FLATLINE, onset, score.low, score.high, value, 1.0, since_s)
        return self._start(index, ts_us, stuck)

    def _start(self, index: int, ts_us: int, deviation: Deviation) -> Transition:
        self.deviation = deviation
        self._told = deviation.score
        self._calm = 0
        return Transition(self.series_id, Change.STARTED, deviation, ts_us, index)

    def state(self) -> dict[str, Any]:
        """Return everything it knows as MessagePack-ready values."""
        onset = self._onset
        return {
            "detector": self.detector.state(),
            "flatline": self._flatline.state(),
            "deviation": self.deviation and self.deviation.pack(),
            "onset": onset and [onset.epoch, onset.lane, onset.seq, onset.index, onset.ts_us],
            "bits": [self._beyond, self._outside],
            "counts": [self.seen, self._calm],
            "sizes": [self._told, self._size_before, self.last_value],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` returned."""
        self.detector.restore(state["detector"])
        self._flatline.restore(state["flatline"])
        packed, onset = state["deviation"], state["onset"]
        self.deviation = Deviation.unpack(packed) if packed else None
        self._onset = Onset(*onset) if onset else None
        self._beyond, self._outside = state["bits"]
        self.seen, self._calm = state["counts"]
        self._told, self._size_before, self.last_value = state["sizes"]
