"""NAB's scoring, against what its authors' definitions give by hand, and on their data where it is there."""

import os
from pathlib import Path

import numpy as np
import pytest

from anomaly.backtest.table import Table
from kernel.errors import InvalidInput
from runtime.bench import anomaly
from runtime.bench.anomaly import nab

STANDARD, LOW_FP, LOW_FN = nab.PROFILES


def recording(
    rows: int = 1000, *windows: tuple[int, int], name: str = "a/one.csv"
) -> nab.Recording:
    ts = np.arange(rows, dtype=np.int64) * 300_000_000
    return nab.Recording(name, Table("one", ts, {"value": np.zeros(rows)}), windows)


def scored(one: nab.Recording, *detections: int) -> nab.Detections:
    score = np.zeros(one.rows)
    score[list(detections)] = 1.0
    return nab.gather([one], [score])


def test_the_probationary_rows_are_fifteen_percent_and_at_most_750() -> None:
    assert [nab.probation(rows) for rows in (1000, 4032, 5000, 20_000)] == [150, 604, 750, 750]


def test_no_detection_is_nothing_and_the_first_row_of_each_window_everything() -> None:
    one = recording(1000, (400, 500), (700, 800))
    for profile in nab.PROFILES:
        assert nab.optimised(scored(one), profile).score == 0
        assert nab.optimised(scored(one, 400, 700), profile).score == pytest.approx(100)


def test_a_detection_counts_by_the_sigmoid_of_its_place() -> None:
    one = recording(1000, (400, 499))
    middle = nab.at_threshold(scored(one, 450), STANDARD, 1.0).score
    place = 2 / (1 + np.exp(-2.5)) - 1
    best = 2 / (1 + np.exp(-5.0)) - 1
    assert middle == pytest.approx(100 * (place / best + 1) / 2)
    assert nab.at_threshold(scored(one, 450, 460, 499), STANDARD, 1.0).score == middle


@pytest.mark.parametrize(("profile", "weight"), [(STANDARD, 0.11), (LOW_FP, 0.22), (LOW_FN, 0.11)])
def test_false_detections_cost_more_the_farther_behind_a_window(
    profile: nab.Profile, weight: float
) -> None:
    one = recording(1000, (400, 420))
    span = 1 + profile.missed

    def lost(row: int) -> float:
        whole = nab.at_threshold(scored(one, 400), profile, 1.0).score
        return whole - nab.at_threshold(scored(one, 400, row), profile, 1.0).score

    assert lost(200) == pytest.approx(100 * weight / span)
    assert lost(900) == pytest.approx(100 * weight / span)
    assert 0 < lost(421) < lost(425) < lost(440) < lost(900)
    assert lost(100) == 0  # probationary


def test_the_optimiser_takes_the_best_threshold() -> None:
    one = recording(1000, (400, 420))
    score = np.zeros(one.rows)
    score[[400, 600, 601]] = 0.9, 0.5, 0.5
    best = nab.optimised(nab.gather([one], [score]), STANDARD)
    assert (best.threshold, best.false_rows) == (0.9, 0)
    assert best.score == pytest.approx(100)


def test_events_are_runs_of_alarms() -> None:
    one = recording(1000, (400, 420))
    alarm = np.zeros(one.rows, np.bool_)
    alarm[10:20] = alarm[395:405] = alarm[600:640] = True
    found = nab.events([one], [alarm])
    assert (found.hit, found.windows, found.false_events) == (1, 1, 1)
    assert found.sensor_days == pytest.approx(849 * 300 / 86_400)


def test_held_out_thresholds_never_see_the_folder_they_are_for() -> None:
    two = [recording(1000, (400, 420)), recording(1000, (400, 420), name="b/two.csv")]
    scores = [np.zeros(1000), np.zeros(1000)]
    scores[0][400], scores[1][400] = 5.0, 0.5
    assert nab.held_out(two, scores, STANDARD) == pytest.approx(50)


def test_data_must_be_named_and_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREWARN_BENCH_DATA", raising=False)
    with pytest.raises(InvalidInput, match="--data"):
        anomaly.run(print)
    with pytest.raises(InvalidInput, match="neither"):
        anomaly.run(print, data=tmp_path)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_benchmarks_are_beaten_where_their_data_is() -> None:
    data = os.environ.get("FOREWARN_BENCH_DATA")
    if not data:
        pytest.skip("NOT RUN: FOREWARN_BENCH_DATA names no folder with NAB and SKAB")
    found = {figure.name: figure.value or 0.0 for figure in anomaly.run(print, data=Path(data))}
    assert found["nab_standard"] > 75.4
    assert found["nab_low_fp"] > 70.1
    assert found["nab_at_limit_windows"] >= 68
    assert found["skab_false_per_hour"] <= 0.7
