"""`forewarn db`: moves the database along its history."""

import json
from pathlib import Path

import typer

from runtime.beside import DATA_DIR, beside

app = typer.Typer(help="Migrate the database and check it.", no_args_is_help=True)


def _urls(data_dir: Path | None) -> tuple[str, str]:
    from kernel.settings import Platform, settings

    beside(data_dir)
    platform = settings(Platform)
    platform.require("database_url")
    return platform.migrator_database_url or platform.database_url, platform.database_url


@app.command()
def upgrade(
    revision: str = typer.Argument("head", help="Where to stop."),
    data_dir: Path | None = DATA_DIR,
) -> None:
    """Bring the database up to date."""
    from migrations import run
    from runtime.database_errors import explained

    owner_url, app_url = _urls(data_dir)
    with explained(owner_url):
        run.upgrade(owner_url, app_url, revision)


@app.command()
def downgrade(
    revision: str = typer.Argument(help="Where to stop; `base` removes every table."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask; what later tables hold is lost."),
    data_dir: Path | None = DATA_DIR,
) -> None:
    """Take the database back; what the later tables hold is lost."""
    from migrations import run
    from runtime.addresses import without_password
    from runtime.database_errors import explained

    owner_url, app_url = _urls(data_dir)
    if not yes:
        typer.echo(f"The database is {without_password(owner_url)}.")
        typer.confirm(f"Everything after {revision} is lost. Go on?", abort=True)
    with explained(owner_url):
        run.downgrade(owner_url, app_url, revision)


@app.command()
def check(data_dir: Path | None = DATA_DIR) -> None:
    """Tell whether the database has every table as the code wants it."""
    from migrations import run
    from runtime.database_errors import explained

    owner_url, _ = _urls(data_dir)
    with explained(owner_url):
        run.check(owner_url)


@app.command()
def current(
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
    data_dir: Path | None = DATA_DIR,
) -> None:
    """Print the database's revision and the newest one."""
    from migrations import run
    from runtime.database_errors import explained

    owner_url, _ = _urls(data_dir)
    with explained(owner_url):
        facts = {"current": run.current(owner_url), "newest": run.newest()}
    typer.echo(
        json.dumps(facts)
        if as_json
        else f"at {facts['current'] or 'nothing'}, newest {facts['newest']}"
    )


@app.command()
def partitions(
    apply: bool = typer.Option(
        False, "--apply", help="Remove what may go; without it nothing is changed."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Show the days of frames and readings and what may go; the beat removes the same every hour."""
    from kernel.db import database
    from runtime import retention

    found = retention.apply(database()) if apply else retention.plan(database())
    before = found.readings_before
    days = [
        {"table": "ingest.frames", "day": str(d.day), "bytes": d.bytes,
         "verdict": "removed" if apply else d.verdict, "unscored_lanes": len(d.unscored)}
        for d in found.frames
    ] + [
        {"table": "telemetry.readings", "day": str(d.day), "bytes": d.bytes,
         "verdict": "removed" if apply else "remove" if before and d.day < before else "keep"}
        for d in found.readings
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(days, indent=1))
        return
    for one in days:
        typer.echo(f"{one['table']}  {one['day']}  {one['bytes']:>15,}  {one['verdict']}")
    if not days:
        typer.echo("nothing was removed" if apply else "there is no day but today")
