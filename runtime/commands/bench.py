"""`forewarn bench`: measures, prints a table, and writes the same as JSON."""

from importlib import import_module
from pathlib import Path

import typer
from rich.console import Console

from kernel.errors import InvalidInput

# name: what it measures; the module is `runtime.bench.NAME`, its verb `run(cold) -> list[Figure]`
BENCHES = {
    "path": "value at the PLC to stored, alarm to work order, ingest rate, memory",
    "ingest": "rate of one ingest process beside a raw COPY, delay, memory, cost of malformed input",
    "edge": "value changes a gateway takes per second from an OPC UA server, and its memory",
    "score": "readings scored per second beside River's objects, with the database too; restart",
    "anomaly": "the shipped detector on NAB and SKAB, scored as their authors score",
    "query": "newest of 10,000 series, a plot of a year, a machine's month; exports; bytes a reading",
}
# Which measurements take an option.
OPTIONS = {
    "--dsn": ("ingest", "query"),
    "--seconds": ("edge", "score"),
    "--year-rows": ("query",),
    "--data": ("anomaly",),
}

app = typer.Typer(help="Measure, and print a table.")


@app.command()
def bench(
    name: str = typer.Argument(
        help="; ".join(f"`{name}`: {what}" for name, what in BENCHES.items())
    ),
    json_file: Path | None = typer.Option(None, "--json", help="Also write the figures here."),
    cold: bool = typer.Option(
        False, "--cold", help="Also time the set-up of a fresh copy (downloads the packages)."
    ),
    dsn: str | None = typer.Option(
        None,
        "--dsn",
        help="`ingest`, `query`: a native TimescaleDB to measure too, as superuser; a database is made there "
        "and removed again.",
    ),
    seconds: float | None = typer.Option(
        None,
        "--seconds",
        min=1,
        help="`edge`: how long to watch; the memory's growth wants minutes. `score`: have 64 gateways of "
        "1,000 series send a reading a second each for so long, instead of what else is measured.",
    ),
    year_rows: int | None = typer.Option(
        None,
        "--year-rows",
        min=10_000,
        max=31_536_000,
        help="`query`: readings of the year, by default one a second; the rest in proportion.",
    ),
    data: Path | None = typer.Option(
        None,
        "--data",
        help="`anomaly`: folder with nab and skab in it; FOREWARN_BENCH_DATA by default.",
    ),
) -> None:
    """Run one measurement. Numbers depend on the machine and on what else it does."""
    if name not in BENCHES:
        raise InvalidInput(f"no measurement {name}; there are: {', '.join(BENCHES)}")
    options = {"--dsn": dsn, "--seconds": seconds, "--year-rows": year_rows, "--data": data}
    for option, value in options.items():
        if value is not None and name not in OPTIONS[option]:
            raise InvalidInput(
                f"{option} belongs to {' and '.join(f'`bench {each}`' for each in OPTIONS[option])}"
            )
    from runtime.bench.figures import WIDE, as_json, as_table, paths

    console = Console()
    figures = import_module(f"runtime.bench.{name}").run(
        lambda said: console.print(f"[dim]{said}[/]", highlight=False),
        cold=cold,
        **{option[2:].replace("-", "_"): value for option, value in options.items() if value},
    )
    # What is not a terminal has no width of its own.
    width = console.width if console.is_terminal else max(console.width, 2 * WIDE)
    console.print(as_table(figures, width), width=width, crop=False)
    for number, path in enumerate(paths(figures), 1):
        console.print(f"[dim]\\[{number}] {path}[/]", highlight=False)
    if json_file is not None:
        json_file.write_text(as_json(figures) + "\n")
