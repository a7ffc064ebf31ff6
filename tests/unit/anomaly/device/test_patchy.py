"""Readings that are missing, seldom, or late are no machine that comes apart."""

import math
from datetime import UTC, datetime
from random import Random

import numpy as np
import pytest

from anomaly.deviations import Transition
from anomaly.device.devices import DeviceModels
from anomaly.device.rows import OpenRow, gather
from anomaly.sources import MemoryFrame
from tests.unit.anomaly.device.machine import LANE, NAMES, STEP_S, Machine, placed, run

SECOND_US = 1_000_000
GROWN = 540
Reading = tuple[int, int, float]


def grown(seed: int) -> tuple[DeviceModels, Machine]:
    models, machine = placed(), Machine(seed)
    assert run(models, machine, GROWN) == []
    return models, machine


def rows_of(machine: Machine, rows: int) -> list[list[Reading]]:
    found = []
    for _ in range(rows):
        ts_us = machine.step * STEP_S * SECOND_US
        found.append([(slot, ts_us, value) for slot, value in enumerate(machine.row({}))])
    return found


def score(models: DeviceModels, seq: int, readings: list[Reading]) -> list[Transition]:
    at = datetime.fromtimestamp(max(reading[1] for reading in readings) / 1e6, UTC)
    return models.score(LANE, MemoryFrame.of(seq, at, readings))


@pytest.mark.parametrize("seed", range(4))
def test_series_that_miss_three_rows_in_turns(seed: int) -> None:
    models, machine = grown(seed)
    found = []
    for seq in range(200):
        (row,) = rows_of(machine, 1)
        found += score(models, seq, [one for one in row if one[0] % 2 == (seq // 3) % 2])
    assert found + run(models, machine, 20) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("lost", [0.1, 0.3, 0.6])
def test_readings_lost_at_random(seed: int, lost: float) -> None:
    models, machine = grown(seed)
    random = Random(seed)
    found = []
    for seq in range(200):
        (row,) = rows_of(machine, 1)
        kept = [one for one in row if random.random() >= lost]
        if kept:
            found += score(models, seq, kept)
    assert found + run(models, machine, 20) == []


@pytest.mark.parametrize("seed", range(4))
def test_what_a_server_kept_comes_tag_by_tag(seed: int) -> None:
    models, machine = grown(seed)
    kept = [one for row in rows_of(machine, 80) for one in row]
    found = []
    for slot in range(len(NAMES)):
        found += score(models, slot, [one for one in kept if one[0] == slot])
    assert found + run(models, machine, 60) == []


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_learnt_of_rows_that_have_only_some_series_under_load(seed: int) -> None:
    models, machine = placed(), Machine(seed)
    found = run(models, machine, 100)
    for seq in range(600):
        # Of its usual ways: what some series do at full load, and others do not show.
        loaded = math.sin(machine.step * STEP_S / 300.0) > 0.3
        (row,) = rows_of(machine, 1)
        found += score(models, seq, [one for one in row if one[0] < 2 or not loaded])
    assert found + run(models, machine, 400) == []


def test_a_deviation_is_found_though_a_third_of_the_readings_is_lost() -> None:
    models, machine = grown(1)
    random = Random(1)
    found = []
    for seq in range(60):
        ts_us = machine.step * STEP_S * SECOND_US
        values = machine.row({0: 0.4})
        kept = [(s, ts_us, v) for s, v in enumerate(values) if random.random() >= 0.33]
        if kept:
            found += score(models, seq, kept)
    assert [one.series_id for one in found][:1] == [0]


def gathered(readings: list[Reading], series: int) -> tuple[list[list[float]], list[int]]:
    open_row = OpenRow()
    open_row.grow(series)
    slots, ts_us, values = (np.array(column) for column in zip(*readings, strict=True))
    rows, row_us = np.zeros((len(readings) + 2, series)), np.zeros(len(readings) + 2, np.int64)
    done = gather(
        np.arange(len(readings)), slots, np.arange(series), ts_us, values.astype(float), SECOND_US,
        open_row.sums, open_row.heard, open_row.held, open_row.held_us, open_row.rests,
        open_row.clock, open_row.pace, rows, row_us,
    )  # fmt: skip
    return rows[:done].tolist(), row_us[:done].tolist()


def test_a_series_that_is_sampled_seldom_is_held_and_one_that_misses_readings_is_not() -> None:
    often = [(0, second * SECOND_US, float(second)) for second in range(301)]
    seldom = [(1, second * SECOND_US, 1.0) for second in range(0, 301, 60)]
    lost = [(2, second * SECOND_US, 2.0) for second in range(301) if not 200 <= second < 205]
    rows, _ = gathered(sorted(often + seldom + lost, key=lambda one: one[1]), 3)
    held = np.array(rows)
    assert not np.isnan(held[:, :2]).any()
    assert np.flatnonzero(np.isnan(held[:, 2])).tolist() == [201, 202, 203, 204]


def test_a_series_sent_when_it_changes_is_held_as_long_as_it_usually_rests() -> None:
    random = Random(1)
    often = [(0, second * SECOND_US, 0.0) for second in range(2001)]
    times = sorted({int(random.expovariate(1 / 20)) + n for n in range(0, 1990, 20)} | {0})
    changes = [(1, second * SECOND_US, float(second)) for second in times]
    rows, _ = gathered(sorted(often + changes, key=lambda one: one[1]), 2)
    assert np.isnan(np.array(rows)[200:, 1]).mean() < 0.05


def test_readings_of_rows_that_are_done_are_passed_over_and_another_run_is_not() -> None:
    first = [(0, second * SECOND_US, 1.0) for second in range(100, 200)]
    late = [(1, second * SECOND_US, 2.0) for second in range(150, 199)]
    _, times = gathered(first + late, 2)
    assert times == [second * SECOND_US for second in range(100, 199)]
    again = [(0, second * SECOND_US, 1.0) for second in range(-5000, -4990)]
    _, times = gathered(first + again, 2)
    assert (
        times[99:]
        == [second * SECOND_US for second in (199, *range(-5000, -4991))][: len(times) - 99]
    )
