"""The compiled bank against River's objects, one reading after the other: the same, bit by bit."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import stats

from anomaly.bank import layout, moments
from anomaly.bank.bank import Bank
from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.deviations import Transition
from anomaly.scoring.lane import LaneModels
from anomaly.settings import AnomalySettings
from anomaly.sources import LaneKey, MemoryFrame, SeriesInfo
from tests.unit.anomaly.driving import section
from tests.unit.anomaly.reference import ReferenceLane

START = datetime(2026, 11, 1, tzinfo=UTC)
START_US = round(START.timestamp() * 1e6)
LIVE = LaneKey("gw", UUID("89abcdef-0123-4567-89ab-cdef01234567"), "live")
RANGES = (
    SeriesRange(), SeriesRange(0.0, 20.0), SeriesRange(None, 15.0), SeriesRange(-50.0, 1e6),
    SeriesRange(), SeriesRange(0.0, 100.0),
)  # fmt: skip
INFOS = {
    number: SeriesInfo(number, f"asset-{number % 2}", f"s{number}", "", "other", plant)
    for number, plant in enumerate(RANGES)
} | {7: SeriesInfo(7, "asset-0", "switch", "", "state", SeriesRange(), scored=False)}
SERIES = (*INFOS, 9)

# What a series may do for a while, and its clock.
SHAPES = {
    "noise": lambda random, _: random.gauss(10, 1),
    "fault": lambda random, n: random.gauss(10, 1) + 40 + n,
    "low": lambda random, _: random.gauss(-40, 1),
    "ramp": lambda random, n: random.gauss(10, 1) + n * 0.5,
    "stuck": lambda _random, _: 10.25,
    "zero": lambda random, _: -0.0 if random.random() < 0.1 else 0.0,
    "spikes": lambda random, _: random.choice((10.0, 1e6, -1e99, 10.1, 10.2)),
    "poison": lambda random, _: random.choice((1e308, -1e308, 5e-324, 1e100, 7.0)),
    "storm": lambda random, _: random.choice((math.nan, math.inf, -math.inf, 10.0)),
    "stairs": lambda _random, n: 20.0 + (n // 7) % 3,
}
CLOCKS = {
    "steady": lambda _random, ts: ts + 1_000_000,
    "slow": lambda _random, ts: ts + 40_000_000,
    "still": lambda _random, ts: ts,
    "back": lambda _random, ts: ts - 500_000,
    "mad": lambda random, _ts: random.randrange(-(2**50), 2**51),
    "uneven": lambda random, ts: ts + random.randrange(0, 90_000_000),
}

Phase = tuple[str, str, int, float]
phases = st.lists(
    st.tuples(
        st.sampled_from(sorted(SHAPES)),
        st.sampled_from(sorted(CLOCKS)),
        st.integers(1, 120),
        st.sampled_from([0.0, 0.3, 1.0]),
    ),
    min_size=2,
    max_size=8,
)
sections = st.builds(
    AnomalySettings,
    warmup_readings=st.sampled_from([32, 100]),
    warmup_span_s=st.sampled_from([0.0, 200.0]),
    learn_every_s=st.sampled_from([0.0, 30.0]),
    raise_readings=st.sampled_from([1, 5]),
    raise_window=st.sampled_from([3, 8, 63, 64]),
    clear_readings=st.sampled_from([3, 20]),
    flatline_readings=st.sampled_from([3, 30]),
    flatline_s=st.sampled_from([0.0, 10.0]),
    gap_s=st.sampled_from([6.0, 120.0]),
    # River has none of these.
    record_breaks=st.sampled_from([False]),
    device_models=st.sampled_from([False]),
)


def stream(random: Random, plan: list[Phase]) -> Iterator[MemoryFrame]:
    """Every series passes through the plan, each from another place in it, in frames of all sizes."""
    seq, at, clocks = 0, START, dict.fromkeys(SERIES, START_US)
    rotated = {number: plan[n % len(plan) :] + plan for n, number in enumerate(SERIES)}
    queue: list[tuple[int, int, float, int]] = []
    for step in range(len(plan)):
        for n in range(120):
            for number in SERIES:
                shape, clock, length, share = rotated[number][step]
                # Not every series is in every frame, and some are away for long.
                if n < length and random.random() < share:
                    clocks[number] = CLOCKS[clock](random, clocks[number])
                    quality = random.choice((0, 0, 0, 0, 0x4000_0000, 0x8000_0000))
                    queue.append((number, clocks[number], SHAPES[shape](random, n), quality))
            while len(queue) >= (size := random.randrange(1, 40)):
                at += timedelta(seconds=random.choice((0, 0.2, 1, 5, 60)))
                yield MemoryFrame.of(seq, at, queue[:size])
                queue, seq = queue[size:], seq + 1


def lane_models(chosen: AnomalySettings, *, stable: bool) -> LaneModels:
    models = LaneModels(shipped.EW_CHART, chosen)
    models.bank = Bank(chosen, "live", stable=stable)
    return models


def plain(found: list[Transition]) -> str:
    """What was found, to the last bit, and equal where it is not a number."""
    return repr(found)


@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("stable", [False, True])
@given(plan=phases, chosen=sections, seed=st.integers(0, 2**32))
def test_it_does_what_rivers_objects_do(
    plan: list[Phase], chosen: AnomalySettings, seed: int, *, stable: bool
) -> None:
    random = Random(seed)
    reference, models = ReferenceLane(chosen, stable=stable), lane_models(chosen, stable=stable)
    for frame in stream(random, plan):
        expected = reference.score(LIVE, frame, INFOS)
        assert plain(models.score(LIVE, frame, INFOS)) == plain(expected)
        if random.random() < 0.02:
            saved = msgpack.unpackb(msgpack.packb(models.state()), strict_map_key=False)
            models = lane_models(chosen, stable=stable)
            models.restore(saved, INFOS)
    assert sorted(models.monitors) == sorted(reference.monitors)
    for number, monitor in reference.monitors.items():
        mine = models.monitors[number]
        assert repr(mine.detector.state()) == repr(monitor.detector.state())
        assert (mine.seen, repr(mine.last_value)) == (monitor.seen, repr(monitor.last_value))
        assert repr(mine.deviation) == repr(monitor.deviation)
    heard = models.silence.state()
    expected_heard = reference.silence.state()
    assert heard["clocks"] == expected_heard["clocks"]
    assert heard["series"] == {
        key: [float(part) for part in parts] for key, parts in expected_heard["series"].items()
    }


def test_the_streams_above_raise_every_kind_of_deviation() -> None:
    """Or the property would compare silence with silence."""
    found: set[Any] = set()
    plan: list[Phase] = [
        ("noise", "steady", 120, 1.0), ("fault", "steady", 60, 1.0), ("noise", "steady", 120, 1.0),
        ("low", "steady", 30, 1.0), ("noise", "uneven", 120, 1.0), ("stuck", "steady", 120, 1.0),
        ("noise", "steady", 100, 0.0), ("poison", "mad", 50, 1.0),
    ]  # fmt: skip
    chosen = section(warmup_readings=32, warmup_span_s=0, gap_s=6, flatline_s=5)
    models = lane_models(chosen, stable=True)
    for seed in range(4):
        for frame in stream(Random(seed), plan):
            for transition in models.score(LIVE, frame, INFOS):
                found.add(transition.deviation.record)
                found.add(transition.change)
    assert found >= {*layout.RECORDS[1:], "started", "worsened", "ended"}


finite = st.floats(-1e6, 1e6)


@given(st.lists(finite, min_size=1, max_size=60), st.floats(0.0005, 1))
def test_its_moments_are_rivers_bit_by_bit(values: list[float], rate: float) -> None:
    ewmean, ewvar, variance = stats.EWMean(rate), stats.EWVar(rate), stats.Var()
    mean, square = values[0], values[0] * values[0]
    n = early = squares = 0.0
    for place, value in enumerate(values):
        ewmean.update(value)
        ewvar.update(value)
        variance.update(value)
        if place:
            mean = moments.ew_mean(mean, value, rate)
            square = moments.ew_mean(square, value * value, rate)
        n, early, squares = moments.running(n, early, squares, value)
        assert mean == ewmean.get()
        assert square - mean * mean == ewvar.get()
        assert (n, early) == (variance.mean.n, variance.mean.get())
        assert moments.running_variance(n, squares) == variance.get()


def test_the_stable_variance_does_not_cancel_where_rivers_does() -> None:
    random, rate, level = Random(1), 0.01, 1e9
    ewvar = stats.EWVar(rate)
    mean = variance = 0.0
    small_mean = small_variance = 0.0
    for _ in range(5000):
        value = random.gauss(0, 1)
        ewvar.update(level + value)
        mean, variance = moments.ew_stable(mean or level, variance, level + value, rate)
        small_mean, small_variance = moments.ew_stable(small_mean, small_variance, value, rate)
    assert variance == pytest.approx(small_variance, rel=1e-6)
    assert abs(ewvar.get() - small_variance) > 0.1


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=60), st.floats(0.01, 1))
def test_the_stable_variance_is_rivers_where_that_is_exact_enough(
    values: list[float], rate: float
) -> None:
    ewvar = stats.EWVar(rate)
    mean, variance = values[0], 0.0
    ewvar.update(values[0])
    for value in values[1:]:
        ewvar.update(value)
        mean, variance = moments.ew_stable(mean, variance, value, rate)
    assert variance == pytest.approx(ewvar.get(), abs=1e-7)


def test_state_is_small_and_does_not_grow() -> None:
    bank = Bank(section(), "live")
    of_a_series = (layout.REALS + layout.WHOLES + layout.SCRATCHES) * 8
    assert of_a_series <= 4096
    for number in range(1000):
        bank.place(SeriesInfo(number, "a", "s", "", "other", SeriesRange()), 1)
    sizes = {name: getattr(bank, name).nbytes for name in ("real", "whole", "scratch")}
    assert sum(sizes.values()) <= 2 * 1000 * of_a_series


def test_a_bank_of_another_layout_is_refused() -> None:
    bank = Bank(section(), "live")
    for broken in (
        {**bank.state(), "layout": layout.LAYOUT + 1},
        {**bank.state(), "real": b"1234"},
        {},
    ):
        with pytest.raises((KeyError, ValueError)):
            Bank(section(), "live").restore(broken, INFOS)


def test_many_series_come_and_go_and_each_keeps_its_own_state() -> None:
    random = Random(3)
    chosen = section(warmup_readings=32, warmup_span_s=0)
    numbers = random.sample(range(10**6), 500)
    infos = {n: SeriesInfo(n, "a", "s", "", "other", SeriesRange()) for n in numbers}
    models = LaneModels(shipped.EW_CHART, chosen)
    for seq in range(60):
        rows = [(n, START_US + seq * 10**6, n + random.gauss(0, 1)) for n in numbers]
        models.score(LIVE, MemoryFrame.of(seq, START, rows), infos)
        if seq == 40:
            for gone in numbers[::7]:
                models.forget(gone)
    for n in numbers:
        band = models.monitors[n].detector.band()
        if n in set(numbers[::7]):
            assert band is None
        else:
            assert band is not None
            assert band[0] < n < band[1]


def test_facts_are_asked_again_when_they_may_have_changed() -> None:
    models = LaneModels(shipped.EW_CHART, section(warmup_readings=32, warmup_span_s=0))
    rows = [(1, START_US, 5.0)]
    models.score(LIVE, MemoryFrame.of(0, START, rows), {})
    assert not models.monitors
    models.score(LIVE, MemoryFrame.of(1, START, rows), {1: INFOS[1]})
    assert models.monitors[1].seen == 1
    models.score(LIVE, MemoryFrame.of(2, START, rows), {})
    assert models.monitors[1].seen == 1
    models.score(LIVE, MemoryFrame.of(3, START, rows), {1: INFOS[1]})
    assert models.monitors[1].seen == 2


def test_frames_whose_arrays_are_not_their_own_are_scored_all_the_same() -> None:
    models = LaneModels(shipped.EW_CHART, section())
    numbers = np.repeat(np.arange(4, dtype=np.int32), 2)[::2]
    value = np.frombuffer(np.arange(4.0).tobytes())
    times = np.frombuffer(np.full(4, START_US).tobytes(), np.int64)
    quality = np.zeros(8, np.uint32)[::2]
    models.score(LIVE, MemoryFrame(0, START, numbers, times, value, quality), INFOS)
    assert [models.monitors[n].last_value for n in range(4)] == [0.0, 1.0, 2.0, 3.0]
