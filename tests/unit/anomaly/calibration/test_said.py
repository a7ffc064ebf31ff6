"""Verdicts and limits: raised within bounds by what was no fault, undone when that is taken back."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly.calibration.said import PEAK_MAX, RAISE_MAX, SAID_MAX, SaidPeaks
from anomaly.device import judge
from anomaly.device.model import DeviceModel
from anomaly.device.parameters import DeviceParameters
from tests.unit.anomaly.device.machine import Machine, placed, run, section

GROWN = 540


def warm_model() -> DeviceModel:
    models = placed()
    assert run(models, Machine(3), GROWN) == []
    model = models.own_model("pump")
    assert model is not None
    return model


@pytest.fixture(scope="module")
def state() -> dict[str, object]:
    return warm_model().state()


def model_of(state: dict[str, object]) -> DeviceModel:
    model = DeviceModel(DeviceParameters.of(section()))
    model.restore(state)
    return model


def limits(model: DeviceModel) -> tuple[float, float]:
    return float(model.floats[judge.LIMIT]), float(model.floats[judge.LIMIT_BREAK])


@given(sizes=st.lists(st.tuples(st.floats(0, 60), st.floats(0, 60)), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_verdicts_raise_limits_within_bounds_and_are_undone(
    state: dict[str, object], sizes: list[tuple[float, float]]
) -> None:
    model = model_of(state)
    model.ask(1.5)
    before = limits(model)
    for number, size in enumerate(sizes):
        model.say_normal(f"alarm {number}", size)
        for now, plain in zip(limits(model), before, strict=True):
            assert plain <= now <= RAISE_MAX * plain
    for number in range(len(sizes)):
        model.unsay(f"alarm {number}")
    assert limits(model) == before


def test_an_alarm_that_was_none_raises_the_limit_it_broke_and_no_other(
    state: dict[str, object],
) -> None:
    model = model_of(state)
    model.ask(1.5)
    apart, broken = limits(model)
    model.say_normal("alarm", (1.4, 0.0))
    assert limits(model)[0] > 1.02 * apart
    assert limits(model)[1] == broken
    # Said again, it says nothing new.
    once = limits(model)
    model.say_normal("alarm", (3.0, 3.0))
    assert limits(model) == once


def test_what_was_said_comes_back_from_a_snapshot(state: dict[str, object]) -> None:
    model = model_of(state)
    model.ask(0.2)
    model.say_normal("alarm", (1.4, 1.2))
    again = model_of(model.state())
    assert limits(again) == limits(model)
    assert (again.asked, len(again.said)) == (0.2, 1)
    again.unsay("alarm")
    model.unsay("alarm")
    assert limits(again) == limits(model)


def test_fewer_false_alarms_asked_are_farther_limits_and_expected_fewer(
    state: dict[str, object],
) -> None:
    seen = []
    for asked in (365.0, 52.0, 12.0):
        model = model_of(state)
        assert model.ask(asked)
        assert not model.ask(asked)
        rate = model.false_alarms_per_year(30e6)
        assert rate is not None
        seen.append((limits(model)[0], rate.mean))
    assert seen == sorted(seen, key=lambda pair: (pair[0], -pair[1]))
    assert len(set(seen)) == len(seen)


def test_peaks_are_held_to_bounds_and_the_oldest_forgotten() -> None:
    said = SaidPeaks()
    assert not said.note("none", (0.0, 0.0), (5.0, 5.0))
    assert not said.note("no limit", (2.0, 0.0), (math.inf, 5.0))
    assert said.note("far", (50.0, 0.0), (5.0, 5.0))
    assert said.of(0).tolist() == [PEAK_MAX * 5.0]
    assert not len(said.of(1))
    for number in range(SAID_MAX):
        assert said.note(f"alarm {number}", (1.1, 1.1), (5.0, 5.0))
    assert len(said) == SAID_MAX
    assert "far" not in said.peaks
    assert np.all(said.of(0) < PEAK_MAX * 5.0)
