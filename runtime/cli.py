"""The command line: a root whose commands are loaded when they are called.

A command lives in `runtime/commands/NAME.py` as a `typer.Typer` called `app`. Nothing of it is imported
before it is called, so that `--help` is quick and `forewarn edge` runs where only the edge is installed.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from kernel.errors import ForewarnError, Kind

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class LazyCommand:
    """A command that is not loaded yet: what `--help` says of it, and the extra it needs."""

    summary: str
    extra: str


COMMANDS: dict[str, LazyCommand] = {
    "demo": LazyCommand("Run the platform with a simulated plant and play its story.", "embedded"),
    "up": LazyCommand("Run the whole platform on this machine.", "embedded"),
    "edge": LazyCommand("Read machines and send their readings (on a gateway).", "edge"),
    "simulate": LazyCommand("Serve simulated machines over OPC UA and MQTT.", "edge"),
    "ingest": LazyCommand("Store what gateways send.", "server"),
    "worker": LazyCommand("Do background work and score readings.", "server"),
    "beat": LazyCommand("Start periodic work.", "server"),
    "api": LazyCommand("Serve the API and the pages.", "server"),
    "db": LazyCommand("Migrate the database and check it.", "server"),
    "config": LazyCommand("Show and document the settings.", "server"),
    "admin": LazyCommand("Set up people and organisations.", "server"),
    "web": LazyCommand("Build the pages.", "dev"),
    "test": LazyCommand("Run every check and test.", "dev"),
    "backtest": LazyCommand("Score a recording as if it were live.", "server"),
    "bench": LazyCommand("Measure, and print a table.", "dev"),
    "chaos": LazyCommand("Break everything and account for every reading.", "embedded"),
}


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and loads the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, lazy in COMMANDS.items():
            # A stand-in with the summary, for `--help`, completion and "did you mean".
            self.add_command(TyperCommand(name, help=lazy.summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        """Load the command that is called."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, (command and load(str(name))), rest


def load(name: str) -> Any:
    """Import a command."""
    module = import_module(f"runtime.commands.{name}")
    command = typer.main.get_command(module.app)
    command.name = name
    return command


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - Typer's callback form
    if wanted:
        from importlib.metadata import version

        typer.echo(f"forewarn {version('forewarn')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: bool = typer.Option(
        False,  # noqa: FBT003 - Typer's form
        "--version",
        callback=_version,
        is_eager=True,
        help="Print the version.",
    ),
) -> None:
    """Forewarn: from a sensor that moves to a work order, and each part claimed once."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process with its exit code."""
    args = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    sys.exit(run(args))


def run(args: list[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is one line on standard error."""
    command = typer.main.get_command(app)
    try:
        result = command.main(args=args, prog_name="forewarn", standalone_mode=False)
    except ForewarnError as error:
        _complain(f"{error.title.rstrip('.')}: {error.detail}")
        return EXIT_USAGE if error.kind is Kind.INVALID else EXIT_FAILED
    except typer.TyperException as error:
        _complain(error.format_message())
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the rim: nobody above it would say it better
        _complain(_unexpected(error, args))
        return EXIT_FAILED
    return result if isinstance(result, int) else 0


def _unexpected(error: Exception, args: list[str]) -> str:
    if isinstance(error, ModuleNotFoundError) and args[0] in COMMANDS and not _ours(error):
        return (
            f"`forewarn {args[0]}` needs the Python package {error.name}, which is not installed; "
            f"install forewarn[{COMMANDS[args[0]].extra}]"
        )
    place = traceback.extract_tb(error.__traceback__)[-1]
    said = " ".join(str(error).split())[:500]
    return (
        f"{type(error).__name__}: {said} ({place.filename}:{place.lineno}); "
        "FOREWARN_LOG_LEVEL=DEBUG shows the whole traceback"
    )


def _ours(error: ModuleNotFoundError) -> bool:
    """Tell whether what is missing is a part of Forewarn itself, which no extra brings."""
    top = (error.name or "").partition(".")[0]
    return top in {path.name for path in Path(__file__).parents[1].iterdir()}


def _complain(message: str) -> None:
    if os.environ.get("FOREWARN_LOG_LEVEL", "").upper() == "DEBUG" and sys.exc_info()[0]:
        traceback.print_exc()
    print(f"forewarn: {message}", file=sys.stderr)  # noqa: T201 - the terminal is the output
