"""Sensors that measure the same: common ways are no drift, a slow drift is found and its sensor named."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Change, Record, Transition
from anomaly.redundancy.watch import RedundancyWatch
from anomaly.scoring.gateway import GatewayModels
from anomaly.settings import AnomalySettings
from anomaly.sources import LaneKey, MemoryFrame, RedundantGroup, SeriesInfo

LANE = LaneKey("gw", UUID(int=1), "live")
SECTION = AnomalySettings()
MINUTE_US = 60_000_000
DAY = 1440
Rows = list[tuple[int, int, float]]


def infos(members: int, tolerance: float | None = None) -> dict[int, SeriesInfo]:
    group = RedundantGroup(tuple(range(1, members + 1)), tolerance)
    return {
        key: SeriesInfo(
            key, "pump", f"t{key}", "°C", "temperature", SeriesRange(0, 120), redundant=group
        )
        for key in group.series_ids
    }


class Sensors:
    """Sensors of one temperature that follows a load and a day; each off by something of its own."""

    def __init__(self, seed: int, members: int = 3) -> None:
        self._random = Random(seed)
        self._offsets = [self._random.uniform(-3, 3) for _ in range(members)]
        self._gains = [1 + self._random.uniform(-0.01, 0.01) for _ in range(members)]
        self.minute = 0

    def rows(self, minutes: int, drift: Callable[[int], dict[int, float]] | None = None) -> Rows:
        found: Rows = []
        noise = self._random.gauss
        for _ in range(minutes):
            self.minute += 1
            truth = (
                50
                + 10 * math.tanh(2 * math.sin(self.minute / 15))
                + 4 * math.sin(self.minute * 2 * math.pi / DAY)
            )
            off = drift(self.minute) if drift else {}
            for number, (offset, gain) in enumerate(zip(self._offsets, self._gains, strict=True)):
                value = gain * truth + offset + noise(0, 0.15) + off.get(number + 1, 0.0)
                ts_us = self.minute * MINUTE_US + number * 1_000_000
                found.append((number + 1, ts_us, value))
        return found


def frames(rows: Rows, size: int = 300) -> list[MemoryFrame]:
    return [
        MemoryFrame.of(start, datetime.fromtimestamp(rows[start][1] / 1e6, UTC), rows[start : start + size])
        for start in range(0, len(rows), size)
    ]  # fmt: skip


def run(
    watch: RedundancyWatch, known: dict[int, SeriesInfo], rows: Rows, size: int = 300
) -> list[Transition]:
    found: list[Transition] = []
    for frame in frames(rows, size):
        found += watch.follow(known)
        found += watch.score(LANE, frame, None)
    return found


def told(found: Sequence[Transition]) -> list[tuple[int, Change, Record, int]]:
    """What does not depend on how readings were cut into frames."""
    return [(one.series_id, one.change, one.deviation.record, one.ts_us) for one in found]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000), members=st.sampled_from([2, 3]))
def test_what_all_sensors_do_together_is_no_drift(seed: int, members: int) -> None:
    watch, sensors = RedundancyWatch(SECTION), Sensors(seed, members)
    assert run(watch, infos(members), sensors.rows(10 * DAY), 3000) == []
    assert all(one.warm for one in watch.comparisons())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10_000),
    drifting=st.integers(1, 3),
    hours=st.floats(2, 72),
    sign=st.sampled_from([-1.0, 1.0]),
)
def test_of_three_the_one_that_drifts_is_named_however_slowly(
    seed: int, drifting: int, hours: float, sign: float
) -> None:
    watch, sensors, known = RedundancyWatch(SECTION), Sensors(seed), infos(3)
    assert run(watch, known, sensors.rows(3 * DAY), 3000) == []
    began = sensors.minute

    def drift(minute: int) -> dict[int, float]:
        return {drifting: sign * 4.0 * min((minute - began) / (hours * 60), 1.0)}

    found = run(watch, known, sensors.rows(round(hours * 60) + 120, drift), 3000)
    started = [one for one in found if one.change is Change.STARTED]
    assert [(one.series_id, one.deviation.record) for one in started] == [(drifting, Record.DRIFT)]
    deviation = started[0].deviation
    low, high = deviation.low, deviation.high
    assert low is not None
    assert high is not None
    assert deviation.seen > high if sign > 0 else deviation.seen < low
    # Repaired, it returns.
    back = run(watch, known, sensors.rows(8 * 60), 3000)
    assert [(one.series_id, one.change) for one in back] == [(drifting, Change.ENDED)]
    assert not watch.deviating


def test_of_two_that_disagree_the_first_is_named_and_said_to_be_one_of_two() -> None:
    watch, sensors, known = RedundancyWatch(SECTION), Sensors(5, 2), infos(2)
    run(watch, known, sensors.rows(2 * DAY))
    found = run(watch, known, sensors.rows(300, lambda _: {2: 3.0}))
    assert [(one.series_id, one.deviation.record) for one in found[:1]] == [
        (1, Record.DISAGREEMENT)
    ]
    assert found[0].deviation.high is not None
    # The second reads more, so the first less than that says.
    assert found[0].deviation.low is not None
    assert found[0].deviation.seen < found[0].deviation.low


def test_of_three_the_other_two_are_compared_when_one_is_silent() -> None:
    watch, sensors, known = RedundancyWatch(SECTION), Sensors(6), infos(3)
    run(watch, known, sensors.rows(2 * DAY))
    rows = [row for row in sensors.rows(400, lambda _: {1: 3.0}) if row[0] != 3]
    found = run(watch, known, rows)
    assert [(one.series_id, one.deviation.record) for one in found[:1]] == [
        (1, Record.DISAGREEMENT)
    ]


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), size=st.integers(1, 700), cut=st.integers(1, 5000))
def test_neither_frames_nor_a_restart_make_a_difference(seed: int, size: int, cut: int) -> None:
    section = SECTION.model_copy(update={"redundancy_warmup_s": 3600.0})
    known = infos(3)
    sensors = Sensors(seed)
    rows = sensors.rows(800) + sensors.rows(900, lambda _: {2: 5.0}) + sensors.rows(300)
    whole = RedundancyWatch(section)
    expected = told(run(whole, known, rows))
    assert {record for _, _, record, _ in expected} == {Record.DRIFT}
    first, second = RedundancyWatch(section), RedundancyWatch(section)
    found = told(run(first, known, rows[:cut], size))
    packed = msgpack.packb(first.state())
    second.restore(msgpack.unpackb(packed, strict_map_key=False))
    assert msgpack.packb(second.state()) == packed
    found += told(run(second, known, rows[cut:], size))
    assert found == expected
    assert second.state() == whole.state() | {"deviations": second.state()["deviations"]}


def test_poisoned_and_wild_readings_neither_alarm_nor_disturb() -> None:
    watch, sensors, known = RedundancyWatch(SECTION), Sensors(7), infos(3)
    random = Random(7)
    rows: Rows = []
    for key, ts_us, value in sensors.rows(3 * DAY):
        rows.append((key, ts_us, value))
        if random.random() < 0.02:
            wild = random.choice([math.nan, math.inf, 1e308, -1e308, 1e9, 119.0])
            rows.append((key, ts_us + 1, wild))
    assert run(watch, known, rows) == []
    assert np.isfinite(watch.pairs[:, 2:]).all()
    found = run(watch, known, sensors.rows(300, lambda _: {3: 3.0}))
    assert [one.series_id for one in found[:1]] == [3]


def test_a_group_that_is_taken_away_ends_what_was_open_and_another_tolerance_goes_on() -> None:
    watch, sensors, known = RedundancyWatch(SECTION), Sensors(8), infos(3)
    run(watch, known, sensors.rows(2 * DAY))
    run(watch, known, sensors.rows(300, lambda _: {3: 3.0}))
    assert watch.deviating == {3}
    watch.changed = False
    assert watch.follow(infos(3, tolerance=9.0)) == []
    assert watch.changed
    assert watch.comparisons()[0].limit >= 9.0
    assert watch.comparisons()[0].warm
    none = {key: replace(info, redundant=None) for key, info in known.items()}
    ended = watch.follow(none)
    assert [(one.series_id, one.change) for one in ended] == [(3, Change.ENDED)]
    assert watch.comparisons() == []


def test_facts_about_other_series_change_nothing() -> None:
    watch, known = RedundancyWatch(SECTION), infos(2)
    watch.follow(known)
    watch.changed = False
    other = SeriesInfo(9, "pump", "x", "", "flow", SeriesRange())
    assert watch.follow({9: other}) == []
    assert watch.follow(known) == []
    assert not watch.changed


def test_taken_for_the_new_normal_it_learns_anew() -> None:
    watch, sensors, known = RedundancyWatch(SECTION), Sensors(9, 2), infos(2)
    run(watch, known, sensors.rows(2 * DAY))
    run(watch, known, sensors.rows(300, lambda _: {2: 3.0}))
    assert watch.deviating == {1}
    watch.forget([1])
    assert not watch.deviating
    assert run(watch, known, sensors.rows(3 * DAY, lambda _: {2: 3.0})) == []


def test_a_gateways_models_tell_it_apart_from_machine_faults_and_go_on_learning() -> None:
    section = AnomalySettings(redundancy_warmup_s=6 * 3600, warmup_readings=200, warmup_span_s=0)
    known = infos(3)
    gateway = GatewayModels(shipped.EW_CHART, section)
    sensors = Sensors(10)

    def send(rows: Rows) -> list[Transition]:
        found: list[Transition] = []
        for frame in frames(rows):
            found += gateway.score(LANE, frame, known)
        return found

    assert [one for one in send(sensors.rows(DAY)) if one.deviation.record.is_comparison] == []
    assert gateway.must_save
    began = sensors.minute
    found = send(sensors.rows(600, lambda minute: {2: (minute - began) / 300}))
    drift = [one for one in found if one.deviation.record is Record.DRIFT]
    assert [(one.series_id, one.change) for one in drift][:1] == [(2, Change.STARTED)]
    assert gateway.live.knows(2, Record.DRIFT)
    # It is a sensor's fault: nothing is frozen by it.
    assert 2 not in gateway.live.deviating or not gateway.live.open_onsets()
    blob = gateway.pack()
    other = GatewayModels(shipped.EW_CHART, section)
    other.unpack(blob, lambda ids: {key: known[key] for key in ids})
    assert other.pack() == blob
    assert other.live.redundancy.deviating == {2}


@pytest.mark.parametrize("backwards_s", [30, 3600])
def test_a_sensor_whose_clock_is_behind_is_compared_within_bounds(backwards_s: int) -> None:
    watch, known = RedundancyWatch(SECTION), infos(2)
    rows = [
        (key, ts_us - (backwards_s * 1_000_000 if key == 2 else 0), value)
        for key, ts_us, value in Sensors(11, 2).rows(2 * DAY)
    ]
    # In the order in which they come, a frame a minute.
    for start in range(0, len(rows), 2):
        at = datetime.fromtimestamp(start, UTC)
        watch.follow(known)
        assert watch.score(LANE, MemoryFrame.of(start, at, rows[start : start + 2]), None) == []
    assert bool(watch.comparisons()) == (backwards_s < 600)
