"""One battery that every River model in the catalogue must pass as the detector of a series."""

import math
from random import Random

import msgpack
import pytest

from anomaly.detectors.base import Detector
from anomaly.detectors.river_models.components import DETECTING, offered
from anomaly.detectors.river_models.spec import RiverSpec
from tests.unit.anomaly.driving import SECOND, noisy
from tests.unit.anomaly.river_models.descriptions import ALL, described, detector, named

each = pytest.mark.parametrize("spec", ALL, ids=named)


def teach(target: Detector, readings: list[tuple[int, float]]) -> list[float]:
    """Feed readings as a monitor does: what is beyond the limit is not learnt."""
    scores = []
    for ts_us, value in readings:
        target.follow_one(value, ts_us)
        score = target.score_one(value, ts_us)
        scores.append(score.value)
        if abs(score.value) < 1.0:
            target.learn_one(value, ts_us)
    return scores


def packed(target: Detector) -> bytes:
    state: bytes = msgpack.packb(target.state())
    return state


def restored(spec: RiverSpec, state: bytes) -> Detector:
    twin = detector(spec)
    twin.restore(msgpack.unpackb(state))
    return twin


def test_the_battery_covers_every_detector_of_the_catalogue() -> None:
    covered = {spec.judged.name for spec in ALL} | {spec.steps[-1]["name"] for spec in ALL}
    assert covered == {one.name for one in offered() if one.role in DETECTING}


@each
def test_it_says_nothing_before_it_is_warm(spec: RiverSpec) -> None:
    target = detector(spec)
    assert target.band() is None
    assert not any(teach(target, noisy(Random(1), 300)))
    score = target.score_one(1e9, 300 * SECOND)
    assert (score.value, score.warm) == (0.0, False)


@each
def test_scoring_changes_nothing(spec: RiverSpec) -> None:
    target = detector(spec)
    teach(target, noisy(Random(2), 500))
    before = packed(target)
    first = target.score_one(10.5, 500 * SECOND)
    for value in (1e9, -1e9, 0.0):
        target.score_one(value, 501 * SECOND)
    assert packed(target) == before
    assert target.score_one(10.5, 500 * SECOND) == first


@each
def test_it_tells_a_lasting_jump_from_noise_and_on_which_side(spec: RiverSpec) -> None:
    for level, sign in ((60.0, 1), (-60.0, -1)):
        target = detector(spec)
        calm = teach(target, noisy(Random(3), 1500))
        assert sum(abs(score) >= 1.0 for score in calm) <= 75
        assert target.band() is not None
        scores = []
        for step in range(1500, 1700):
            target.follow_one(level, step * SECOND)
            scores.append(target.score_one(level, step * SECOND).value * sign)
        # Drift detectors tell it once they are sure, and for a while only.
        assert sum(score >= 1.0 for score in scores) >= 40


@each
def test_a_restored_model_scores_the_same_bit_by_bit(spec: RiverSpec) -> None:
    for taught in (0, 1, 2, 150, 600):
        random = Random(taught)
        target = detector(spec)
        teach(target, noisy(random, taught))
        twin = restored(spec, packed(target))
        more = [*noisy(random, 300, start_s=taught), *noisy(random, 50, start_s=2000, level=30.0)]
        assert teach(target, more) == teach(twin, more)
        assert target.learnt == twin.learnt


@each
def test_its_memory_is_bounded(spec: RiverSpec) -> None:
    target = detector(spec)
    random = Random(5)
    teach(target, noisy(random, 1200))
    early = len(packed(target))
    for index in range(4):
        teach(target, noisy(random, 400, start_s=2000 + 1000 * index, level=10.0 + 0.01 * index))
    assert len(packed(target)) <= 1.3 * early + 2000


@each
def test_wild_values_raise_nothing_from_it_and_poison_nothing(spec: RiverSpec) -> None:
    target = detector(spec)
    readings = noisy(Random(6), 700)
    for place in (5, 200, 350):  # while warming up
        ts_us, _ = readings[place]
        readings[place] = (ts_us, 1e100)
    teach(target, readings)
    score = target.score_one(10.0, 700 * SECOND)
    assert score.warm
    assert abs(score.value) < 1.0
    for value in (1e100, -1e100):
        assert math.isfinite(target.score_one(value, 701 * SECOND).value)


@each
def test_a_constant_series_is_as_expected(spec: RiverSpec) -> None:
    scores = teach(detector(spec), [(step * SECOND, 7.0) for step in range(700)])
    assert max(map(abs, scores)) < 1.0
    assert all(map(math.isfinite, scores))


@each
def test_a_foreign_state_is_refused(spec: RiverSpec) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        detector(spec).restore({"something": "else"})


@pytest.mark.parametrize("every_s", [0.0, 10.0])
def test_once_warm_it_learns_as_often_as_described(every_s: float) -> None:
    target = detector(described("anomaly.StandardAbsoluteDeviation", learn_every_s=every_s))
    teach(target, noisy(Random(7), 1000))
    learnt = target.learnt
    teach(target, noisy(Random(8), 200, start_s=1000))
    assert target.learnt - learnt == pytest.approx(200 if every_s == 0.0 else 20, abs=2)


def test_a_model_that_scores_late_is_judged_late() -> None:
    steps = [
        {"name": "preprocessing.StandardScaler"},
        {"name": "forewarn.UnitInterval"},
        {"name": "anomaly.HalfSpaceTrees", "parameters": {"window_size": 700}},
    ]
    target = detector(RiverSpec.check({"steps": steps, "learn_every_s": 0.0}))
    scores = teach(target, noisy(Random(9), 2000))
    assert not any(scores[:700])
    assert sum(abs(score) >= 1.0 for score in scores) <= 60
    assert target.band() is not None
