"""One battery that every registered detector must pass."""

import math
from random import Random

import msgpack
import pytest

from anomaly.detectors import base, shipped
from anomaly.detectors.base import Detector, DetectorKind, SeriesRange
from anomaly.deviations import Record
from anomaly.errors import UnknownDetector
from anomaly.scoring.monitor import SeriesMonitor
from tests.unit.anomaly.driving import feed, noisy, section, started

KINDS = [shipped.EW_CHART, shipped.GAUSSIAN]
RANGE = SeriesRange(0.0, 100.0)


def make(kind: DetectorKind) -> Detector:
    return kind.make(section(warmup_readings=100, warmup_span_s=0, learn_every_s=0), RANGE)


def teach(detector: Detector, readings: list[tuple[int, float]]) -> list[float]:
    scores = []
    for ts_us, value in readings:
        detector.follow_one(value, ts_us)
        scores.append(detector.score_one(value, ts_us).value)
        detector.learn_one(value, ts_us)
    return scores


def test_the_battery_covers_the_whole_registry() -> None:
    assert [kind.name for kind in sorted(KINDS, key=lambda kind: kind.name)] == (
        base.detector_names()
    )


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownDetector, match="ew_chart, gaussian"):
        base.detector_kind("oracle")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
class TestEvery:
    def test_it_says_nothing_before_it_is_warm(self, kind: DetectorKind) -> None:
        detector = make(kind)
        assert detector.band() is None
        score = detector.score_one(1e9, 0)
        assert (score.value, score.warm) == (0.0, False)
        assert not any(teach(detector, noisy(Random(1), 100)))

    def test_scoring_changes_nothing(self, kind: DetectorKind) -> None:
        detector = make(kind)
        teach(detector, noisy(Random(2), 300))
        before = detector.state()
        first = detector.score_one(50.0, 300)
        for value in (1e9, -1e9, 0.0):
            detector.score_one(value, 301)
        assert detector.state() == before
        assert detector.score_one(50.0, 300) == first

    def test_it_tells_normal_from_far_out_and_on_which_side(self, kind: DetectorKind) -> None:
        for level, sign in ((60.0, 1), (-60.0, -1)):
            detector = make(kind)
            assert max(map(abs, teach(detector, noisy(Random(3), 600)))) < 1.0
            for _ in range(60):
                detector.follow_one(level, 600)
            score = detector.score_one(level, 600)
            assert score.value * sign > 1.0
            assert score.low < 10.0 < score.high

    def test_a_restored_state_goes_on_bit_by_bit(self, kind: DetectorKind) -> None:
        for taught in (0, 1, 2, 50, 100, 400):
            random = Random(taught)
            detector, twin = make(kind), make(kind)
            teach(detector, noisy(random, taught))
            twin.restore(msgpack.unpackb(msgpack.packb(detector.state())))
            more = noisy(random, 200, start_s=taught)
            assert teach(detector, more) == teach(twin, more)
            assert detector.state() == twin.state()
            assert detector.learnt == twin.learnt

    def test_its_state_stays_small(self, kind: DetectorKind) -> None:
        detector = make(kind)
        teach(detector, noisy(Random(5), 5000))
        assert len(msgpack.packb(detector.state())) < 4096

    def test_a_foreign_state_is_refused(self, kind: DetectorKind) -> None:
        with pytest.raises((KeyError, TypeError, ValueError)):
            make(kind).restore({"something": "else"})

    def test_a_constant_series_is_as_expected(self, kind: DetectorKind) -> None:
        detector = make(kind)
        scores = teach(detector, [(step, 7.0) for step in range(300)])
        assert max(map(abs, scores)) < 1.0
        assert all(map(math.isfinite, scores))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_was_always_the_same_and_changes_is_told_through_a_monitor(kind: DetectorKind) -> None:
    chosen = section(warmup_readings=100, warmup_span_s=0, learn_every_s=0)
    watched = SeriesMonitor(1, kind.make(chosen, SeriesRange()), chosen, SeriesRange())
    told = feed(watched, [(step, 7.0) for step in range(300)])
    told += feed(watched, [(step, 8.0 + step % 2) for step in range(300, 340)])
    assert [transition.deviation.record for transition in started(told)][:1] == [Record.HIGH]
