"""The limit of scores: about the part of them that was asked for lies beyond it."""

import math
from random import Random

import msgpack
import pytest

from anomaly.detectors.river_models.tail import Tail


@pytest.mark.parametrize("shape", ["exponential", "uniform", "normal", "heavy"])
def test_the_part_beyond_the_limit_is_what_was_asked_for(shape: str) -> None:
    random = Random(shape)

    def draw() -> float:
        if shape == "exponential":
            return random.expovariate(1.0)
        if shape == "uniform":
            return random.random()
        return abs(random.gauss(0.0, 1.0)) if shape == "normal" else random.paretovariate(5.0)

    tail = Tail(beyond=0.001)
    for _ in range(15_000):
        tail.learn(draw())
    beyond = sum(draw() > tail.limit() for _ in range(100_000)) / 100_000
    assert 0.0004 < beyond < 0.0022


def test_what_it_said_when_young_is_forgotten() -> None:
    random, tail = Random(1), Tail(beyond=1e-4)
    for _ in range(400):
        tail.learn(random.uniform(50.0, 60.0))
    assert tail.measure(30.0) == 0.0
    for _ in range(1200):
        tail.learn(random.random())
    assert tail.measure(30.0) > 1.0


def test_no_limit_lies_where_no_score_can_reach() -> None:
    random, tail = Random(2), Tail(beyond=1e-7, top=1.0)
    for _ in range(500):
        tail.learn(random.expovariate(4.0) % 0.999)
    assert tail.measure(1.0) >= 1.0


def test_equal_scores_have_a_limit_too() -> None:
    tail = Tail(beyond=1e-4)
    for _ in range(300):
        tail.learn(0.25)
    assert tail.measure(0.25) == 0.0
    assert math.isfinite(tail.measure(0.26))
    assert tail.measure(0.26) > 1.0


def test_a_restored_tail_measures_the_same() -> None:
    random = Random(3)
    for learnt in (130, 20_500, 45_000):
        tail, twin = Tail(1e-4), Tail(1e-4)
        for _ in range(learnt):
            tail.learn(random.random())
        twin.restore(msgpack.unpackb(msgpack.packb(tail.state())))
        for _ in range(300):
            score = random.random() * 1.1
            assert tail.measure(score) == twin.measure(score)
            tail.learn(score)
            twin.learn(score)
        assert tail.state() == twin.state()
