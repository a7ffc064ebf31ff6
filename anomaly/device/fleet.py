"""State of all devices of a gateway in one lane, laid side by side for the compiled pass (see `sweep`).

Devices own their arrays by name, which here become parts of pools; so whatever asks a device sees what the
pass has done. A device that grows has arrays of its own again, until all are laid anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anomaly.compiling import plain
from anomaly.device import judge, sweep
from anomaly.device.device import Device
from anomaly.device.model import DeviceModel
from anomaly.device.parameters import DeviceParameters
from anomaly.device.rows import CLOCKS
from anomaly.sources import Frame

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_Arrays = tuple[Any, Any, Any, Any, Any]

_READINGS_AT_FIRST = 512
_NO_FRAME: _Arrays = (
    np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint32), np.zeros(0, np.bool_),
)  # fmt: skip


def _lay(owner: object, name: str, place: NDArray[Any]) -> None:
    """Move an array of its owner's to a place."""
    place[...] = getattr(owner, name)
    setattr(owner, name, place)


def _sections(device: Device) -> tuple[list[tuple[object, str]], list[tuple[object, str]]]:
    """Return whose numbers and whole numbers lie in the pools, in the order in which `sweep` finds them."""
    rows, model = device.rows, device.model
    reals: list[tuple[object, str]] = [(rows, name) for name in ("sums", "held", "rests")]
    if isinstance(model, DeviceModel):
        reals += [(model, name) for name in ("count", "slow", "quick", "tracks")]
    return reals, [(rows, "heard"), (rows, "held_us")]


def _lay_all(pool: NDArray[Any], at: int, sections: list[tuple[object, str]]) -> int:
    for owner, name in sections:
        shape = getattr(owner, name).shape
        end = at + int(np.prod(shape))
        _lay(owner, name, pool[at:end].reshape(shape))
        at = end
    return at


class Fleet:
    """Devices by number, in the order in which they were laid, and what the last frame came to."""

    def __init__(self, parameters: DeviceParameters) -> None:
        self._params = parameters.vector()
        self._step_us = parameters.step_us
        self._in_a_row = parameters.in_a_row
        self.devices: Sequence[Device] = ()
        self._make_room(_READINGS_AT_FIRST)
        self._out, self._out_us = np.zeros(0), np.zeros(0, np.int64)
        self.lay({})

    def lay(self, devices: Mapping[str, Device]) -> None:
        """Lay devices side by side; each is ready for as many series as it has."""
        self.devices = tuple(devices.values())
        count = len(self.devices)
        sections = [_sections(device) for device in self.devices]
        self._reals, self._wholes = (
            np.zeros(sum(getattr(*one).size for each in sections for one in each[kind]), dtype)
            for kind, dtype in enumerate((np.float64, np.int64))
        )
        self._where = np.zeros((count, sweep.WHERES), np.int64)
        self._ints = np.zeros((count, judge.INTS), np.int64)
        self._floats = np.zeros((count, judge.FLOATS))
        self._streak = np.zeros((count, 2, self._in_a_row))
        self._peaks = np.zeros((count, 4, judge.BLOCKS_MAX))
        self._clock = np.zeros((count, CLOCKS), np.int64)
        self._pace = np.zeros((count, 1))
        self.frozen = np.zeros(count, np.bool_)
        self._counts = np.zeros((2, count), np.int64)
        self._todo = np.zeros((count, sweep.TODOS), np.int64)
        self._told = np.zeros((max(count, 1), sweep.TOLDS), np.int64)
        most = max((len(device.series) for device in self.devices), default=0)
        self._work = np.zeros((3 * most + 5) * most)
        self._lay_devices(sections)
        self._lay_series()

    def _lay_devices(self, sections: Sequence[Any]) -> None:
        real = whole = 0
        for number, (device, (reals, wholes)) in enumerate(
            zip(self.devices, sections, strict=True)
        ):
            self._where[number] = [len(device.series), real, whole, _how(device)]
            real = _lay_all(self._reals, real, reals)
            whole = _lay_all(self._wholes, whole, wholes)
            _lay(device.rows, "clock", self._clock[number])
            _lay(device.rows, "pace", self._pace[number])
            if isinstance(device.model, DeviceModel):
                _lay(device.model, "ints", self._ints[number])
                _lay(device.model, "floats", self._floats[number])
                _lay(device.model, "streak", self._streak[number])
                _lay(device.model, "peaks", self._peaks[number])

    def _lay_series(self) -> None:
        ids = np.array([key for device in self.devices for key in device.series], np.int64)
        sizes = [len(device.series) for device in self.devices]
        slots = [np.arange(size) for size in sizes]
        order = np.argsort(ids)
        self._ids = ids[order]
        self._device = np.repeat(np.arange(len(sizes)), sizes)[order]
        self._slot = np.concatenate([np.zeros(0, np.int64), *slots])[order]

    def _make_room(self, readings: int) -> None:
        self._readings = np.zeros((3, readings), np.int64)
        self._awake = np.zeros(readings, np.bool_)

    # --- frames -----------------------------------------------------------------------------------

    def take(self, frame: Frame, resting: NDArray[np.bool_] | None) -> list[list[int]]:
        """Take a frame's values; return what Python must look at, as lines of `sweep.told`.

        Nothing is learnt of devices that are `frozen`.
        """
        count = len(frame.series_id)
        if count > self._readings.shape[1]:
            self._make_room(2 * count)
        arrays = (
            plain(frame.series_id), plain(frame.ts_us), plain(frame.value), plain(frame.quality),
            self._awake[:count] if resting is None else resting,
        )  # fmt: skip
        found, reals, times = self._sweep(arrays, -1, 0)
        if reals or times:
            self._out = np.zeros(max(2 * reals, len(self._out)))
            self._out_us = np.zeros(max(2 * times, len(self._out_us)), np.int64)
            found, _, _ = self._sweep(arrays, -1, 0)
        lines: list[list[int]] = self._told[:found].tolist()
        return lines

    def go_on(self, todo: int, start: int) -> tuple[int, int]:
        """Let a device's model take the frame's rows from `start` on; see `judge.advance`."""
        self._sweep(_NO_FRAME, todo, start)
        _, number, change = self._told[0].tolist()
        return number, change

    def device(self, todo: int) -> int:
        """Return which device a line is about."""
        return int(self._todo[todo, sweep.DEVICE])

    def rows(self, todo: int) -> tuple[Floats, Ints]:
        """Return the rows that a frame completed of a device, and their times; good until the next frame."""
        number, row, time, count = self._todo[todo].tolist()
        p = int(self._where[number, sweep.SERIES])
        return self._out[row : row + count * p].reshape(count, p), self._out_us[time : time + count]

    def _sweep(self, arrays: _Arrays, again: int, start: int) -> tuple[int, int, int]:
        found: tuple[int, int, int] = sweep.sweep(
            *arrays, self._ids, self._device, self._slot, self._where, self.frozen, self._params,
            self._step_us, self._reals, self._wholes, self._ints, self._floats, self._streak, self._peaks,
            self._clock, self._pace, self._work, self._readings, self._counts, self._out, self._out_us,
            self._todo, self._told, again, start,
        )  # fmt: skip
        return found


def _how(device: Device) -> int:
    if len(device.series) < device.series_min:
        return sweep.PASSED_OVER
    return sweep.COMPILED if isinstance(device.model, DeviceModel) else sweep.ELSEWHERE
