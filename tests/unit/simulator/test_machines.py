"""Signals hang together, repeat by seed, and show the faults that develop."""

import statistics
from itertools import pairwise

import pytest

from kernel.errors import InvalidInput
from simulator.faults import FaultKind, Faults
from simulator.machines import Machine, standard_machines

START = 1_790_000_000.0


def _run(machine: Machine, steps: int, every_seconds: float = 30.0) -> dict[str, list[float]]:
    series: dict[str, list[float]] = {point.name: [] for point in machine.points}
    for index in range(steps):
        for name, value in machine.step(START + index * every_seconds).items():
            series[name].append(value)
    return series


def _machine(name: str, seed: int = 1) -> Machine:
    return next(machine for machine in standard_machines(seed) if machine.name == name)


def test_there_are_three_machines_with_eight_points_or_more() -> None:
    machines = standard_machines()
    assert {machine.equipment_class for machine in machines} == {"pump", "spindle", "compressor"}
    for machine in machines:
        assert len(machine.points) >= 8
        assert len({point.name for point in machine.points}) == len(machine.points)


@pytest.mark.parametrize("name", ["pump-1", "spindle-1", "compressor-1"])
def test_a_healthy_machine_stays_inside_its_ranges(name: str) -> None:
    machine = _machine(name)
    series = _run(machine, 2880)
    for point in machine.points:
        assert point.low < min(series[point.name]), point.name
        assert max(series[point.name]) < point.high, point.name


def test_the_same_seed_gives_the_same_signals() -> None:
    assert _run(_machine("pump-1"), 50) == _run(_machine("pump-1"), 50)
    assert _run(_machine("pump-1"), 50) != _run(_machine("pump-1", seed=2), 50)


def test_signals_are_correlated_through_the_load() -> None:
    series = _run(_machine("pump-1"), 2880)
    assert statistics.correlation(series["flow"], series["motor_current"]) > 0.9
    assert statistics.correlation(series["flow"], series["discharge_pressure"]) < -0.9
    assert abs(statistics.correlation(series["flow"], series["suction_pressure"])) > 0.9


def test_days_are_warmer_than_nights() -> None:
    series = _run(_machine("compressor-1"), 2880)
    by_hour = [
        statistics.fmean(series["discharge_temperature"][hour * 120 : (hour + 1) * 120])
        for hour in range(24)
    ]
    assert max(by_hour) - min(by_hour) > 4


def test_bearing_wear_shows_in_vibration_first() -> None:
    machine = _machine("pump-1")
    before = _run(machine, 100)
    machine.faults.start("bearing_wear", 1.0, START + 3000, 0)
    after = {
        name: [machine.step(START + 3000 + index)[name] for index in range(1, 20)]
        for name in ("vibration_de", "flow")
    }
    assert statistics.fmean(after["vibration_de"]) > 3 * statistics.fmean(before["vibration_de"])
    assert abs(statistics.fmean(after["flow"]) / statistics.fmean(before["flow"]) - 1) < 0.5


def test_a_seal_leak_shows_in_leakage_and_pressure() -> None:
    healthy, leaking = _machine("pump-1"), _machine("pump-1")
    leaking.faults.start("seal_leak", 1.0, START - 1, 0)
    one, other = _run(healthy, 50), _run(leaking, 50)
    assert statistics.fmean(other["seal_leakage"]) > 5
    assert statistics.fmean(other["discharge_pressure"]) < statistics.fmean(
        one["discharge_pressure"]
    )


def test_a_stuck_sensor_repeats_itself_until_it_is_cleared() -> None:
    machine = _machine("pump-1")
    machine.step(START)
    machine.faults.start("sensor_flatline", 1.0, START, 0)
    stuck = {machine.step(START + second)["vibration_de"] for second in range(1, 30)}
    assert len(stuck) == 1
    machine.faults.clear("sensor_flatline")
    assert len({machine.step(START + 30 + second)["vibration_de"] for second in range(5)}) == 5


def test_what_a_plant_may_have_besides_changes_nothing_else() -> None:
    plain = _run(_machine("pump-1"), 100)
    rich = _run(standard_machines(redundant=True)[0], 100)
    assert {name: rich[name] for name in plain} == plain
    rich = _run(standard_machines(redundant=True)[0], 2000)
    twins = [rich[f"bearing_temperature{name}"] for name in ("", "_b", "_c")]
    for one, other in pairwise(twins):
        assert statistics.correlation(one, other) > 0.98


def test_a_drifting_sensor_leaves_its_twins_alone() -> None:
    machine = standard_machines(redundant=True)[0]
    machine.faults.start("sensor_drift", 1.0, START, 600)
    series = _run(machine, 100)
    apart = [
        one - other
        for one, other in zip(
            series["bearing_temperature"], series["bearing_temperature_b"], strict=True
        )
    ]
    assert abs(apart[0] + 0.6) < 1
    assert abs(apart[-1] - 5.4) < 1


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_machine_that_idles_draws_little_for_a_part_of_each_cycle(number: int) -> None:
    machine = standard_machines(idling=True)[number]
    power = _run(machine, 2880)["power"]
    middle = (min(power) + max(power)) / 2
    idle = [value for value in power if value < middle]
    assert 0.3 < len(idle) / len(power) < 0.5
    assert statistics.fmean(idle) < 0.6 * statistics.fmean(v for v in power if v >= middle)


def test_a_fault_grows_in_a_straight_line() -> None:
    faults = Faults()
    faults.start("bearing_wear", 0.8, at=100, ramp_seconds=10)
    levels = [faults.level(FaultKind.BEARING_WEAR, at) for at in (99, 100, 105, 110, 500)]
    assert levels == [0, 0, pytest.approx(0.4), 0.8, 0.8]
    assert faults.level(FaultKind.SEAL_LEAK, 105) == 0


@pytest.mark.parametrize(
    ("kind", "severity", "ramp"),
    [("rust", 1, 1), ("bearing_wear", 0, 1), ("bearing_wear", -1, 1), ("bearing_wear", 11, 1),
     ("bearing_wear", 1, -1), ("bearing_wear", float("nan"), 1)],
)  # fmt: skip
def test_a_fault_that_makes_no_sense_is_refused(kind: str, severity: float, ramp: float) -> None:
    with pytest.raises(InvalidInput):
        Faults().start(kind, severity, 0, ramp)
