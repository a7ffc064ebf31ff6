"""The shipped detector: quiet on normal plants, quick on faults, true to River, hard to poison."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import stats

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.detectors.ew_chart import EwChart
from anomaly.detectors.excursions import Excursions
from tests.support.plant import machine, times
from tests.unit.anomaly.driving import SECOND, feed, monitor, noisy, section, started

DAY = 86_400.0


def chart(**changes: float) -> EwChart:
    return EwChart(shipped.chart_parameters(section(**changes)), SeriesRange())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_days_of_slow_history_and_live_data_at_half_a_second_raise_nothing(seed: int) -> None:
    signals = machine(seed, times(2 * DAY, 1800))
    for name in signals.values:
        assert not feed(monitor(), signals.readings(name)), name


def test_a_machine_first_seen_live_is_quiet_through_its_first_day() -> None:
    signals = machine(4, times(0, DAY * 1.1, live_step_s=2.0))
    for name in signals.values:
        assert not feed(monitor(), signals.readings(name)), name


@pytest.mark.parametrize("seed", range(4))
def test_bearing_wear_is_found_within_seconds_of_leaving_what_was_seen(seed: int) -> None:
    live_s, wear_after_s = 300.0, 200.0
    wear_at_s = 2 * DAY + wear_after_s
    signals = machine(seed, times(2 * DAY, live_s), wear_at_s=wear_at_s)
    watched = monitor()
    found = started(feed(watched, signals.readings("vibration")))
    assert len(found) == 1
    highest_before = signals.values["vibration"][signals.ts_us < wear_at_s * SECOND].max()
    left_at_us = next(
        ts for ts, value in signals.readings("vibration")
        if ts > wear_at_s * SECOND and value > highest_before
    )  # fmt: skip
    assert 0 <= (found[0].ts_us - left_at_us) / SECOND <= 6.0
    assert found[0].deviation.record == "high"
    low, high = found[0].deviation.low, found[0].deviation.high
    assert low is not None
    assert high is not None
    assert found[0].deviation.seen > high
    assert watched.deviation is not None
    assert watched.deviation.seen > 2.5 * low


@given(st.lists(st.floats(-1e3, 1e3), max_size=100), st.floats(0.0005, 0.5))
def test_two_ewmeans_are_rivers_ewvar_bit_by_bit(values: list[float], rate: float) -> None:
    mean, square, variance = stats.EWMean(rate), stats.EWMean(rate), stats.EWVar(rate)
    for value in values:
        mean.update(value)
        square.update(value * value)
        variance.update(value)
        assert square.get() - mean.get() * mean.get() == variance.get()


def test_the_baseline_is_rivers_own_statistics_of_what_was_learnt() -> None:
    random, rate = Random(7), 0.01
    detector = chart(warmup_readings=100, warmup_span_s=0, learn_every_s=0, slow_rate=rate)
    readings = noisy(random, 102)
    for ts_us, value in readings:
        detector.follow_one(value, ts_us)
        detector.learn_one(value, ts_us)
    state = detector.state()
    assert state["warm"]
    assert state["learnt"] == 100
    assert state["offset"] == pytest.approx(10, abs=0.5)
    assert state["square"] == pytest.approx(1, abs=0.3)
    mean, variance = stats.EWMean(rate), stats.EWMean(rate)
    mean.update(0.0)
    variance.update(state["square"])
    for ts_us, value in noisy(random, 300, start_s=102):
        # Readings are held to what is expected of readings, which is more than of their short-term mean.
        middle = detector.state()["limits"][0]
        up, down = detector._widths(middle, hurried=True)
        away = min(max(value, middle - down), middle + up) - state["offset"]
        mean.update(away)
        variance.update(away * away)
        detector.follow_one(value, ts_us)
        detector.learn_one(value, ts_us)
    after = detector.state()
    assert (after["mean"], after["square"]) == (mean.get(), variance.get())


def test_history_and_fast_sampling_weigh_the_same() -> None:
    random = Random(1)
    slow, fast = chart(), chart()
    for detector in (slow, fast):
        for ts_us, value in noisy(random, 1500, step_s=30):
            detector.follow_one(value, ts_us)
            detector.learn_one(value, ts_us)
    learnt = fast.learnt
    for ts_us, value in noisy(random, 6000, start_s=1500 * 30, step_s=0.5):
        fast.follow_one(value, ts_us)
        fast.learn_one(value, ts_us)
    assert fast.learnt - learnt == 3000 / 30


@pytest.mark.parametrize("spike", [1e6, 1e99, -1e99])
def test_one_wild_value_neither_alarms_nor_widens_the_range(spike: float) -> None:
    random = Random(2)
    watched = monitor(warmup_span_s=0)
    feed(watched, noisy(random, 1200))
    before = watched.detector.band()
    assert before is not None
    assert not feed(watched, [(1200 * SECOND, spike), *noisy(random, 300, start_s=1201)])
    after = watched.detector.band()
    assert after is not None
    assert after[1] - after[0] < 1.2 * (before[1] - before[0])


@pytest.mark.parametrize("at", [0, 1, 5, 500])
def test_a_wild_value_while_warming_up_is_not_learnt(at: int) -> None:
    readings = noisy(Random(3), 1200)
    readings[at] = (readings[at][0], 1e99)
    watched = monitor(warmup_span_s=0)
    feed(watched, readings)
    band = watched.detector.band()
    assert band is not None
    assert 0 < band[0] < band[1] < 20


def test_a_small_change_on_a_large_level_is_seen() -> None:
    random = Random(4)
    watched = monitor(warmup_span_s=0)
    feed(watched, noisy(random, 1500, level=1e6))
    width = watched.detector.band()
    assert width is not None
    assert width[1] - width[0] == pytest.approx(
        2e4, rel=0.1
    )  # a hundredth of the level: no range known
    narrow = monitor(SeriesRange(1e6 - 100, 1e6 + 100), warmup_span_s=0)
    feed(narrow, noisy(random, 1500, level=1e6))
    band = narrow.detector.band()
    assert band is not None
    assert band[1] - band[0] < 12
    assert started(feed(narrow, noisy(random, 100, start_s=1500, level=1e6 + 20)))


def test_a_clock_that_stands_still_or_is_set_back_does_not_stop_learning_for_long() -> None:
    random = Random(5)
    detector = chart(warmup_span_s=0)
    for _, value in noisy(random, 1100):
        detector.follow_one(value, 0)
        detector.learn_one(value, 0)
    assert detector.band() is not None
    learnt = detector.learnt
    for ts_us, value in noisy(random, 100, start_s=-1e6, step_s=30):
        detector.follow_one(value, ts_us)
        detector.learn_one(value, ts_us)
    assert detector.learnt > learnt + 90


def test_a_restart_begins_in_the_middle_of_what_is_expected() -> None:
    detector = chart(warmup_span_s=0)
    for ts_us, value in noisy(Random(6), 1100):
        detector.follow_one(value, ts_us)
        detector.learn_one(value, ts_us)
    for step in range(50):
        detector.follow_one(1e9, step)
    assert detector.score_one(1e9, 0).value > 1
    detector.restart()
    assert math.isclose(detector.score_one(0.0, 0).value, 0.0, abs_tol=1e-9)


def excursion(random: Random, start_s: float, level: float) -> list[tuple[int, float]]:
    """Forty readings at a level, then some hours of what is usual."""
    return [
        *noisy(random, 40, start_s=start_s, step_s=30, level=level),
        *noisy(random, 500, start_s=start_s + 1200, step_s=30),
    ]


def test_what_comes_and_goes_is_told_a_few_times_and_then_known() -> None:
    random = Random(8)
    watched = monitor()
    feed(watched, noisy(random, 6000, step_s=30))
    told = [
        len(started(feed(watched, excursion(random, 180_000 + day * 86_400.0, 30.0))))
        for day in range(10)
    ]
    assert told[:2] == [1, 1]
    assert sum(told[6:]) == 0


def test_after_a_month_without_it_an_excursion_counts_as_the_first() -> None:
    excursions = Excursions()
    day_us = 86_400 * SECOND
    assert excursions.end(day_us) == 0.5
    assert excursions.end(2 * day_us) == pytest.approx(2 / 3, abs=0.01)
    assert excursions.end(3 * day_us) == pytest.approx(3 / 4, abs=0.01)
    assert excursions.end(300 * day_us) == pytest.approx(1 / 2, abs=0.01)


def test_a_fault_that_stays_does_not_make_itself_expected() -> None:
    random = Random(9)
    watched = monitor()
    feed(watched, noisy(random, 6000, step_s=30))
    before = watched.detector.band()
    found = feed(watched, noisy(random, 20_000, start_s=180_000, step_s=30, level=30.0))
    assert len(started(found)) == 1
    assert watched.deviation is not None
    assert watched.detector.band() == pytest.approx(before, rel=0.01)


def wandering(random: Random, count: int, step: float) -> list[tuple[int, float]]:
    level, found = 10.0, []
    for number in range(count):
        level += random.gauss(0, step)
        found.append((number * SECOND, level + random.gauss(0, 0.1)))
    return found


def test_a_young_series_that_wanders_is_given_more_room_than_one_that_only_scatters() -> None:
    widths = []
    for readings in (wandering(Random(10), 403, 0.05), noisy(Random(10), 403)):
        watched = monitor(warmup_readings=400, warmup_span_s=0)
        feed(watched, readings)
        band = watched.detector.band()
        assert band is not None
        values = [value for _, value in readings]
        widths.append((band[1] - band[0]) / (max(values) - min(values)))
    assert widths[0] > 3.0
    assert widths[1] < 1.2


def test_a_mean_is_judged_by_what_means_did_unless_readings_come_faster_than_known() -> None:
    random = Random(11)
    detector = chart(warmup_span_s=0)
    for ts_us, value in noisy(random, 6000, step_s=30):
        detector.follow_one(value, ts_us)
        detector.learn_one(value, ts_us)
    slow = detector.band()
    for ts_us, value in noisy(random, 5, start_s=180_000, step_s=0.5):
        detector.follow_one(value, ts_us)
    fast = detector.band()
    assert slow is not None
    assert fast is not None
    # The short-term mean of a few quick readings may do what single readings did.
    assert fast[1] - fast[0] > 1.5 * (slow[1] - slow[0])
