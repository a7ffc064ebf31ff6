"""Machines whose signals hang together: a load that cycles, a day's temperature, noise, faults.

A machine is a table of points. Each point computes its value from the operating state, so that flow, current,
pressure, temperature and vibration move together as they do on a real machine. Deterministic by seed.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.faults import FaultKind, Faults

DAY_SECONDS = 86_400.0
_LOAD_NOISE_SECONDS = 400.0
_LOAD_NOISE = 0.03
# Part of a cycle that a machine idles, if it does; part of its range that a bad sensor drifts by.
_IDLE_PART = 0.35
_DRIFT_PART = 0.05


@dataclass
class Operation:
    """What a machine is doing at one moment; points read it.

    Attributes:
        load: 0 idling to 1 full.
        ambient: °C around the machine.
        wear: bearing wear, 0 new to 1 bad.
        leak: seal leak, 0 tight to 1 bad.
        noise: normally distributed noise of a standard deviation.
        apart: the same from numbers of its own, for points that a plant may have or not.
        warm: name and target → the target reached with the thermal lag of the machine.
    """

    load: float
    ambient: float
    wear: float
    leak: float
    noise: Callable[[float], float]
    apart: Callable[[float], float]
    warm: Callable[[str, float], float]


@dataclass(frozen=True)
class Point:
    """One measured value of a machine: what an OPC UA client sees of it, and how it comes about."""

    name: str
    unit: str
    low: float
    high: float
    kind: str
    value: Callable[[Operation], float]


@dataclass
class Machine:
    """A machine of the plant.

    Attributes:
        name: its name in the address space, such as `pump-1`.
        equipment_class: pump, spindle or compressor.
        points: what is measured.
        cycle_seconds: length of a load cycle.
        thermal_seconds: time constant of its temperatures.
        seed: same seed, same signals.
        idles: whether it idles for a part of each cycle, without load, instead of only being unloaded.
        drifting: the point whose sensor drifts when one does.
    """

    name: str
    equipment_class: str
    points: tuple[Point, ...]
    cycle_seconds: float
    thermal_seconds: float
    seed: int
    idles: bool = False
    drifting: str = ""
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.name}/{self.seed}")  # noqa: S311 - signals, not secrets
        self._apart = random.Random(f"{self.name}/{self.seed}/apart")  # noqa: S311 - as above
        self._phase = self._random.uniform(0, self.cycle_seconds)
        self._load_noise = 0.0
        self._temperatures: dict[str, float] = {}
        self._last_at: float | None = None
        self._frozen: dict[str, float] = {}

    def step(self, at: float) -> dict[str, float]:
        """Return every point's value at plant time `at` (seconds since 1970, rising)."""
        passed = 0.0 if self._last_at is None else max(at - self._last_at, 0.0)
        self._last_at = at
        operation = self._operation(at, passed)
        values = {point.name: point.value(operation) for point in self.points}
        return self._with_flatline(at, self._with_drift(at, values))

    def is_silent(self, at: float) -> bool:
        """Tell whether its controller is cut off at the moment."""
        return self.faults.level(FaultKind.COMMS_LOSS, at) > 0

    def _operation(self, at: float, passed: float) -> Operation:
        # A cycle with flanks, as a machine that is loaded and unloaded; more of it by day than by night.
        angle = 2 * math.pi * (at + self._phase) / self.cycle_seconds
        day = math.sin(2 * math.pi * (at / DAY_SECONDS - 0.25))
        keep = math.exp(-passed / _LOAD_NOISE_SECONDS)
        self._load_noise = self._load_noise * keep + self._random.gauss(0, _LOAD_NOISE) * math.sqrt(
            1 - keep * keep
        )
        load = 0.6 + 0.22 * math.tanh(2.5 * math.sin(angle)) + 0.08 * day + self._load_noise
        if self.idles and angle % (2 * math.pi) > 2 * math.pi * (1 - _IDLE_PART):
            load = abs(self._load_noise) * _IDLE_PART

        def warm(name: str, target: float) -> float:
            held = self._temperatures.get(name, target)
            held += (target - held) * (1 - math.exp(-passed / self.thermal_seconds))
            self._temperatures[name] = held
            return held

        return Operation(
            load=min(max(load, 0.0), 1.0),
            ambient=21.0 + 4.0 * day,
            wear=self.faults.level(FaultKind.BEARING_WEAR, at),
            leak=self.faults.level(FaultKind.SEAL_LEAK, at),
            noise=lambda deviation: self._random.gauss(0, deviation),
            apart=lambda deviation: self._apart.gauss(0, deviation),
            warm=warm,
        )

    def _with_drift(self, at: float, values: dict[str, float]) -> dict[str, float]:
        level = self.faults.level(FaultKind.SENSOR_DRIFT, at)
        for point in self.points:
            if level > 0 and point.name == self.drifting:
                values[point.name] += level * _DRIFT_PART * (point.high - point.low)
        return values

    def _with_flatline(self, at: float, values: dict[str, float]) -> dict[str, float]:
        # The first point's sensor sticks: it keeps sending what it last measured.
        stuck = self.points[0].name
        if self.faults.level(FaultKind.SENSOR_FLATLINE, at) > 0:
            values[stuck] = self._frozen.setdefault(stuck, values[stuck])
        else:
            self._frozen.pop(stuck, None)
        return values


