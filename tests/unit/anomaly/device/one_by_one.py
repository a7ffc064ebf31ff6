"""What the compiled pass over all devices does, plainly: device by device, and rows made without arrays."""

import math
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from anomaly.deviations import Transition
from anomaly.device.device import Device, Steps
from anomaly.device.parameters import DeviceParameters
from anomaly.settings import AnomalySettings
from anomaly.sources import LaneKey, MemoryFrame, SeriesInfo


class PlainRows:
    """Rows of one device: each series' mean over a step, or what it last said while that is usual."""

    def __init__(self, step_us: int) -> None:
        self.step_us = step_us
        self.heard: dict[int, list[float]] = {}
        self.held: dict[int, tuple[float, int]] = {}
        # Of each series how often it said nothing, for how long in the mean, and the mean deviation.
        self.rests: dict[int, tuple[int, float, float]] = {}
        self.newest_us: int | None = None
        self.now_us: int | None = None
        self.row_us: int | None = None
        self.pace = 0.0

    def take(self, ts_us: int, slot: int, value: float, count: int) -> list[float] | None:
        """Take a reading; return the row that it completes."""
        if self.is_late(ts_us):
            return None
        done = None
        if self.now_us is not None and ts_us // self.step_us != self.now_us // self.step_us:
            done = self.close(count)
        self.now_us = self.newest_us = ts_us
        self.heard.setdefault(slot, []).append(value)
        return done

    def is_late(self, ts_us: int) -> bool:
        """Tell whether a reading's row is done, or was left for a later one."""
        if self.newest_us is None:
            return False
        ahead = self.newest_us // self.step_us - ts_us // self.step_us
        done = ahead > 0 or (ahead == 0 and self.now_us is None)
        return done and self.newest_us - ts_us <= max(600e6, 200.0 * self.pace)

    def rest(self, slot: int) -> None:
        """Note for how long a series said nothing."""
        assert self.now_us is not None
        passed = float(abs(self.now_us - self.held[slot][1]))
        number, mean, deviation = self.rests.get(slot, (0, 0.0, 0.0))
        rate = max(0.002, 1.0 / (number + 1))
        if mean > 0.0:
            passed = min(passed, 10.0 * mean)
            deviation += rate * (abs(passed - mean) - deviation)
        self.rests[slot] = number + 1, mean + rate * (passed - mean), deviation

    def close(self, count: int) -> list[float] | None:
        """Complete the open row."""
        assert self.now_us is not None
        if self.row_us is not None:
            passed = float(abs(self.now_us - self.row_us))
            if self.pace > 0.0:
                passed = min(passed, 10.0 * self.pace)
            self.pace += passed if self.pace == 0.0 else 0.05 * (passed - self.pace)
        self.row_us = self.now_us
        for slot, values in self.heard.items():
            if slot in self.held:
                self.rest(slot)
            total = 0.0
            for value in values:
                total += value
            self.held[slot] = total / len(values), self.now_us
        self.heard.clear()
        row = [math.nan] * count
        for slot, (value, said_us) in self.held.items():
            _, mean, deviation = self.rests.get(slot, (0, 0.0, 0.0))
            hold_us = max(1.5 * mean, mean + 4.0 * deviation) if mean > 0.0 else 60e6
            row[slot] = value if abs(self.now_us - said_us) <= hold_us else math.nan
        self.now_us = None
        return row

    def is_complete(self, count: int) -> bool:
        """Tell whether rows are far apart, and each series was heard in this one."""
        sparse = self.pace >= 1.5 * self.step_us
        return self.now_us is not None and sparse and len(self.heard) == count


class OneByOne:
    """Devices of a gateway, each given its readings by itself."""

    def __init__(self, section: AnomalySettings) -> None:
        self._parameters = DeviceParameters.of(section)
        self.devices: dict[str, Device] = {}
        self.rows: dict[str, PlainRows] = {}

    def place(self, series_id: int, info: SeriesInfo) -> None:
        if info.asset_id not in self.devices:
            self.devices[info.asset_id] = Device(self._parameters)
            self.rows[info.asset_id] = PlainRows(self._parameters.step_us)
        self.devices[info.asset_id].add(series_id)
        self.devices[info.asset_id].ready()

    def score(
        self, lane: LaneKey, frame: MemoryFrame, frozen: Collection[str], resting: NDArray[np.bool_]
    ) -> list[Transition]:
        found: list[Transition] = []
        place = (str(lane.epoch), lane.lane, frame.seq, len(frame.series_id) + 1)
        for asset_id, device in self.devices.items():
            if len(device.series) < 3:
                continue
            readings = [
                (int(ts), device.series.index(int(key)), float(value))
                for key, ts, value, quality, rests in zip(
                    frame.series_id, frame.ts_us, frame.value, frame.quality, resting, strict=True
                )
                if key in device.series and quality < 2**31 and abs(value) <= 1e100 and not rests
            ]
            rows, times = self._rows(asset_id, sorted(readings, key=lambda one: one[0]))

            pace = self.rows[asset_id].pace
            found += device.follow(
                _steps(device, rows, times, pace, frozen=asset_id in frozen), times, place
            )
        return found

    def _rows(
        self, asset_id: str, readings: list[tuple[int, int, float]]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        plain, count = self.rows[asset_id], len(self.devices[asset_id].series)
        rows: list[list[float]] = []
        times: list[int] = []
        for ts_us, slot, value in readings:
            done = plain.take(ts_us, slot, value, count)
            if done is not None:
                assert plain.row_us is not None
                rows.append(done)
                times.append(plain.row_us)
        if readings and plain.is_complete(count):
            rows.append(plain.close(count) or [])
            times.append(plain.row_us or 0)
        return np.array(rows).reshape(-1, count), np.array(times, np.int64)


def _steps(
    device: Device,
    rows: NDArray[np.float64],
    times: NDArray[np.int64],
    pace: float,
    *,
    frozen: bool,
) -> Steps:
    def steps(start: int) -> tuple[int, int]:
        still = frozen or bool(device.deviations)
        return device.model.advance(rows, times, start, pace, frozen=still)

    return steps
