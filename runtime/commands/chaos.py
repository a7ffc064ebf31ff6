"""`forewarn chaos`: faults of every kind, and an account of every reading."""

import json
import shutil
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from kernel.errors import ForewarnError, InvalidInput

if TYPE_CHECKING:
    from runtime.chaos.state import FaultReport, RunState, Verdict

app = typer.Typer(help="Break everything, again and again, and account for every reading.")


@app.command()
def chaos(
    cycles: int = typer.Option(20, min=1, max=10_000, help="How many faults."),
    seed: int = typer.Option(1, help="Same seed, same faults."),
    report: Path | None = typer.Option(None, help="Write what happened to this file, as JSON."),
    resume: Path | None = typer.Option(
        None, help="Keep the run in this folder, and go on with the one that is there."
    ),
    kind: list[str] | None = typer.Option(
        None, help="Only faults of this kind; may be repeated. docs/chaos.md lists them."
    ),
    recovery_max: float = typer.Option(
        5.0, min=0, help="Seconds within which 95 of 100 recoveries must be; for a busy machine."
    ),
) -> None:
    """Run the platform, a plant and a gateway, and break one of them or what is between them in each cycle.

    Ctrl-C ends it; with the folder it prints it can go on.
    """
    from kernel.log import configure_logging
    from runtime.chaos import state as states
    from runtime.chaos.faults.plan import plan

    # What is broken on purpose is told below, in words.
    configure_logging("CRITICAL")
    if report is not None and not report.absolute().parent.is_dir():
        raise InvalidInput(f"--report: there is no folder {report.absolute().parent}")
    kinds = tuple(kind or ())
    plan(seed, 1, kinds)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    folder = resume or Path(tempfile.mkdtemp(prefix="forewarn-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    state = states.RunState.begin(folder.absolute(), seed)
    if cycles < state.cycle:
        raise InvalidInput(f"--cycles: the run in {folder} has done {state.cycle} already")
    if state.cycle:
        console.print(f"going on after cycle {state.cycle}")
    outcome = _run(console, folder.absolute(), cycles, state, kinds)
    facts = states.report(state, *outcome, recovery_max)
    if report is not None:
        report.write_text(json.dumps(facts, indent=2) + "\n")
    _conclude(console, facts)
    if not facts["ok"]:
        console.print(f"everything is in {folder}")
        raise typer.Exit(1)
    if resume is None:
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    console: Console, folder: Path, cycles: int, state: "RunState", kinds: Sequence[str]
) -> "tuple[Verdict | None, list[str]]":
    """Run the cycles; returns what was found, or None and why the run broke off."""
    from runtime.chaos.run import go

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    progress = _Progress(console, cycles, state.cycle)
    try:
        with console.status("starting") as status:
            return go(
                folder,
                cycles,
                state,
                progress,
                lambda what: status.update(f"starting: {what}"),
                kinds=kinds,
            )
    except KeyboardInterrupt:
        console.print(
            f"stopped after cycle {state.cycle}; go on with --seed {state.seed} --resume {folder}"
        )
        raise
    except ForewarnError as error:
        return None, [f"broken off after cycle {state.cycle}: {error.detail}"]
    finally:
        signal.signal(signal.SIGTERM, before)


class _Progress:
    """One line per cycle, with what is left."""

    def __init__(self, console: Console, cycles: int, done: int) -> None:
        self._console = console
        self._cycles = cycles
        self._first = done
        self._began = time.monotonic()

    def __call__(self, fault: "FaultReport") -> None:
        """Print what became of a fault."""
        each = (time.monotonic() - self._began) / (fault.cycle - self._first)
        left_minutes = each * (self._cycles - fault.cycle) / 60
        self._console.print(
            f"{fault.cycle:4d}/{self._cycles}  {fault.kind:<16} {fault.target:<16}"
            f" lasted {fault.seconds:4.1f} s  recovered {fault.recovery_seconds:5.2f} s"
            f"  scored {fault.scored_seconds:5.2f} s  {fault.readings:6d} readings"
            f"  {fault.cycle_seconds:4.1f} s; {left_minutes:.0f} min left  [dim]{fault.seen}[/]"
        )


def _conclude(console: Console, facts: dict[str, object]) -> None:
    names = ("cycles", "taken", "stored", "quarantined", "missing", "duplicated")
    told = ", ".join(f"{name} {facts[name]}" for name in names)
    console.print(f"{told}; recovery p95 {facts['recovery_seconds_p95']} s")
    failures = facts["failures"]
    assert isinstance(failures, list)
    for failure in failures:
        console.print(f"[red]{failure}[/]")
    console.print("ok" if facts["ok"] else "[red]not ok[/]")
