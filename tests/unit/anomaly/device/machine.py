"""A made-up machine whose series follow its load, and the frames it sends."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Transition
from anomaly.device.devices import DeviceModels
from anomaly.settings import AnomalySettings
from anomaly.sources import LaneKey, MemoryFrame, SeriesInfo

LANE = LaneKey("gw", UUID(int=1), "live")
NAMES = ("vibration", "temperature", "flow", "power", "speed")
# What each series is at rest, how much the load adds, and its noise.
_FORMS = (
    (1.5, 0.8, 0.04),
    (40.0, 16.0, 0.4),
    (30.0, 60.0, 0.8),
    (8.0, 12.0, 0.15),
    (2950.0, -20.0, 1.0),
)
INFOS = {
    number: SeriesInfo(number, "pump", name, "", "other", SeriesRange())
    for number, name in enumerate(NAMES)
}
STEP_S = 30


def section(**changes: float) -> AnomalySettings:
    return AnomalySettings(**({"warmup_readings": 400, "warmup_span_s": 0} | changes))


class Machine:
    """Rows of the machine; `offsets` are added to its series, `apart` lets one follow a load of its own."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._drift = 0.0
        self.step = 0

    def row(self, offsets: Mapping[int, float], apart: int | None = None) -> list[float]:
        random = self._random
        self._drift += -0.1 * self._drift + random.gauss(0, 0.02)
        angle = self.step * STEP_S / 300.0
        self.step += 1
        load = 0.5 + 0.25 * math.tanh(2.5 * math.sin(angle)) + self._drift
        alone = random.uniform(0.25, 0.75)
        return [
            rest + gain * (alone if slot == apart else load) + random.gauss(0, noise)
            + offsets.get(slot, 0.0)
            for slot, (rest, gain, noise) in enumerate(_FORMS)
        ]  # fmt: skip


def frame(
    seq: int, machine: Machine, rows: int, step_s: float = STEP_S, **fault: float
) -> MemoryFrame:
    """The next rows as a frame; `s2=…` is added to series 2, `apart=…` names one that goes its own way."""
    apart = fault.pop("apart", None)
    offsets = {int(name[1:]): size for name, size in fault.items()}
    readings = []
    for _ in range(rows):
        ts_us = round(machine.step * step_s * 1_000_000)
        values = machine.row(offsets, None if apart is None else int(apart))
        readings += [(slot, ts_us, value) for slot, value in enumerate(values)]
    at = datetime.fromtimestamp(machine.step * step_s, UTC)
    return MemoryFrame.of(seq, at, readings)


def placed(chosen: AnomalySettings | None = None) -> DeviceModels:
    models = DeviceModels(chosen or section())
    for series_id, info in INFOS.items():
        models.place(series_id, info)
    return models


def run(
    models: DeviceModels, machine: Machine, frames: int, rows: int = 8, **fault: float
) -> list[Transition]:
    found: list[Transition] = []
    for _ in range(frames):
        seq = machine.step
        found += models.score(LANE, frame(seq, machine, rows, **fault))
    return found
