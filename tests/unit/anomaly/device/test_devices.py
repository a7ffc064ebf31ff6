"""Devices of a lane: what is found and named, what is forgiven, and all of it back from a snapshot."""

from dataclasses import replace

import numpy as np
import pytest

from anomaly.deviations import Change, Record, Transition
from anomaly.device import judge
from anomaly.device.devices import DeviceModels
from anomaly.sources import MemoryFrame
from tests.unit.anomaly.device.machine import (
    INFOS,
    LANE,
    Machine,
    frame,
    placed,
    run,
    section,
)

VIBRATION, TEMPERATURE, FLOW = 0, 1, 2
# A day and a half at 30 s: the first day is over, in which slow changes are forgiven.
GROWN = 540


def grown(seed: int = 1) -> tuple[DeviceModels, Machine]:
    models, machine = placed(), Machine(seed)
    assert run(models, machine, GROWN) == []
    return models, machine


def told(found: list[Transition]) -> list[tuple[int, Change, Record]]:
    return [(one.series_id, one.change, one.deviation.record) for one in found]


def moments(models: DeviceModels) -> bytes:
    device = models.device("pump")
    assert device is not None
    return device.model.slow.tobytes()


@pytest.mark.parametrize("seed", range(3))
def test_a_machine_that_follows_its_load_is_left_alone(seed: int) -> None:
    models, machine = placed(), Machine(seed)
    assert run(models, machine, 2 * GROWN) == []
    device = models.device("pump")
    assert device is not None
    assert device.model.warm
    rate = device.model.false_alarms_per_year(device.pace_us)
    assert rate is not None
    assert 0 <= rate.low <= rate.high
    assert rate.mean < 30


def test_a_series_off_its_place_is_found_within_its_own_range_and_named() -> None:
    models, machine = grown()
    # A third of what the load does to it.
    found = run(models, machine, 4, s0=0.27)
    assert told(found)[0] == (VIBRATION, Change.STARTED, Record.JOINT_HIGH)
    first = found[0].deviation
    assert first.low is not None
    assert first.high is not None
    assert first.low < first.high < first.seen < 1.5 + 0.8
    assert first.score >= 1.0
    assert models.deviating == {"pump"}
    assert models.deviating_series() == {VIBRATION}
    back = run(models, machine, 20)
    assert told(back)[-1] == (VIBRATION, Change.ENDED, Record.JOINT_HIGH)
    assert not models.deviating


def test_a_series_that_stops_following_the_others_is_a_break_of_correlation() -> None:
    models, machine = grown()
    found = run(models, machine, 40, apart=float(TEMPERATURE))
    started = [one for one in told(found) if one[1] is Change.STARTED]
    assert started[0][0] == TEMPERATURE
    assert started[0][2].is_joint


def test_nothing_is_learnt_in_alarm_nor_while_frozen() -> None:
    models, machine = grown()
    run(models, machine, 2, s0=3.0)
    assert models.deviating
    before = moments(models)
    run(models, machine, 20, s0=3.0)
    assert moments(models) == before
    other, machine = grown()
    before = moments(other)
    for _ in range(20):
        other.score(LANE, frame(machine.step, machine, 8), {"pump"})
    assert moments(other) == before


def test_a_fault_that_creeps_in_does_not_raise_its_own_limit() -> None:
    models, machine = grown()
    device = models.device("pump")
    assert device is not None
    limit = float(device.model.floats[judge.LIMIT])
    found: list[Transition] = []
    for step in range(150):
        found += run(models, machine, 1, s0=0.008 * step)
        if found:
            break
    assert (found[0].series_id, found[0].deviation.record.is_joint) == (VIBRATION, True)
    assert device.model.floats[judge.LIMIT] < 1.2 * limit


def test_one_wild_row_raises_nothing() -> None:
    models, machine = grown()
    assert run(models, machine, 1, rows=1, s0=1e6, s2=-1e6) == []
    assert run(models, machine, 10) == []


def test_a_storm_of_no_values_in_one_series_leaves_the_others_judged() -> None:
    models, machine = grown()
    found: list[Transition] = []
    for number in range(60):
        whole = frame(machine.step, machine, 8, s0=0.4 if number >= 30 else 0.0)
        value = np.where(whole.series_id == FLOW, np.nan, whole.value)
        found += models.score(
            LANE,
            MemoryFrame(
                whole.seq, whole.received_at, whole.series_id, whole.ts_us, value, whole.quality
            ),
        )
        assert not found or number >= 30
    assert told(found)[0] == (VIBRATION, Change.STARTED, Record.JOINT_HIGH)


