"""`forewarn up`: the whole platform on this machine."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from runtime.supervisor.keeper import State
from runtime.supervisor.stack import Stack

app = typer.Typer(help="Run the whole platform on this machine.")


class Progress:
    """Says on the terminal what the processes do: while they start, and when one ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()

    def __call__(self, name: str, state: State, detail: str) -> None:
        """Report one change of one process."""
        seconds = time.monotonic() - self._began
        if state is State.READY:
            self._console.print(f"[dim]{seconds:6.1f} s[/]  {name} is ready", highlight=False)
        elif detail:
            self._console.print(
                f"[dim]{seconds:6.1f} s[/]  [yellow]{name} {detail}[/]", highlight=False
            )


@contextmanager
def running_until_told(stack: Stack) -> Iterator[Callable[[], None]]:
    """Run the stack inside the `with` block; yields a wait for Ctrl-C, SIGTERM or SIGHUP.

    The first signal ends the wait, or the start if that still goes on; the next ones end everything at
    once.
    """
    told = threading.Event()
    started = threading.Event()

    def tell(*_: Any) -> None:
        if told.is_set():
            stack.kill()
        told.set()
        if not started.is_set():
            raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, tell) for number in numbers}
    try:
        with stack:
            started.set()
            yield lambda: _wait(told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(told: threading.Event) -> None:
    told.wait()


@app.command()
def up(
    data_dir: Path | None = typer.Option(
        None, help="Folder for everything it keeps.", show_default="~/.local/share/forewarn"
    ),
    port: int | None = typer.Option(
        None, min=1, max=65535, help="Port of the pages.", show_default="8080 or a free one"
    ),
    host: str = typer.Option("127.0.0.1", help="Address to serve on; 0.0.0.0 is every one."),
    mqtt_v4_port: int | None = typer.Option(
        None,
        min=1,
        max=65535,
        help="Port for devices on this machine that speak MQTT 3.1.1.",
        show_default="none",
    ),
) -> None:
    """Run the whole platform on this machine until Ctrl-C."""
    from kernel.settings import settings
    from runtime.settings import Runtime, default_data_dir

    folder = data_dir or settings(Runtime).data_dir or default_data_dir()
    console = Console(stderr=True)
    v4_port = mqtt_v4_port or settings(Runtime).mqtt_v4_port
    stack = Stack(folder, port, host=host, mqtt_v4_port=v4_port, report=Progress(console))
    console.print(f"Starting Forewarn; data in {stack.data_dir}", highlight=False, soft_wrap=True)
    with running_until_told(stack) as wait:
        _show(console, stack)
        wait()
        console.print("Stopping ...")
    console.print("Stopped.")


def _show(console: Console, stack: Stack) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("process", "pid", "MB"):
        table.add_column(heading, justify="left" if heading == "process" else "right")
    memory = stack.rss_mb()
    for name, facts in stack.processes.items():
        table.add_row(name, str(facts.pid or "-"), f"{memory.get(name, 0):.0f}")
    console.print(table)
    console.print(f"Forewarn serves at {stack.address} - Ctrl-C stops it.", highlight=False)
