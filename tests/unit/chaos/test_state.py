"""A run goes on where it stopped, and is ok only when nothing at all is wrong."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kernel.errors import ConfigurationError, InvalidInput
from runtime.chaos.state import FaultReport, RunState, Verdict, report

FAULT = FaultReport(1, "kill", "ingest", 0.1, 1.5, 2.0, 7300, 8.0, "process 1 died")
GOOD = Verdict(taken=10, stored=10, ledger={"stored": 10, "quarantined": 0, "dropped": 0})


def test_a_state_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    state = RunState.begin(tmp_path, 7)
    assert (state.cycle, state.faults) == (0, [])
    state.cycle, state.faults, state.failures = 1, [FAULT], ["something"]
    state.memory_mb = {"edge": {"warm": 80.0, "latest": 81.0}}
    state.save()
    assert RunState.begin(tmp_path, 7) == state


def test_a_state_of_another_seed_is_refused(tmp_path: Path) -> None:
    RunState.begin(tmp_path, 7).save()
    with pytest.raises(InvalidInput, match="has seed 7, not 8"):
        RunState.begin(tmp_path, 8)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"seed": 7, "faults": [{"cycle": 1}]}'])
def test_a_state_that_cannot_be_read_is_said_to_be_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "chaos.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"chaos\.json cannot be read"):
        RunState.begin(tmp_path, 7)


def reported(verdict: Verdict, *problems: str, **changes: Any) -> dict[str, Any]:
    state = RunState(Path("unused"), 7, cycle=2, faults=[FAULT, replace(FAULT, cycle=2)])
    for name, value in changes.items():
        setattr(state, name, value)
    facts = report(state, verdict, list(problems), 5.0)
    json.dumps(facts)
    return facts


def test_the_report_has_what_was_promised_first() -> None:
    facts = reported(GOOD)
    assert list(facts)[:9] == [
        "ok", "cycles", "taken", "stored", "quarantined", "missing", "duplicated", "faults",
        "recovery_seconds_p95",
    ]  # fmt: skip
    assert facts["ok"] is True
    assert facts["recovery_seconds_p95"] == 1.5
    names = {"cycle", "kind", "target", "seconds", "recovery_seconds"}
    assert all(names <= set(fault) for fault in facts["faults"])


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (replace(GOOD, missing=1), "1 readings missing"),
        (replace(GOOD, duplicated=1), "1 readings duplicated"),
        (replace(GOOD, unknown=1), "1 readings unknown"),
        (replace(GOOD, not_as_emitted=1), "1 readings not_as_emitted"),
        (replace(GOOD, dropped=1), "1 readings dropped"),
        (replace(GOOD, quarantined=1), "1 readings quarantined"),
        (replace(GOOD, stored=9, ledger={"stored": 9}), "9 readings stored of 10 taken"),
        (replace(GOOD, ledger={"stored": 11}), "the ledger counts 11 stored, not 10"),
        (replace(GOOD, before_replay={"not_finite": 3}), "3 readings in quarantine: not_finite"),
        (replace(GOOD, doubled=["2 alarms of P-1"]), "2 alarms of P-1"),
    ],
)
def test_one_thing_wrong_is_enough(verdict: Verdict, said: str) -> None:
    facts = reported(verdict)
    assert facts["ok"] is False
    assert facts["failures"] == [said]


def test_a_clock_that_was_ahead_is_a_true_reason_for_quarantine() -> None:
    assert reported(replace(GOOD, before_replay={"future_timestamp": 300}))["ok"] is True


def test_slow_recoveries_a_failure_and_a_problem_are_each_enough() -> None:
    slow = reported(GOOD, faults=[FAULT, replace(FAULT, cycle=2, recovery_seconds=9.0)])
    assert slow["failures"] == ["recovery p95 is 8.625 s, above 5.0 s"]
    assert reported(GOOD, failures=["it does not drain"])["ok"] is False
    assert reported(GOOD, "edge takes 900 MB")["failures"] == ["edge takes 900 MB"]
