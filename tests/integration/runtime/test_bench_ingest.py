"""`forewarn bench ingest` from end to end, with few rows: its figures, not their size."""

import json
from pathlib import Path

import pytest

from runtime import cli
from runtime.bench import ingest


@pytest.mark.long
@pytest.mark.usefixtures("_small")
def test_every_promised_figure_is_measured(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    assert cli.run(["bench", "ingest", "--json", str(target)]) == 0
    figures = {figure["name"]: figure for figure in json.loads(target.read_text())["figures"]}
    rate = figures["ingest_postgres"]
    assert rate["low"] <= rate["value"] <= rate["high"]
    assert rate["ratio_low"] <= rate["ratio_high"]
    assert rate["ratio"] > 0
    assert figures["source to queryable at half load, p99"]["value"] > 0
    for name in ("ingest_postgres: memory", "memory in a flood"):
        assert 0 < figures[name]["value"] < ingest.RSS_AIM_MB
    for what in ("messages", "readings"):
        cost = figures[f"ingest_postgres: cost of 1 % malformed {what}"]
        assert (cost["unit"], cost["against"]) == ("%", ingest.MALFORMED_COST_AIM)
        assert cost["low"] <= cost["value"] <= cost["high"]
        assert figures[f"ingest_postgres: processor cost of 1 % malformed {what}"]["unit"] == "%"
    timescale = figures["ingest_timescale"]
    assert timescale["value"] > 0
    assert "WASM" in timescale["path"]


def test_another_database_is_for_ingest_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bench", "path", "--dsn", "postgresql://nowhere"]) == 2
    assert "bench ingest" in capsys.readouterr().err


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ingest.TIMESCALE_VARIABLE, raising=False)
    for name, value in {
        "ROUNDS": 2,
        "MALFORMED_ROUNDS": 2,
        "MALFORMED_ROUNDS_IN_WASM": 1,
        "MALFORMED_ROWS": 20_000,
        "ROWS": 20_000,
        "LATENCY_SECONDS": 0.5,
        "FLOOD_SECONDS": 0.5,
        "FLOOD_FRAMES": 60,
    }.items():
        monkeypatch.setattr(ingest, name, value)