PUMP = (
    Point("vibration_de", "mm/s", 0, 25, "vibration",
          lambda o: 1.6 + 0.7 * o.load + o.noise(0.08) + 6.5 * o.wear + o.noise(0.6) * o.wear),
    Point("vibration_nde", "mm/s", 0, 25, "vibration",
          lambda o: 1.3 + 0.5 * o.load + o.noise(0.06) + 2.4 * o.wear + o.noise(0.3) * o.wear),
    Point("bearing_temperature", "°C", 0, 120, "temperature",
          lambda o: o.warm("bearing", o.ambient + 22 + 16 * o.load + 24 * o.wear) + o.noise(0.12)),
    Point("discharge_pressure", "bar", 0, 10, "pressure",
          lambda o: 6.2 - 1.1 * o.load**2 - 0.9 * o.leak + o.noise(0.03)),
    Point("suction_pressure", "bar", -1, 4, "pressure",
          lambda o: 1.8 - 0.25 * o.load + o.noise(0.012)),
    Point("flow", "m³/h", 0, 140, "flow",
          lambda o: 40 + 60 * o.load - 6 * o.leak + o.noise(0.6)),
    Point("motor_current", "A", 0, 60, "current",
          lambda o: 18 + 22 * o.load + 1.4 * o.wear + o.noise(0.25)),
    Point("power", "kW", 0, 30, "power",
          lambda o: 8 + 12 * o.load + 0.7 * o.wear + o.noise(0.12)),
    Point("speed", "1/min", 0, 3600, "speed",
          lambda o: 2950 + 20 * (1 - o.load) + o.noise(1.5)),
    Point("seal_leakage", "l/h", 0, 20, "flow",
          lambda o: 0.45 + 0.12 * o.load + 9 * o.leak + o.noise(0.03)),
)  # fmt: skip

# Two more sensors of the same bearing temperature, each off by something of its own.
PUMP_REDUNDANT = (
    Point("bearing_temperature_b", "°C", 0, 120, "temperature",
          lambda o: o.warm("b", o.ambient + 22 + 16 * o.load + 24 * o.wear) + 0.6 + o.apart(0.12)),
    Point("bearing_temperature_c", "°C", 0, 120, "temperature",
          lambda o: o.warm("c", o.ambient + 22 + 16 * o.load + 24 * o.wear) - 0.4 + o.apart(0.12)),
)  # fmt: skip

