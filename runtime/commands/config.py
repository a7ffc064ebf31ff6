"""`forewarn config`: shows the settings in force, and documents them."""

import json
import os
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from kernel.errors import Conflict
from runtime.configuration import documentation, sections, settings_of, unknown_variables

DOCS = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"

app = typer.Typer(help="Show and document the settings.", no_args_is_help=True)


@app.command()
def show(as_json: bool = typer.Option(False, "--json", help="Print JSON.")) -> None:
    """Print the settings in force, secrets masked, and warn of variables nobody knows."""
    rows = [setting for section in sections() for setting in settings_of(section, section.load())]
    unknown = unknown_variables(list(os.environ))
    if as_json:
        typer.echo(
            json.dumps({"settings": {row.variable: row.value for row in rows}, "unknown": unknown})
        )
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    for row in rows:
        table.add_row(row.variable, row.value)
    Console().print(table)
    for name in unknown:
        typer.echo(f"{name} is set, but there is no such setting", err=True)


@app.command()
def docs(
    check: bool = typer.Option(False, "--check", help="Only tell whether the page is up to date."),
) -> None:
    """Write docs/configuration.md from the code."""
    wanted = documentation()
    if check:
        if not DOCS.exists() or DOCS.read_text() != wanted:
            raise Conflict("docs/configuration.md is out of date; run `forewarn config docs`")
        typer.echo("docs/configuration.md is up to date")
        return
    DOCS.write_text(wanted)
    typer.echo(f"wrote {DOCS.name}")
