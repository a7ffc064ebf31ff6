"""Running detectors and monitors over plain lists of readings."""

from collections.abc import Iterable
from typing import Any

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Change, Transition
from anomaly.scoring.monitor import SeriesMonitor
from anomaly.settings import AnomalySettings

EPOCH = "00000000-0000-4000-8000-000000000001"
PLACE = (EPOCH, "live", 0)
SECOND = 1_000_000


def section(**changes: Any) -> AnomalySettings:
    """The shipped settings, with what a test needs otherwise."""
    return AnomalySettings(**changes)


def monitor(plant: SeriesRange | None = None, **changes: Any) -> SeriesMonitor:
    chosen = section(**changes)
    plant = plant or SeriesRange()
    return SeriesMonitor(1, shipped.EW_CHART.make(chosen, plant), chosen, plant)


def feed(
    target: SeriesMonitor, readings: Iterable[tuple[int, float]], *, frozen: bool = False
) -> list[Transition]:
    """Give `(ts_us, value)` readings to a monitor."""
    rows = [(index, ts_us, value) for index, (ts_us, value) in enumerate(readings)]
    return target.run(rows, PLACE, frozen=frozen)


def started(transitions: list[Transition]) -> list[Transition]:
    return [transition for transition in transitions if transition.change is Change.STARTED]


def noisy(
    random: Any, count: int, *, start_s: float = 0.0, step_s: float = 1.0, level: float = 10.0
) -> list[tuple[int, float]]:
    """`count` readings around a level with standard deviation 1."""
    return [
        (round((start_s + index * step_s) * SECOND), random.gauss(level, 1.0))
        for index in range(count)
    ]
