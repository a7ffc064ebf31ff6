"""`forewarn demo`: the platform, a plant, and the story of one bearing."""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from kernel.errors import InvalidInput
from runtime.commands.up import Progress, running_until_told
from runtime.demo.report import Report, Step
from runtime.demo.world import World
from runtime.supervisor.stack import Stack

app = typer.Typer(help="Run the platform with a simulated plant and play the story.")


@app.command()
def demo(
    once: bool = typer.Option(
        False, "--once", help="Play the story without a browser, then stop; exit 1 if it failed."
    ),
    report: Path | None = typer.Option(None, help="Write what happened to this file, as JSON."),
    data_dir: Path | None = typer.Option(
        None,
        help="Folder for everything it keeps.",
        show_default="~/.local/share/forewarn-demo; with --once a temporary one",
    ),
    port: int | None = typer.Option(
        None, min=1, max=65535, help="Port of the pages.", show_default="8080 or a free one"
    ),
) -> None:
    """Run the platform with a simulated plant: a bearing wears out, and everything that follows."""
    from runtime.settings import default_data_dir

    if report is not None and not report.absolute().parent.is_dir():
        raise InvalidInput(f"--report: there is no folder {report.absolute().parent}")
    console = Console(stderr=True)
    with ExitStack() as held:
        if data_dir is None and once:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="forewarn-demo-")))
        else:
            folder = data_dir or default_data_dir().with_name("forewarn-demo")
        stack = Stack(folder, port, report=Progress(console))
        console.print(f"Starting Forewarn; data in {folder}", highlight=False, soft_wrap=True)
        with running_until_told(stack) as wait:
            told = _once(console, stack) if once else _until_told(console, stack, wait)
            console.print("Stopping ...")
    if told is not None:
        _write(told, report)
        if not told.ok:
            console.print(f"[red]The story broke off:[/] {told.failure}", highlight=False)
            raise typer.Exit(1)
        console.print("Every step happened.")


def _once(console: Console, stack: Stack) -> Report:
    from runtime.demo.plant import DemoPlant
    from runtime.demo.run import make_world, play

    world = make_world(stack)
    plant = DemoPlant(stack, world)
    plant.start(with_history=True)
    return play(stack, world, plant, _Teller(console), account=True)


def _until_told(console: Console, stack: Stack, wait: Callable[[], None]) -> Report | None:
    from runtime.demo.plant import DemoPlant
    from runtime.demo.run import make_world, play

    known = World.load(stack.data_dir)
    world = known or make_world(stack)
    plant = DemoPlant(stack, world)
    plant.start(with_history=known is None)
    _show(console, stack, world)
    told = None
    if known is None:
        told = play(stack, world, plant, _Teller(console), account=False)
        console.print(
            "The story is told; the plant runs on." if told.failure is None else told.failure
        )
    else:
        console.print("This demo has told its story before; the plant runs on, healthy.")
    console.print("Ctrl-C stops everything.")
    wait()
    return told if told is not None and told.failure is not None else None


class _Teller:
    """Prints each step of the story with its time."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    def __call__(self, step: Step) -> None:
        mark = "[green]ok[/]    " if step.ok else "[red]FAILED[/]"
        self._console.print(
            f"{mark} {step.name:<17} {step.seconds:7.2f} s  {step.detail}",
            highlight=False,
            soft_wrap=True,
        )


def _show(console: Console, stack: Stack, world: World) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("role", "name", "e-mail", "password"):
        table.add_column(heading)
    for role, login in world.logins.items():
        table.add_row(role, login.name, login.email, login.password)
    console.print(f"Forewarn serves at [bold]{stack.address}[/]", highlight=False)
    console.print(table)


def _write(told: Report, path: Path | None) -> None:
    text = json.dumps(told.as_json(), indent=2, ensure_ascii=False)
    if path is not None:
        path.write_text(text + "\n")
