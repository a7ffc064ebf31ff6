"""`forewarn bench score --seconds` from end to end, with few gateways: its figures, not their size."""

import json
from pathlib import Path

import pytest

from runtime import cli
from runtime.bench import score_soak


@pytest.mark.long
def test_what_is_sent_is_scored_and_a_new_process_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_soak, "GATEWAYS", 2)
    monkeypatch.setattr(score_soak, "MACHINES", 3)
    monkeypatch.setattr(score_soak, "SERIES", 3 * score_soak.MACHINE_SERIES)
    target = tmp_path / "figures.json"
    assert cli.run(["bench", "score", "--seconds", "4", "--json", str(target)]) == 0
    figures = {figure["name"]: figure for figure in json.loads(target.read_text())["figures"]}
    sent = figures["soak: sent"]
    assert 0.5 < sent["ratio"] <= 1.05
    behind = figures["soak: scoring behind at the end"]
    assert behind["value"] >= 0
    assert "not all" not in behind["path"]
    assert 0 < figures["soak: processor share"]["value"] < 2
    assert figures["soak: growth of memory"]["against"] > 10
    assert figures["soak: restart"]["value"] > 0
