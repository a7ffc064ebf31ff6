"""River models of features over whole devices: rows with gaps, new series, faults no single series shows."""

from random import Random
from typing import Any

import msgpack
import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.detectors import joint
from anomaly.detectors.river_models.components import Role, offered
from anomaly.detectors.river_models.device import RiverDeviceModel
from anomaly.detectors.river_models.spec import RiverSpec
from tests.unit.anomaly.driving import SECOND, section
from tests.unit.anomaly.river_models.descriptions import described, named

DEVICES = [described(one.name, subject="device") for one in offered() if one.role is Role.FEATURES]
each = pytest.mark.parametrize("spec", DEVICES, ids=named)
SECTION = section(warmup_readings=400, warmup_span_s=0.0)


def model(spec: RiverSpec, count: int = 3) -> RiverDeviceModel:
    made = RiverDeviceModel(spec, SECTION)
    made.grow(count)
    return made


def load(random: Random, count: int, apart: float = 0.0) -> NDArray[np.float64]:
    """Three series that follow one load; they leave each other, the third by twice `apart`."""
    rows = []
    for _ in range(count):
        shared = random.gauss(0.0, 1.0)
        noise = random.gauss(0.0, 0.1)
        rows.append([10 + shared + apart, 50 + 2 * shared - apart, 5 + shared + 2 * apart + noise])
    return np.array(rows)


def feed(
    target: RiverDeviceModel, rows: NDArray[np.float64], start_s: int = 0
) -> list[tuple[int, int]]:
    """Feed rows, one a second; return row and kind of what changed."""
    row_us = (np.arange(len(rows)) + start_s) * SECOND
    found: list[tuple[int, int]] = []
    start = 0
    while True:
        number, change = target.advance(rows, row_us, start, 1e6, frozen=False)
        if number < 0:
            return found
        found.append((number, change))
        start = number + 1


def packed(target: RiverDeviceModel) -> bytes:
    state: bytes = msgpack.packb(target.state())
    return state


@each
def test_a_device_far_from_its_ways_is_told_with_who_shows_it(spec: RiverSpec) -> None:
    target = model(spec)
    assert feed(target, load(Random(1), 1500)) == []
    assert target.warm
    found = feed(target, load(Random(2), 60, apart=30.0), 1500)
    assert [change for _, change in found][:1] == [joint.STARTED]
    assert int(np.argmax(np.abs(target.contributions))) == 2
    expected, deviation, seen = target.expected(2)
    assert 4.0 < expected < 6.0
    assert seen > 30.0
    assert deviation == pytest.approx(1.0, abs=0.3)
    found = feed(target, load(Random(3), 200), 1560)
    assert [change for _, change in found] == [joint.ENDED]


@each
def test_gaps_and_wild_values_are_survived(spec: RiverSpec) -> None:
    target = model(spec)
    rows = load(Random(4), 1200)
    rows[10, 0] = rows[300, 2] = 1e300
    rows[500:600, 1] = np.nan
    rows[700] = np.nan
    assert feed(target, rows) == []
    assert target.warm
    assert np.isfinite(target.size)


@each
def test_a_restored_model_goes_on_bit_by_bit(spec: RiverSpec) -> None:
    for taught in (0, 2, 300, 900):
        random = Random(taught)
        target, twin = model(spec), RiverDeviceModel(spec, SECTION)
        feed(target, load(random, taught)) if taught else None
        twin.restore(msgpack.unpackb(packed(target)))
        more = np.concatenate([load(random, 100), load(random, 30, apart=30.0)])
        assert feed(target, more, taught) == feed(twin, more, taught)
        assert target.size == twin.size
        assert target.contributions.tolist() == twin.contributions.tolist()


@each
def test_a_new_series_begins_the_warm_up_anew(spec: RiverSpec) -> None:
    target = model(spec, 2)
    feed(target, load(Random(5), 700)[:, :2])
    assert target.warm
    target.grow(3)
    assert not target.warm
    assert feed(target, load(Random(6), 1500), 700) == []
    assert feed(target, load(Random(7), 60, apart=30.0), 2200)[:1] != []


def test_nothing_is_learnt_while_frozen() -> None:
    target = model(DEVICES[0])
    rows = load(Random(8), 600)
    feed(target, rows)
    before = target.learnt
    row_us = (np.arange(600) + 600) * SECOND
    target.advance(rows, row_us, 0, 1e6, frozen=True)
    assert target.learnt == before


def test_a_broken_state_is_refused() -> None:
    states: list[dict[str, Any]] = [{}, {"model": 1}]
    for state in states:
        with pytest.raises((KeyError, TypeError, ValueError)):
            model(DEVICES[0]).restore(state)
