"""When a score becomes a deviation, and what the sensor itself can do wrong."""

from random import Random

import msgpack
import pytest

from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Change, Record
from anomaly.scoring.monitor import SeriesMonitor
from tests.unit.anomaly.driving import PLACE, SECOND, feed, monitor, noisy, started


def warm(plant: SeriesRange | None = None, seed: int = 1) -> SeriesMonitor:
    watched = monitor(plant, warmup_span_s=0)
    assert not feed(watched, noisy(Random(seed), 1500))
    assert watched.detector.band() is not None
    return watched


def at(second: float, value: float) -> tuple[int, float]:
    return round(second * SECOND), value


def test_a_deviation_starts_once_worsens_and_ends_after_a_calm_run() -> None:
    random = Random(9)
    watched = warm()
    ramp = [at(1500 + step, 10 + step) for step in range(60)]
    found = feed(watched, ramp)
    assert [transition.change for transition in found[:2]] == [Change.STARTED, Change.WORSENED]
    assert {transition.change for transition in found[1:]} == {Change.WORSENED}
    scores = [transition.deviation.score for transition in found]
    assert scores == sorted(scores)
    assert found[0].deviation.record is Record.HIGH
    onset = found[0].deviation.onset
    assert 1500 * SECOND < onset.ts_us < found[0].ts_us
    back = feed(watched, noisy(random, 100, start_s=1560))
    assert [transition.change for transition in back] == [Change.ENDED]
    assert back[0].deviation.seen == 69.0
    assert watched.deviation is None


def test_hysteresis_holds_the_deviation_while_it_hovers_at_the_limit() -> None:
    watched = warm()
    band = watched.detector.band()
    assert band is not None
    middle, high = sum(band) / 2, band[1]
    assert len(started(feed(watched, [at(1500 + s, high + 10) for s in range(30)]))) == 1
    hovering = [at(1530 + s, middle + 0.9 * (high - middle)) for s in range(300)]
    assert not feed(watched, hovering)
    assert watched.deviation is not None


def test_below_the_range_is_low() -> None:
    found = started(feed(warm(), [at(1500 + step, -20.0) for step in range(30)]))
    assert [transition.deviation.record for transition in found] == [Record.LOW]


def test_nothing_is_learnt_from_a_deviation_nor_while_the_device_is_in_alarm() -> None:
    watched = warm()
    assert started(feed(watched, [at(1500 + 60 * step, 30.0) for step in range(12)]))
    learnt, band = watched.detector.learnt, watched.detector.band()
    feed(watched, [at(2300 + 60 * step, 30.0) for step in range(500)])
    assert watched.detector.learnt == learnt
    assert watched.detector.band() == band
    frozen = warm()
    learnt = frozen.detector.learnt
    feed(frozen, noisy(Random(2), 100, start_s=1500, step_s=60), frozen=True)
    assert frozen.detector.learnt == learnt


@pytest.mark.parametrize("value", [1e308, -1e308, 1e101])
def test_values_no_sensor_measures_are_a_sensor_fault_and_never_learnt(value: float) -> None:
    watched = warm()
    band = watched.detector.band()
    found = feed(watched, [at(1500 + step, value) for step in range(50)])
    assert [transition.deviation.record for transition in found] == [Record.OUT_OF_RANGE]
    assert watched.detector.band() == band
    back = feed(watched, noisy(Random(3), 40, start_s=1550))
    assert [transition.change for transition in back] == [Change.ENDED]


def test_a_jump_out_of_the_engineering_range_is_the_sensor_a_climb_is_the_machine() -> None:
    plant = SeriesRange(0.0, 20.0)
    jumped = started(feed(warm(plant), [at(1500 + step, 500.0) for step in range(30)]))
    assert [transition.deviation.record for transition in jumped] == [Record.OUT_OF_RANGE]
    climbing = warm(plant)
    climbed = feed(climbing, [at(1500 + step, 10 + step / 4) for step in range(120)])
    assert {transition.deviation.record for transition in climbed} == {Record.HIGH}


def test_a_value_stuck_for_longer_than_ever_is_a_flatline() -> None:
    watched = warm()
    found = feed(watched, [at(1500 + step, 10.5) for step in range(60)])
    assert [transition.deviation.record for transition in found] == [Record.FLATLINE]
    deviation = found[0].deviation
    assert deviation.seen == 10.5
    assert deviation.onset.ts_us == 1500 * SECOND
    assert deviation.since_s == pytest.approx(30, abs=1)
    back = feed(watched, noisy(Random(4), 40, start_s=1560))
    assert [transition.change for transition in back] == [Change.ENDED]
    again = feed(watched, [at(1600 + step, 10.5) for step in range(60)])
    assert len(started(again)) == 1, "one fault must not become the measure for the next"


@pytest.mark.parametrize("resting", [0.0, 100.0])
def test_resting_at_zero_or_at_the_end_of_the_range_is_no_flatline(resting: float) -> None:
    watched = monitor(SeriesRange(0.0, 100.0), warmup_span_s=0)
    cycle = [at(step, 50.0 + step % 7 if step % 40 < 20 else resting) for step in range(2000)]
    feed(watched, cycle)
    assert not feed(watched, [at(2000 + step, resting) for step in range(2000)])


def test_a_coarse_slow_series_sets_its_own_measure_of_stuck() -> None:
    watched = monitor(warmup_span_s=0)
    stairs = [at(step, 20.0 + (step // 200) % 3) for step in range(3000)]
    feed(watched, stairs)
    assert not feed(watched, [at(3000 + step, 20.0) for step in range(900)])
    assert started(feed(watched, [at(3900 + step, 20.0) for step in range(300)]))


def test_a_series_that_is_constant_by_nature_is_never_stuck() -> None:
    assert not feed(monitor(warmup_span_s=0), [at(step, 50.0) for step in range(5000)])


def test_a_restored_monitor_goes_on_as_if_nothing_had_happened() -> None:
    random = Random(11)
    readings = [
        *noisy(random, 1500),
        *(at(1500 + step, 10 + step) for step in range(40)),
        *noisy(random, 100, start_s=1540),
        *(at(1640 + step, 10.5) for step in range(60)),
        *noisy(random, 60, start_s=1700),
    ]
    whole = monitor(warmup_span_s=0)
    expected = [whole.run([(i, *row)], PLACE, frozen=False) for i, row in enumerate(readings)]
    assert sum(map(len, expected)) >= 4
    for cut in (3, 1200, 1530, 1545, 1560, 1672, 1690, 1702):
        first, second = monitor(warmup_span_s=0), monitor(warmup_span_s=0)
        for i, row in enumerate(readings[:cut]):
            first.run([(i, *row)], PLACE, frozen=False)
        second.restore(msgpack.unpackb(msgpack.packb(first.state())))
        rest = [
            second.run([(i, *row)], PLACE, frozen=False)
            for i, row in enumerate(readings[cut:], cut)
        ]
        assert rest == expected[cut:]
