"""A stopped machine is no anomaly, nor is one that has just started; a broken sensor stops no machine."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Change, Transition
from anomaly.device.modes import Rest, witness_of
from anomaly.scoring.gateway import GatewayModels
from anomaly.settings import AnomalySettings
from anomaly.sources import MemoryFrame, SeriesInfo
from tests.unit.anomaly.device.machine import LANE

VIBRATION, TEMPERATURE, CURRENT, POWER, RUNNING = range(5)
STEP_S = 5
STOPPED_FRAMES = 180


def info(number: int, name: str, kind: str, low: float | None, high: float | None) -> SeriesInfo:
    return SeriesInfo(
        number, "pump", name, "", kind, SeriesRange(low, high), scored=kind != "state"
    )


INFOS = {
    one.series_id: one
    for one in (
        info(VIBRATION, "vibration", "vibration", 0, 25),
        info(TEMPERATURE, "temperature", "temperature", 0, 120),
        info(CURRENT, "current", "current", 0, 60),
        info(POWER, "power", "power", 0, 30),
    )
}
SECTION = AnomalySettings(warmup_readings=400, warmup_span_s=0)


class Pump:
    """A pump that can be stopped: it then draws nothing, stands still and cools down."""

    def __init__(self, infos: dict[int, SeriesInfo] | None = None) -> None:
        self.infos = INFOS if infos is None else infos
        self.models = GatewayModels(shipped.EW_CHART, SECTION)
        self._random = Random(1)
        self._warmth = 1.0
        self.step = 0

    def row(self, *, running: bool, worn: float, dead: int | None) -> dict[int, float]:
        noise = self._random.gauss
        load = 0.6 + 0.2 * math.sin(self.step / 30.0) if running else 0.0
        self._warmth += (running - self._warmth) * STEP_S / 400.0
        values = {
            VIBRATION: max(running * 1.5 + 0.7 * load + noise(0, 0.03), 0.0) + worn,
            TEMPERATURE: 20 + 25 * self._warmth + noise(0, 0.5),
            CURRENT: running * 18 + 22 * load + abs(noise(0, 0.1)),
            POWER: running * 8 + 12 * load + abs(noise(0, 0.05)),
            RUNNING: float(running),
        }
        if dead is not None:
            values[dead] = 0.0
        return {key: value for key, value in values.items() if key in self.infos}

    def send(
        self, frames: int, *, running: bool = True, worn: float = 0.0, dead: int | None = None
    ) -> list[Transition]:
        found: list[Transition] = []
        for _ in range(frames):
            rows = []
            for _ in range(4):
                ts_us = self.step * STEP_S * 1_000_000
                self.step += 1
                rows += [
                    (key, ts_us, value)
                    for key, value in self.row(running=running, worn=worn, dead=dead).items()
                ]
            at = datetime.fromtimestamp(self.step * STEP_S, UTC)
            found += self.models.score(LANE, MemoryFrame.of(self.step, at, rows), self.infos)
        return found


TAGGED = {
    key: replace(one, kind="other") if key in (CURRENT, POWER) else one
    for key, one in INFOS.items()
} | {RUNNING: info(RUNNING, "running", "state", None, None)}


@pytest.mark.parametrize("infos", [INFOS, TAGGED], ids=["by what it draws", "by a tag"])
def test_a_machine_that_stops_and_starts_again_raises_nothing(infos: dict[int, SeriesInfo]) -> None:
    pump = Pump(infos)
    assert pump.send(200) == []
    learnt = {key: each.detector.learnt for key, each in pump.models.live.monitors.items()}
    assert pump.send(STOPPED_FRAMES, running=False) == []
    assert {key: each.detector.learnt for key, each in pump.models.live.monitors.items()} == learnt
    assert pump.send(200) == []
    found = pump.send(10, worn=4.0)
    assert {one.series_id for one in found if one.change is Change.STARTED} >= {VIBRATION}


def test_without_a_witness_the_same_stop_is_an_alarm() -> None:
    pump = Pump({key: replace(one, kind="other") for key, one in INFOS.items()})
    pump.send(200)
    assert any(one.change is Change.STARTED for one in pump.send(STOPPED_FRAMES, running=False))


def test_one_sensor_that_reads_nothing_does_not_stop_the_machine() -> None:
    pump = Pump()
    pump.send(200)
    found = pump.send(30, dead=POWER)
    assert POWER in {one.series_id for one in found}
    assert VIBRATION in {one.series_id for one in pump.send(20, dead=POWER, worn=4.0)}


def test_an_alarm_outlasts_a_stop() -> None:
    pump = Pump()
    pump.send(200)
    assert pump.send(10, worn=4.0)
    assert pump.models.live.deviating
    assert pump.send(STOPPED_FRAMES, running=False) == []
    assert pump.models.live.deviating


def test_brought_back_in_the_middle_of_a_stop_it_goes_on_exactly() -> None:
    first, twin = Pump(), Pump()
    for pump in (first, twin):
        pump.send(150)
        pump.send(30, running=False)
    blob = first.models.pack()
    second = GatewayModels(shipped.EW_CHART, SECTION)
    second.unpack(blob, lambda ids: {key: INFOS[key] for key in ids})
    twin.models = second
    for step in range(60):
        running = step > 20
        assert first.send(2, running=running) == twin.send(2, running=running)
    assert first.models.pack() == twin.models.pack()


def test_it_settles_half_as_long_as_it_rested_within_bounds() -> None:
    minute = 60_000_000
    for rested, settles in (
        (6 * minute, 3 * minute),
        (10_000_000, 30_000_000),
        (600 * minute, 30 * minute),
    ):
        rest = Rest()
        rest.add(POWER, (1, 1.5))
        rest.take(POWER, 0, 0.0)
        assert not rest.is_judged(rested - 1)
        rest.take(POWER, rested, 20.0)
        assert not rest.is_judged(rested + settles - 1)
        assert rest.is_judged(rested + settles)


def test_who_is_asked() -> None:
    assert witness_of(INFOS[POWER], SECTION) == (1, 1.5)
    assert witness_of(INFOS[VIBRATION], SECTION) is None
    assert witness_of(info(9, "power", "power", None, None), SECTION) is None
    assert witness_of(info(9, "running", "state", None, None), SECTION) == (0, 0.0)
    assert witness_of(info(9, "door", "state", None, None), SECTION) is None
    rest = Rest()
    rest.add(1, (2, 5.0))
    rest.add(2, (1, 5.0))
    assert rest.witnesses == {2}