SPINDLE = (
    Point("vibration_x", "mm/s", 0, 20, "vibration",
          lambda o: 0.8 + 0.6 * o.load + o.noise(0.05) + 5 * o.wear + o.noise(0.4) * o.wear),
    Point("vibration_z", "mm/s", 0, 20, "vibration",
          lambda o: 0.7 + 0.4 * o.load + o.noise(0.05) + 3 * o.wear + o.noise(0.3) * o.wear),
    Point("bearing_temperature_front", "°C", 0, 110, "temperature",
          lambda o: o.warm("front", o.ambient + 14 + 20 * o.load + 22 * o.wear) + o.noise(0.1)),
    Point("bearing_temperature_rear", "°C", 0, 110, "temperature",
          lambda o: o.warm("rear", o.ambient + 11 + 14 * o.load + 8 * o.wear) + o.noise(0.1)),
    Point("speed", "1/min", 0, 18000, "speed",
          lambda o: 9000 + 3000 * o.load + o.noise(8)),
    Point("torque", "Nm", 0, 120, "other",
          lambda o: 12 + 48 * o.load + 1.5 * o.wear + o.noise(0.5)),
    Point("power", "kW", 0, 60, "power",
          lambda o: 6 + 30 * o.load + 1.2 * o.wear + o.noise(0.3)),
    Point("coolant_flow", "l/min", 0, 30, "flow",
          lambda o: 14 + 2 * o.load - 5 * o.leak + o.noise(0.12)),
    Point("coolant_temperature", "°C", 0, 60, "temperature",
          lambda o: o.warm("coolant", o.ambient + 2 + 5 * o.load) + o.noise(0.06)),
)  # fmt: skip

COMPRESSOR = (
    Point("vibration", "mm/s", 0, 25, "vibration",
          lambda o: 2.1 + 0.9 * o.load + o.noise(0.1) + 6 * o.wear + o.noise(0.6) * o.wear),
    Point("discharge_pressure", "bar", 0, 16, "pressure",
          lambda o: 8.1 + 0.8 * o.load - 1.2 * o.leak + o.noise(0.04)),
    Point("inlet_pressure", "bar", 0, 2, "pressure",
          lambda o: 0.99 - 0.03 * o.load + o.noise(0.003)),
    Point("discharge_temperature", "°C", 0, 160, "temperature",
          lambda o: o.warm("discharge", o.ambient + 48 + 26 * o.load) + o.noise(0.2)),
    Point("oil_temperature", "°C", 0, 120, "temperature",
          lambda o: o.warm("oil", o.ambient + 34 + 15 * o.load + 10 * o.wear) + o.noise(0.12)),
    Point("oil_pressure", "bar", 0, 10, "pressure",
          lambda o: 4.6 + 0.3 * o.load - 1.5 * o.leak + o.noise(0.02)),
    Point("motor_current", "A", 0, 200, "current",
          lambda o: 70 + 75 * o.load + 3 * o.wear + o.noise(0.8)),
    Point("power", "kW", 0, 120, "power",
          lambda o: 36 + 44 * o.load + 2 * o.wear + o.noise(0.4)),
    Point("flow", "m³/min", 0, 20, "flow",
          lambda o: 5 + 9 * o.load - 1.5 * o.leak + o.noise(0.1)),
)  # fmt: skip


def standard_machines(
    seed: int = 1, *, redundant: bool = False, idling: bool = False
) -> tuple[Machine, ...]:
    """Return the plant's three machines.

    Args:
        seed: same seed, same signals.
        redundant: the pump has two more sensors of its bearing temperature.
        idling: they idle for a part of each cycle.
    """
    return (
        Machine(
            "pump-1",
            "pump",
            PUMP + PUMP_REDUNDANT if redundant else PUMP,
            cycle_seconds=1800,
            thermal_seconds=900,
            seed=seed,
            idles=idling,
            drifting="bearing_temperature",
        ),
        Machine(
            "spindle-1",
            "spindle",
            SPINDLE,
            cycle_seconds=1140,
            thermal_seconds=600,
            seed=seed,
            idles=idling,
            drifting="bearing_temperature_front",
        ),
        Machine(
            "compressor-1",
            "compressor",
            COMPRESSOR,
            cycle_seconds=2520,
            thermal_seconds=1200,
            seed=seed,
            idles=idling,
            drifting="oil_temperature",
        ),
    )
