"""Measurements are reported in one form, as a table and as JSON."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from runtime import cli
from runtime.bench.figures import (
    Figure,
    as_json,
    as_table,
    growth_percent,
    median_between,
    percentile,
)
from runtime.commands import bench

FIGURES = [
    Figure("way, p95", 0.5, "s", 2.0, rows=40, clients=1, path="from here to there"),
    Figure("memory of api", 188.4, "MB"),
]


def test_the_json_has_the_promised_form() -> None:
    report = json.loads(as_json(FIGURES))
    assert set(report) == {"machine", "figures"}
    assert report["machine"]["cores"] >= 1
    assert report["machine"]["memory_mb"] > 0
    assert report["figures"][0] == {
        "name": "way, p95",
        "value": 0.5,
        "unit": "s",
        "against": 2.0,
        "ratio": 0.25,
        "rows": 40,
        "clients": 1,
        "path": "from here to there",
        "low": None,
        "high": None,
        "ratio_low": None,
        "ratio_high": None,
    }
    assert report["figures"][1]["ratio"] is None


@pytest.mark.parametrize(
    ("width", "where_room_is"), [(80, []), (150, ["40", "1"])], ids=["narrow", "wide"]
)
def test_the_table_shows_the_same(
    capsys: pytest.CaptureFixture[str], width: int, where_room_is: list[str]
) -> None:
    Console(width=width).print(as_table(FIGURES, width))
    said = capsys.readouterr().out
    values = ["way,", "p95", "0.5", "s", "2", "0.25", *where_room_is, "[1]"]
    assert said.splitlines()[1].split() == values


@pytest.mark.parametrize(("part", "value"), [(0.0, 1), (0.5, 6), (0.95, 10), (1.0, 10)])
def test_percentiles_are_values_that_were_measured(part: float, value: int) -> None:
    assert percentile([7, 3, 1, 9, 5, 2, 10, 6, 4, 8], part) == value


def test_a_measurement_is_run_by_name_and_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from runtime.bench import path

    monkeypatch.setattr(path, "run", lambda _, **__: FIGURES)
    target = tmp_path / "figures.json"
    assert cli.run(["bench", "path", "--json", str(target)]) == 0
    said = capsys.readouterr().out
    assert "way, p95" in said
    assert "[1] from here to there\n" in said
    assert [f["name"] for f in json.loads(target.read_text())["figures"]] == [
        "way, p95",
        "memory of api",
    ]


def test_an_unknown_measurement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bench", "luck"]) == 2
    assert f"there are: {', '.join(bench.BENCHES)}" in capsys.readouterr().err


def test_growth_is_from_after_the_warm_up_to_the_end_and_one_burst_is_none() -> None:
    warm_up, steady = [10.0, 50.0, 90.0, 100.0], [100.0] * 36
    assert growth_percent(warm_up + steady) == 0
    burst = warm_up + steady
    burst[-2] = 500.0
    assert growth_percent(burst) == 0
    leaking = [100.0 + n / 10 for n in range(1000)]
    assert growth_percent(leaking) == pytest.approx((194.95 / 114.95 - 1) * 100)
    assert growth_percent([100.0, 100.0]) == 0
    assert growth_percent([100.0]) == 0


@pytest.mark.parametrize(
    ("count", "rank", "confidence"),
    [(1, 1, 0.0), (5, 1, 0.9375), (6, 1, 0.96875), (10, 2, 0.978516), (20, 6, 0.958611)],
)
def test_the_median_lies_between_the_ranks_of_the_tables(
    count: int, rank: int, confidence: float
) -> None:
    """The sign test's interval, as printed in tables of distribution-free confidence intervals."""
    low, high, sure = median_between([float(value) for value in range(count, 0, -1)])
    assert (low, high) == (rank, count + 1 - rank)
    assert sure == pytest.approx(confidence, abs=1e-6)
