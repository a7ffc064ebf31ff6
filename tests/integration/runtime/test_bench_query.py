"""`forewarn bench query` from end to end, with few rows: its figures, not their size."""

import json
from pathlib import Path

import numpy as np
import pytest

from runtime import cli
from runtime.bench import query, query_size
from runtime.bench.query_data import FORMS, SENSORS, Stretch, signal

YEAR_ROWS = 20_000


@pytest.mark.long
def test_every_promised_figure_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(query_size.TIMESCALE_VARIABLE, raising=False)
    monkeypatch.setattr(query, "REPEATS", 3)
    monkeypatch.setattr(query_size, "ROWS_EACH", 1200)
    target = tmp_path / "figures.json"
    arguments = ["bench", "query", "--year-rows", str(YEAR_ROWS), "--json", str(target)]
    assert cli.run(arguments) == 0
    figures = {figure["name"]: figure for figure in json.loads(target.read_text())["figures"]}
    asked = {
        "latest_10k_ms": (10_000, query.LATEST_MS_AIM),
        "year_2000_points_ms": (YEAR_ROWS, query.YEAR_MS_AIM),
        "asset_30_days_ms": (YEAR_ROWS * 30 // 365 * 20, query.ASSET_MS_AIM),
    }
    for name, (rows, aim) in asked.items():
        figure = figures[name]
        assert (figure["unit"], figure["rows"], figure["against"]) == ("ms", rows, aim)
        assert 0 < figure["low"] <= figure["value"] <= figure["high"]
    everything = figures["stored"]["rows"]
    assert everything == YEAR_ROWS * 100_000_000 // 31_536_000
    for kind in ("csv", "parquet"):
        assert figures[f"export_{kind}"]["rows"] == everything
        assert figures[f"export_{kind}_memory"]["value"] > 0
        assert figures[f"export_{kind}_memory_growth"]["against"] == query.GROWTH_AIM
    assert figures["bytes_per_reading"]["value"] > 0
    assert "WASM" in figures["bytes_per_reading"]["path"]
    assert figures["bytes_per_reading before the policy"]["rows"] == 1200 * 20
    # A REAL in a double ends in 29 bits of zero; a decimal fraction does not.
    real, json_ = (figures[f"bytes_per_reading_{form}"] for form in ("real", "json"))
    assert 0 < real["value"] < json_["value"]
    assert real["rows"] == json_["rows"] == 1200 * 20


def test_options_belong_to_their_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bench", "edge", "--year-rows", "20000"]) == 2
    assert "bench query" in capsys.readouterr().err
    assert cli.run(["bench", "query", "--year-rows", "1"]) == 2


def test_a_stretch_has_its_rows_once_and_in_its_span() -> None:
    day_us = 86_400_000_000
    for rows in (1, 7, 250_001):
        stretch = Stretch([4, 5], 100 * day_us, 465 * day_us, rows)
        parts = list(stretch.columns())
        ts = np.concatenate([part.ts_us[part.series_id == 5] for part in parts])
        assert sum(map(len, parts)) == stretch.readings == 2 * rows
        assert (np.diff(ts) > 0).all()
        assert ts[0] == stretch.start_us
        assert ts[-1] < stretch.end_us


def test_signals_are_in_steps_of_their_resolution() -> None:
    ts_us = np.arange(50_000, dtype=np.int64) * 1_000_000
    for place, (kind, resolution, *_) in enumerate(SENSORS):
        value = signal(place, ts_us, np.random.default_rng(1))
        assert np.allclose(value / resolution, np.rint(value / resolution)), kind
        assert len(np.unique(value)) > 1, kind


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_of_the_same_values(form: str) -> None:
    ts_us = np.arange(1000, dtype=np.int64) * 1_000_000
    for place, (kind, resolution, *_) in enumerate(SENSORS):
        raw = signal(place, ts_us, np.random.default_rng(1), "double_every_bit")
        given = signal(place, ts_us, np.random.default_rng(1), form)
        # Half a step of the sensor, or of the converter of twelve bits.
        assert np.abs(given - raw).max() <= max(resolution, 100 / 4095) / 2 + 1e-5
        if kind != "state" and form in ("real", "real_every_bit", "counts_12", "counts_16"):
            assert (given == given.astype(np.float32)).all()
