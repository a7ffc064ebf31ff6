"""What the chaos plant emits: every value and quality is a pure function of the series and the tick.

So a reading that arrives anywhere can be checked against what was emitted, not only counted. Two series of
each machine carry no time of their own; their value is the tick, and the gateway's clock stamps them.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MACHINES: Final = ("pump-1", "spindle-1", "compressor-1", "fan-1", "chiller-1")
POINTS: Final = 24
SERIES: Final = len(MACHINES) * POINTS
TICK_SECONDS: Final = 0.05

CLOCKLESS_POINTS: Final = (22, 23)
UNCERTAIN: Final = 0x4090_0000
# A machine in trouble: this point of the first machines rises for some seconds, again and again.
FAULTY_POINT: Final = 1
FAULTY_MACHINES: Final = 2
EPISODE_TICKS: Final = 600
EPISODE_BEGINS: Final = 400
EPISODE_ENDS: Final = 460
_RISE: Final = 30.0
_UNCERTAIN_EVERY: Final = 50

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Series:
    """One series of the plant.

    Attributes:
        number: index in the gateway's schema.
        machine: one of `MACHINES`.
        name: of the series, and of the OPC UA variable.
        clockless: its values come without any time.
    """

    number: int
    machine: str
    name: str
    clockless: bool


def all_series() -> list[Series]:
    """Return every series in the order of the schema."""
    return [
        Series(
            machine * POINTS + point,
            name,
            f"counter_{point:02d}" if point in CLOCKLESS_POINTS else f"vibration_{point:02d}",
            point in CLOCKLESS_POINTS,
        )
        for machine, name in enumerate(MACHINES)
        for point in range(POINTS)
    ]


def is_clockless(series: Integers) -> NDArray[np.bool_]:
    """Tell which of these series have no time of their own."""
    return np.isin(series % POINTS, CLOCKLESS_POINTS)


def values(series: Integers, tick: Integers) -> NDArray[np.float64]:
    """Return what series emit at ticks; arrays of one length."""
    steady = 10.0 + series % POINTS + _noise(series, tick)
    phase = tick % EPISODE_TICKS
    faulty = (series % POINTS == FAULTY_POINT) & (series // POINTS < FAULTY_MACHINES)
    risen = faulty & (phase >= EPISODE_BEGINS) & (phase < EPISODE_ENDS)
    shown: NDArray[np.float64] = np.where(
        is_clockless(series), tick.astype(np.float64), steady + np.where(risen, _RISE, 0.0)
    )
    return shown


def qualities(series: Integers, tick: Integers) -> NDArray[np.uint32]:
    """Return the OPC UA status of what series emit at ticks."""
    uncertain = (series % 5 == 0) & (tick % _UNCERTAIN_EVERY == 7)  # noqa: PLR2004 - any tick will do
    return np.where(uncertain & ~is_clockless(series), UNCERTAIN, 0).astype(np.uint32)


def of_tick(tick: int) -> tuple[list[float], list[int]]:
    """Return values and qualities of every series at one tick."""
    series = np.arange(SERIES, dtype=np.int64)
    ticks = np.full(SERIES, tick, np.int64)
    return values(series, ticks).tolist(), qualities(series, ticks).tolist()


def _noise(series: Integers, tick: Integers) -> NDArray[np.float64]:
    """Return numbers between -0.5 and 0.5: splitmix64 of series and tick (Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        mixed: NDArray[Any] = (tick * 1_000_003 + series).astype(np.uint64)
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53 - 0.5
