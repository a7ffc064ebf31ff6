"""Runs the checks, all of them whatever fails, and sums up."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from runtime.checks.counts import Counts
from runtime.checks.needs import Missing
from runtime.checks.steps import ROOT, Step

OUTPUT_LINES_MAX = 120


@dataclass(frozen=True)
class Outcome:
    """What came of one step; `not_run` says why it could not even start."""

    step: Step
    ok: bool
    counts: Counts
    seconds: float
    not_run: str = ""


class Runner:
    """Runs steps and remembers what came of them.

    Attributes:
        junit_dir: where JUnit reports go.
        strict: what cannot run counts as failed (in CI).
    """

    def __init__(self, console: Console, junit_dir: Path, *, strict: bool) -> None:
        self.outcomes: list[Outcome] = []
        self._console = console
        self._junit_dir = junit_dir
        self._strict = strict

    def run(self, steps: Sequence[Step]) -> bool:
        """Run every step; return whether all is well.

        Steps that are `beside` run one after another in a lane of their own, beside the rest; their
        output is shown only when they fail.
        """
        aside = [step for step in steps if step.beside]
        main = [step for step in steps if not step.beside]
        if not main:
            aside, main = main, aside
        if aside:
            names = ", ".join(step.name for step in aside)
            self._console.print(f"beside the others: {names}", highlight=False)
        done: dict[str, Outcome] = {}

        def tell(step: Step, *, shown: bool) -> None:
            outcome = done[step.name] = self._run_one(step, shown=shown)
            if not outcome.not_run:
                word = "[green]passed[/]" if outcome.ok else "[red]failed[/]"
                self._console.print(f"{step.name} {word} in {outcome.seconds:.1f} s")

        def tell_others() -> None:
            for step in aside:
                tell(step, shown=False)

        with ThreadPoolExecutor(1) as lane:
            others = lane.submit(tell_others)
            for number, step in enumerate(main, 1):
                self._console.rule(f"[bold]{number}/{len(main)} {step.name}[/]: {step.what}")
                tell(step, shown=step.streams)
            others.result()
        self.outcomes = [done[step.name] for step in steps]
        return all(outcome.ok for outcome in self.outcomes)

    @property
    def totals(self) -> Counts:
        """The counts of all steps together."""
        return sum((outcome.counts for outcome in self.outcomes), Counts())

    def summary(self) -> Table:
        """Return the table for the end."""
        table = Table(box=None, pad_edge=False)
        table.add_column("check")
        table.add_column("result")
        table.add_column("seconds", justify="right")
        table.add_column("counted")
        for outcome in self.outcomes:
            result = "[green]passed[/]" if outcome.ok else "[red]FAILED[/]"
            if outcome.not_run:
                result = "[bold red]NOT RUN[/]"
            table.add_row(outcome.step.name, result, f"{outcome.seconds:.1f}", str(outcome.counts))
        return table

    def _run_one(self, step: Step, *, shown: bool) -> Outcome:
        given: Mapping[str, str] = {}
        if step.needs is not None:
            try:
                given = step.needs(self._say)
            except Missing as missing:
                return self._not_run(step, missing.detail)
        report = self._junit_dir / step.junit if step.junit else None
        began = time.monotonic()
        code, output = self._execute(step, report, given, shown=shown)
        counts = Counts.from_junit(report) if report else None
        if step.count is not None:
            counts = step.count(output)
        ok = code == 0
        if counts is None or (not ok and not counts.failed):
            # It fell over outside any test; that must show in the sum.
            counts = (counts or Counts()) + Counts.one(ok=ok)
        return Outcome(step, ok, counts, time.monotonic() - began)

    def _execute(
        self, step: Step, report: Path | None, given: Mapping[str, str], *, shown: bool
    ) -> tuple[int, str]:
        argv = [*step.argv, *([f"--junit-xml={report}"] if report else [])]
        done = subprocess.run(
            argv,
            cwd=ROOT,
            env={**os.environ, **step.env, **given},
            stdin=subprocess.DEVNULL,
            stdout=None if shown else subprocess.PIPE,
            stderr=None if shown else subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        output = done.stdout or ""
        if done.returncode != 0 and output:
            sys.stdout.write("\n".join(output.splitlines()[-OUTPUT_LINES_MAX:]) + "\n")
            sys.stdout.flush()
        return done.returncode, output

    def _not_run(self, step: Step, why: str) -> Outcome:
        self._console.print(f"[bold red]NOT RUN: {step.name}: {why}[/]", soft_wrap=True)
        counts = Counts(failed=1) if self._strict else Counts(skipped=1)
        return Outcome(step, not self._strict, counts, 0.0, not_run=why)

    def _say(self, message: str) -> None:
        self._console.print(message, highlight=False)
