"""`forewarn test` runs every check, counts, and ends with one plain line."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from runtime import cli, node
from runtime.checks import chromium, timescale
from runtime.checks import steps as steps_module
from runtime.checks.counts import Counts
from runtime.checks.runner import Runner
from runtime.checks.steps import LONG, QUICK, Step, steps
from runtime.commands import test as command
from runtime.commands.web import WEB

PASSING = Step("good", "passes", (sys.executable, "-c", "print('quiet')"))
FAILING = Step("bad", "fails", (sys.executable, "-c", "print('why not'); raise SystemExit(3)"))


def junit(tests: int, failures: int = 0, errors: int = 0, skipped: int = 0) -> str:
    return (
        f'<testsuites><testsuite name="pytest" errors="{errors}" failures="{failures}" '
        f'skipped="{skipped}" tests="{tests}"/></testsuites>'
    )


def reporting(xml: str, code: int) -> Step:
    script = (
        f"import sys\nopen(sys.argv[1].partition('=')[2], 'w').write(sys.argv[2])\nsys.exit({code})"
    )
    # The report's argument comes last, as pytest gets it.
    wrapped = f"import sys; sys.argv[1:] = [sys.argv[-1], {xml!r}]; exec({script!r})"
    return Step("tests", "counts", (sys.executable, "-c", wrapped), junit="tests.xml")


def run(tmp_path: Path, *chosen: Step, strict: bool = False) -> tuple[Runner, bool]:
    runner = Runner(Console(quiet=True), tmp_path, strict=strict)
    return runner, runner.run(chosen)


def test_everything_runs_whatever_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runner, ok = run(tmp_path, FAILING, PASSING)
    assert not ok
    assert [outcome.ok for outcome in runner.outcomes] == [False, True]
    assert runner.totals == Counts(passed=1, failed=1)
    said = capsys.readouterr().out
    assert "why not" in said
    assert "quiet" not in said


def test_what_runs_beside_the_others_counts_like_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner, ok = run(tmp_path, replace(FAILING, beside=True), PASSING)
    assert not ok
    assert [outcome.step.name for outcome in runner.outcomes] == ["bad", "good"]
    assert runner.totals == Counts(passed=1, failed=1)
    assert "why not" in capsys.readouterr().out


def test_what_runs_beside_does_not_wait_for_the_others(tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    waits = (
        f"import pathlib, time\nwhile not pathlib.Path({str(mark)!r}).exists(): time.sleep(0.01)"
    )
    marks = f"open({str(mark)!r}, 'w')"
    waiting = Step("waits", "for the other", (sys.executable, "-c", waits))
    marking = Step("marks", "beside", (sys.executable, "-c", marks), beside=True)
    assert run(tmp_path, waiting, marking)[1]


def test_tests_are_counted_one_by_one(tmp_path: Path) -> None:
    runner, ok = run(tmp_path, reporting(junit(12, failures=1, errors=1, skipped=2), 1))
    assert not ok
    assert runner.totals == Counts(passed=8, failed=2, skipped=2)
    assert str(runner.totals) == "8 passed, 2 failed, 2 skipped"


def test_a_run_that_falls_over_after_its_tests_is_a_failure(tmp_path: Path) -> None:
    runner, ok = run(tmp_path, reporting(junit(3), 4))
    assert not ok
    assert runner.totals == Counts(passed=3, failed=1)


def test_a_run_without_a_report_is_a_failure(tmp_path: Path) -> None:
    dead = Step("tests", "dies", FAILING.argv, junit="missing.xml")
    assert run(tmp_path, dead)[0].totals == Counts(failed=1)


@pytest.mark.parametrize(
    ("output", "counts"),
    [
        ("\x1b[2m      Tests \x1b[22m \x1b[32m11 passed\x1b[39m (11)\n", Counts(passed=11)),
        ("      Tests  1 failed | 11 passed | 2 skipped (14)\n", Counts(11, 1, 2)),
        ("nothing", None),
    ],
)
def test_vitest_is_counted(output: str, counts: Counts | None) -> None:
    assert Counts.from_vitest(output) == counts


@pytest.mark.parametrize("where", ["at home", "in CI"])
def test_without_a_browser_its_tests_are_loudly_not_run_and_fail_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    strict = where == "in CI"
    monkeypatch.setattr(chromium, "ensure", lambda _: None)
    step = Step("browser", "needs one", PASSING.argv, needs=chromium.require)
    runner, all_ok = run(tmp_path, step, strict=strict)
    assert all_ok is not strict
    assert "install it" in runner.outcomes[0].not_run
    assert runner.totals == (Counts(failed=1) if strict else Counts(skipped=1))


@pytest.mark.parametrize("where", ["at home", "in CI"])
def test_without_timescaledb_its_tests_are_loudly_not_run_and_fail_in_ci(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def no_network(*_: object) -> None:
        raise node.NodeToolFailed("the package registry cannot be reached")

    strict = where == "in CI"
    monkeypatch.delenv(timescale.VARIABLE, raising=False)
    monkeypatch.setattr(node, "install_packages", no_network)
    step = Step("timescale", "needs one", PASSING.argv, needs=timescale.require)
    runner, all_ok = run(tmp_path, step, strict=strict)
    assert all_ok is not strict
    assert "cannot be reached; or name a server" in runner.outcomes[0].not_run
    assert runner.totals == (Counts(failed=1) if strict else Counts(skipped=1))


def test_a_timescaledb_that_is_named_needs_nothing_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(timescale.VARIABLE, "postgresql://postgres@127.0.0.1/postgres")
    monkeypatch.setattr(node, "find_node", lambda: pytest.fail("nobody needs Node"))
    step = Step("timescale", "needs one", PASSING.argv, needs=timescale.require)
    assert run(tmp_path, step)[0].totals == Counts(passed=1)


def test_every_test_on_timescaledb_is_where_it_is_looked_for() -> None:
    marked = [
        path.relative_to(steps_module.ROOT).parent.as_posix()
        for path in (steps_module.ROOT / "tests" / "integration").rglob("*.py")
        if "mark.timescale" in path.read_text()
    ]
    assert set(marked) == set(timescale.TESTS)


def test_no_lock_file_names_a_registry() -> None:
    for folder in (WEB, timescale.FOLDER):
        packages = json.loads((folder / "package-lock.json").read_text())["packages"]
        for place, entry in packages.items():
            assert "resolved" not in entry, place
            assert not place or "integrity" in entry or "link" in entry, place


def test_a_browser_is_found_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(chromium.VARIABLE, sys.executable)
    assert chromium.find() == sys.executable
    monkeypatch.setenv(chromium.VARIABLE, str(tmp_path / "nowhere"))
    assert chromium.find() is None


def test_the_last_line_is_the_plain_sum(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "steps", lambda: [PASSING, FAILING])
    monkeypatch.delenv("CI", raising=False)
    assert cli.run(["test", "--junit", str(tmp_path / "reports")]) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "1 passed, 1 failed"
    assert cli.run(["test", "good"]) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "1 passed, 0 failed"
    assert cli.run(["test", "no-such-check"]) == 2


def test_each_marker_has_its_step() -> None:
    by_suite = {suite: [s.name for s in steps() if s.suite == suite] for suite in (QUICK, LONG)}
    assert by_suite[LONG] == ["long", "long browser"]
    assert {"format", "lint", "imports", "types", "tests", "timescale", "browser"} <= set(
        by_suite[QUICK]
    )


def test_ci_runs_what_everybody_can_run() -> None:
    lines = (steps_module.ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in lines if line.startswith("./")] == [
        "./forewarn test",
        "./forewarn test --long",
    ]
    assert "set -euo pipefail" in lines
    assert os.access(steps_module.ROOT / ".ci" / "run", os.X_OK)
