"""Figures of alarms: rates, precision with its interval, likeness."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anomaly.alarms.facts import AlarmFacts
from anomaly.performance.rules import Load, Peak, load_of, peak_of, precision_of, rate_of, wilson
from anomaly.performance.similarity import similarity

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_day_with_one_flood() -> None:
    rate = rate_of({0: 3, 7: 25, 143: 8}, timedelta(days=1))
    assert (rate.told, rate.periods, rate.most, rate.floods) == (36, 144, 25, 1)
    assert rate.average == pytest.approx(0.25)
    assert rate.flood_part == pytest.approx(1 / 144)
    assert (rate.load, rate.peak) == (Load.ACCEPTABLE, Peak.HARD)


def test_nothing_told_is_a_rate_too() -> None:
    rate = rate_of({}, timedelta(minutes=3))
    assert (rate.told, rate.periods, rate.average, rate.most) == (0, 1, 0.0, 0)


@pytest.mark.parametrize(
    ("average", "load"),
    [(0.9, "acceptable"), (1.9, "manageable"), (5, "over_demanding"), (11, "unacceptable")],
)
def test_what_eemua_191_says_of_an_average(average: float, load: str) -> None:
    assert load_of(average) == load


@pytest.mark.parametrize(("most", "peak"), [(10, "manageable"), (11, "hard"), (101, "excessive")])
def test_what_eemua_191_says_of_a_peak(most: int, peak: str) -> None:
    assert peak_of(most) == peak


def test_precision_counts_nuisance_against_a_detector() -> None:
    found = precision_of("ew_chart/2", 20, {"true": 6, "false": 1, "nuisance": 3})
    assert (found.judged, found.precision) == (10, 0.6)
    # Tabulated: 6 of 10 by Wilson's score.
    assert found.low == pytest.approx(0.3127, abs=1e-4)
    assert found.high == pytest.approx(0.8318, abs=1e-4)
    assert precision_of("x", 3, {}).precision is None


@given(st.integers(0, 500), st.integers(1, 500))
@example(0, 3)  # rounding put the proportion outside
def test_the_interval_holds_the_proportion_and_narrows(hits: int, more: int) -> None:
    trials = hits + more
    low, high = wilson(hits, trials)
    assert 0 <= low <= hits / trials <= high <= 1
    wide = wilson(hits * 4, trials * 4)
    assert wide[1] - wide[0] < high - low


def alarm(**facts: object) -> AlarmFacts:
    cause = {"series_name": "vibration_de", "record": "high", "score": 3.0}
    values = dict.fromkeys(AlarmFacts.__dataclass_fields__)
    values |= {
        "id": "alm_1", "asset_id": "ast_1", "category": "machine", "failure_mode": "bearing_wear",
        "cause": cause, "contributors": [cause], "onset_at": NOW,
    }  # fmt: skip
    return AlarmFacts(**(values | facts))  # type: ignore[arg-type]  # each test gives what it needs


def parts(*scores: float) -> list[dict[str, object]]:
    return [
        {"series_name": f"s{number}", "record": "high", "score": score}
        for number, score in enumerate(scores)
        if score > 0
    ]


def test_likeness_is_one_for_the_same_and_less_the_less_is_common() -> None:
    one = alarm()
    assert similarity(one, one) == pytest.approx(1.0)
    elsewhere = replace(one, asset_id="ast_2")
    other_mode = replace(elsewhere, failure_mode="imbalance")
    other_side = replace(
        other_mode, contributors=[{"series_name": "vibration_de", "record": "low", "score": 3.0}]
    )
    scores = [similarity(one, each) for each in (elsewhere, other_mode, other_side)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0
    assert similarity(one, replace(one, category="sensor")) == 0


SCORES = st.lists(st.floats(0, 1e300), min_size=4, max_size=4)


@given(SCORES, SCORES)
def test_likeness_is_between_0_and_1_and_mutual(one: list[float], other: list[float]) -> None:
    a, b = alarm(contributors=parts(*one)), alarm(contributors=parts(*other))
    assert similarity(a, b) == pytest.approx(similarity(b, a))
    assert 0 <= similarity(a, b) <= 1 + 1e-9
    assert math.isfinite(similarity(a, alarm(contributors=[], cause={})))
