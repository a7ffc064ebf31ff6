"""`forewarn test`: every check and test there is."""

import contextlib
import os
import tempfile
from pathlib import Path

import typer
from rich.console import Console

from kernel.errors import InvalidInput
from runtime.checks.runner import Runner
from runtime.checks.steps import LONG, QUICK, Step, steps

app = typer.Typer(help="Run every check and test.")


@app.command()
def run_checks(
    names: list[str] = typer.Argument(
        None, help="Only these checks, such as `lint` or `tests`.", show_default="all"
    ),
    long: bool = typer.Option(
        False, "--long", help="Run what takes longer instead: soaks, chaos, sweeps, a cold set-up."
    ),
    junit: Path | None = typer.Option(None, help="Folder for JUnit reports."),
) -> None:
    """Run every check and test; all of them, whatever fails. Exit code 1 if anything failed."""
    chosen = _choose(names or [], LONG if long else QUICK)
    console = Console()
    with contextlib.ExitStack() as kept:
        folder = junit or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="forewarn-")))
        folder.mkdir(parents=True, exist_ok=True)
        runner = Runner(console, folder.absolute(), strict=os.environ.get("CI") == "true")
        ok = runner.run(chosen)
    console.rule("[bold]summary")
    console.print(runner.summary())
    for outcome in runner.outcomes:
        if outcome.not_run:
            console.print(
                f"[bold red]NOT RUN: {outcome.step.name}: {outcome.not_run}[/]", soft_wrap=True
            )
    # The last line is plain, for people and programs alike.
    typer.echo(str(runner.totals))
    raise typer.Exit(0 if ok else 1)


def _choose(names: list[str], suite: str) -> list[Step]:
    every = [step for step in steps() if step.suite == suite]
    unknown = [name for name in names if name not in {step.name for step in every}]
    if unknown:
        known = ", ".join(step.name for step in every)
        raise InvalidInput(f"no check {', '.join(unknown)}; there are: {known}")
    return [step for step in every if not names or step.name in names]
