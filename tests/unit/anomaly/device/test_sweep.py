"""The compiled pass over all devices of a gateway against each device by itself: the same to the last bit."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Transition
from anomaly.device.devices import DeviceModels
from anomaly.sources import MemoryFrame, SeriesInfo
from tests.unit.anomaly.device.machine import LANE, section
from tests.unit.anomaly.device.one_by_one import OneByOne

# How many series each device has; the first says nothing by itself.
SIZES = (2, 3, 5, 17, 4)
_START = datetime(2026, 1, 1, tzinfo=UTC)


def infos(sizes: tuple[int, ...] = SIZES) -> list[SeriesInfo]:
    """Series of devices, dealt out so that neighbours by id are of different devices."""
    owners = [number for number, size in enumerate(sizes) for _ in range(size)]
    dealt = np.random.default_rng(0).permutation(owners).tolist()
    return [
        SeriesInfo(10 + 3 * place, f"device-{owner}", "", "", "other", SeriesRange())
        for place, owner in enumerate(dealt)
    ]


class Plant:
    """Frames of devices whose series follow a load; `wild` ones with everything that goes wrong in them."""

    def __init__(
        self, seed: int, known: list[SeriesInfo], *, step_s: float, wild: bool = True
    ) -> None:
        self.wild = wild
        self.random = np.random.default_rng(seed)
        self.known = known
        self.step_s = step_s
        self.step = self.seq = 0
        self.gain = self.random.normal(1.0, 0.3, len(known))
        self.fault = np.zeros(len(known))

    def frame(self, rows: int) -> MemoryFrame:
        random, count = self.random, len(self.known)
        steps = self.step + np.repeat(np.arange(rows), count)
        self.step, self.seq = self.step + rows, self.seq + 1
        series = np.tile(np.arange(count), rows)
        ts_us = np.round(steps * self.step_s * 1e6).astype(np.int64)
        ts_us += random.integers(0, max(int(self.step_s * 2e5), 1), len(ts_us))
        value = 10.0 + self.gain[series] * np.sin(steps / 11.0) + self.fault[series]
        value = value + random.normal(0.0, 0.05, len(series))
        quality = np.zeros(len(series), np.uint32)
        kept = np.arange(len(series))
        if self.wild:
            quality[random.random(len(series)) < 0.01] = 0x80000000
            value[random.random(len(series)) < 0.01] = np.nan
            value[random.random(len(series)) < 0.001] = 1e308
            kept = np.flatnonzero(random.random(len(series)) < random.choice([0.7, 1.0]))
            if random.random() < 0.3:
                kept = random.permutation(kept)
            if random.random() < 0.1:
                ts_us -= int(random.integers(0, 10**9))
        at = _START + timedelta(seconds=self.step * self.step_s)
        ids = np.array([info.series_id for info in self.known], np.int32)
        return MemoryFrame(self.seq, at, ids[series[kept]], ts_us[kept], value[kept], quality[kept])


def same(devices: DeviceModels, plain: OneByOne) -> None:
    for asset_id, theirs in plain.devices.items():
        mine = devices.device(asset_id)
        assert mine is not None
        assert mine.series == theirs.series
        assert mine.model.state() == theirs.model.state()
        assert repr(mine.deviations) == repr(theirs.deviations)
        assert mine.pace_us == plain.rows[asset_id].pace


def both(
    devices: DeviceModels, plain: OneByOne, frame: MemoryFrame, random: np.random.Generator
) -> list[Transition]:
    resting: NDArray[np.bool_] = random.random(len(frame.series_id)) < 0.02
    frozen = {"device-3"} if random.random() < 0.05 else set()
    found = devices.score(LANE, frame, frozen, resting)
    assert repr(found) == repr(plain.score(LANE, frame, frozen, resting))
    return found


@pytest.mark.parametrize("step_s", [0.25, 1.0, 30.0])
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_all_devices_at_once_are_what_each_is_by_itself(step_s: float, seed: int) -> None:
    chosen = section(warmup_readings=40)
    devices, plain, known = DeviceModels(chosen), OneByOne(chosen), infos()
    for info in known[:-1]:
        devices.place(info.series_id, info)
        plain.place(info.series_id, info)
    plant = Plant(seed, known, step_s=step_s)
    random = np.random.default_rng(seed)
    for number in range(80):
        if number == 40:  # one comes later
            devices.place(known[-1].series_id, known[-1])
            plain.place(known[-1].series_id, known[-1])
        if random.random() < 0.1:
            plant.fault = random.normal(0.0, 1.0, len(known)) * (random.random(len(known)) < 0.1)
        both(devices, plain, plant.frame(int(random.integers(1, 12))), random)
    same(devices, plain)


def test_deviations_begin_worsen_and_end_in_the_middle_of_a_frame() -> None:
    chosen = section(warmup_readings=100)
    devices, plain, known = DeviceModels(chosen), OneByOne(chosen), infos()
    for info in known:
        devices.place(info.series_id, info)
        plain.place(info.series_id, info)
    plant, random = Plant(3, known, step_s=30.0, wild=False), np.random.default_rng(3)
    changes = set()
    for number in range(280):
        if number > 200:
            part = 1 + number % 4
            plant.fault = np.where(np.arange(len(known)) % 7 == 0, 1.5 * part * (part > 1), 0.0)
        # Long frames: a deviation can begin and end within one.
        found = both(devices, plain, plant.frame(60 if number > 240 else 10), random)
        changes |= {one.change for one in found}
    assert len(changes) == 3
    same(devices, plain)