def test_a_row_of_one_series_is_learnt_as_it_is_whatever_the_row_before_was() -> None:
    models, machine = grown()
    assert run(models, machine, 1, rows=2, s0=3.0) == []
    twin = placed()
    twin.restore(models.state(), INFOS)
    for _ in range(3):
        whole = frame(machine.step, machine, 8)
        alone = whole.series_id == FLOW
        late = replace(
            whole,
            series_id=whole.series_id[alone],
            ts_us=whole.ts_us[alone] + 3_600_000_000,
            value=whole.value[alone],
            quality=whole.quality[alone],
        )
        for each in (models, twin):
            each.score(LANE, late)
    assert moments(models) == moments(twin)


def test_a_reading_beyond_anything_physical_is_none() -> None:
    models, twin, machine = placed(), placed(), Machine(1)
    for number in range(40):
        whole = frame(number, machine, 8)
        wild = whole.value.copy()
        wild[:3] = (1e308, -1e308, 1e150)
        for each, value in ((models, wild), (twin, np.where(wild == whole.value, wild, np.nan))):
            each.score(LANE, replace(whole, value=value))
    assert np.isfinite(models.device("pump").model.slow).all()  # type: ignore[union-attr]  # it is known
    assert moments(models) == moments(twin)


def test_a_clock_that_stands_still_or_jumps_back_breaks_nothing() -> None:
    models, machine = grown()
    for shift in (-5_000_000_000, 0, -90_000_000_000):
        whole = frame(machine.step, machine, 8)
        ts_us = np.full_like(whole.ts_us, whole.ts_us[0]) + shift
        models.score(
            LANE,
            MemoryFrame(
                whole.seq, whole.received_at, whole.series_id, ts_us, whole.value, whole.quality
            ),
        )
    assert run(models, machine, 30) == []


def test_brought_back_from_a_snapshot_it_goes_on_exactly() -> None:
    for frames, fault in ((20, {}), (GROWN, {}), (GROWN, {"s0": 0.8})):
        first, machine = placed(), Machine(7)
        twin = Machine(7)
        for _ in range(frames * 8 + 8):
            twin.row({})
        run(first, machine, frames)
        started = run(first, machine, 1, **fault)
        assert bool(started) == bool(fault)
        second = DeviceModels(section())
        second.restore(first.state(), INFOS)
        assert second.deviating == first.deviating
        machine.step = twin.step
        follow = [frame(seq, machine, 8, **fault) for seq in range(100)]
        one = [change for each in follow for change in first.score(LANE, each)]
        other = [change for each in follow for change in second.score(LANE, each)]
        assert one == other
        assert first.state() == second.state()


def test_the_order_inside_a_frame_and_where_frames_are_cut_change_no_finding() -> None:
    plain, shuffled = placed(), placed()
    machine = Machine(3)
    random = np.random.default_rng(1)
    for number in range(GROWN + 6):
        fault = {"s0": 0.6} if number >= GROWN else {}
        whole = frame(number, machine, 8, **fault)
        order = random.permutation(len(whole.series_id))
        mixed = MemoryFrame(
            number,
            whole.received_at,
            *(getattr(whole, name)[order] for name in ("series_id", "ts_us", "value", "quality")),
        )
        assert plain.score(LANE, whole) == shuffled.score(LANE, mixed)
    assert plain.deviating == shuffled.deviating == {"pump"}
    assert plain.state() == shuffled.state()


def test_a_series_that_comes_later_is_learnt_before_it_counts() -> None:
    models = DeviceModels(section())
    for series_id in (0, 1, 3, 4):
        models.place(series_id, INFOS[series_id])
    machine = Machine(5)
    assert run(models, machine, GROWN) == []
    models.place(FLOW, INFOS[FLOW])
    assert run(models, machine, GROWN) == []
    assert told(run(models, machine, 6, s2=-30.0))[0] == (FLOW, Change.STARTED, Record.JOINT_LOW)


def test_a_backlog_begins_with_what_the_live_lane_knows_and_gives_it_back_when_that_is_cold() -> (
    None
):
    live, machine = grown()
    backlog, cold = DeviceModels(section()), DeviceModels(section())
    backlog.begin_from(live)
    assert told(run(backlog, machine, 4, s0=0.8))[0][2] is Record.JOINT_HIGH
    assert cold.adopt(live)
    assert not live.adopt(backlog)
    device = cold.device("pump")
    assert device is not None
    assert device.model.warm


def test_a_series_that_is_gone_or_another_assets_begins_its_device_anew() -> None:
    models, _ = grown()
    second = DeviceModels(section())
    second.restore(models.state(), {key: info for key, info in INFOS.items() if key != FLOW})
    assert second.device("pump") is None
    models.place(FLOW, None)
    assert models.device("pump") is None
