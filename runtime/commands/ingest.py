"""`forewarn ingest`: stores what gateways send, and deals with what could not be stored."""

import gc
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from runtime.beside import DATA_DIR, beside
from runtime.commands import ingest_sources

if TYPE_CHECKING:
    from ingest.service import BulkResult, QuarantineFilter

app = typer.Typer(help="Store what gateways send.", no_args_is_help=True)


@app.callback()
def _ingest() -> None:
    """Store what gateways send."""


@app.command("run")
def run() -> None:
    """Take frames from the broker and commit them, until told to stop."""
    import signal

    from ingest.consumer import Consumer
    from ingest.settings import Ingest
    from kernel.db import database
    from kernel.durability import require_durable
    from kernel.settings import Platform, settings
    from runtime.heartbeat import beating
    from runtime.wiring import connect_ingest

    platform = settings(Platform)
    platform.require("database_url", "mqtt_url")
    platform.secret()
    require_durable(database().engine)
    if platform.redis_url:
        connect_ingest()
    _collect_seldom()
    consumer = Consumer(database(), platform.mqtt_url, settings(Ingest))
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: consumer.stop())
    with beating(lambda: consumer.subscribed):
        consumer.run()


def _collect_seldom() -> None:
    """Look for garbage in cycles less often, and not in what start-up made.

    Every frame makes thousands of objects that die by their count; looking through all of them so often took
    some per cent of the processor.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


app.add_typer(ingest_sources.app, name="sources")
quarantine = typer.Typer(help="Deal with what could not be stored.", no_args_is_help=True)
app.add_typer(quarantine, name="quarantine")

ENTRY = typer.Argument(help="Id of the entry, `qr_…`.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


@quarantine.command("list")
def list_entries(
    gateway: str | None = typer.Option(None, help="Of this gateway only."),
    reason: str | None = typer.Option(None, help="For this reason only, such as unknown_series."),
    state: str = typer.Option("open", help="open, replayed, dropped or all."),
    limit: int = typer.Option(50, min=1, max=200, help="The newest so many."),
    as_json: bool = AS_JSON,
    data_dir: Path | None = DATA_DIR,
) -> None:
    """List what could not be stored, the newest first."""
    from rich.console import Console
    from rich.table import Table

    from ingest import service
    from kernel.db import database
    from kernel.errors import InvalidInput
    from kernel.paging import PageRequest
    from registry.permissions import PLATFORM

    if state not in {"open", "replayed", "dropped", "all"}:
        raise InvalidInput("--state is open, replayed, dropped or all")
    wanted = service.QuarantineFilter(gateway, reason, None if state == "all" else state)
    beside(data_dir)
    with database().transaction() as session:
        found = service.list_quarantine(session, PLATFORM, wanted, PageRequest(limit))
    if as_json:
        _print_json([_facts(record) for record in found.items])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "reason", "source", "readings", "times", "last seen", "state"):
        table.add_column(heading, justify="right" if heading in {"readings", "times"} else "left")
    for record in found.items:
        table.add_row(
            record.id,
            record.reason,
            record.source,
            str(record.readings),
            str(record.occurrences),
            f"{record.last_seen_at:%Y-%m-%d %H:%M:%S}",
            record.state,
        )
    Console().print(table if found.items else "nothing")


@quarantine.command("show")
def show_entry(
    entry: str = ENTRY, as_json: bool = AS_JSON, data_dir: Path | None = DATA_DIR
) -> None:
    """Print one entry and the beginning of what is kept of it, as JSON."""
    del as_json
    from ingest import service
    from kernel.db import database
    from registry.permissions import PLATFORM

    beside(data_dir)
    with database().transaction() as session:
        record, body = service.get_quarantine(session, PLATFORM, entry)
    _print_json({**_facts(record), "beginning": body[:256].hex()})


SOME = typer.Argument(
    default=None, help="Id of one entry, `qr_…`; without it --all or filters say which."
)
ALL = typer.Option(False, "--all", help="Every open entry.")
GATEWAY = typer.Option(None, help="Open entries of this gateway.")
REASON = typer.Option(None, "--for", help="Open entries quarantined for this reason.")
SINCE = typer.Option(None, help="Open entries first seen at or after this time, UTC.")
UNTIL = typer.Option(None, help="Open entries first seen before this time, UTC.")
# Not a failure, but not all that was asked for either.
EXIT_SOME_REMAIN = 3


@quarantine.command("replay")
def replay_entries(
    entry: str | None = SOME,
    everything: bool = ALL,
    gateway: str | None = GATEWAY,
    for_reason: str | None = REASON,
    since: datetime | None = SINCE,
    until: datetime | None = UNTIL,
    as_json: bool = AS_JSON,
    data_dir: Path | None = DATA_DIR,
) -> None:
    """Store what can be stored by now, each reading once; of many, it can be killed and begun again.

    Prints JSON. Ends with 3 when some of many entries remain.
    """
    from ingest import service
    from kernel.db import database
    from kernel.settings import Platform, settings
    from registry.permissions import PLATFORM

    del as_json
    wanted = _wanted(entry, everything, gateway, for_reason, since, until)
    beside(data_dir)
    settings(Platform).secret()
    if entry is not None:
        with database().transaction() as session:
            result = service.replay_quarantine(session, PLATFORM, entry)
        _print_json({"stored": result.stored, "remaining": result.remaining})
        return
    done = service.replay_matching(database(), PLATFORM, wanted, _progress())
    _print_json(vars(done))
    if not done.complete:
        raise typer.Exit(EXIT_SOME_REMAIN)


@quarantine.command("drop")
def drop_entries(
    entry: str | None = SOME,
    reason: str = typer.Option(..., help="Why; it stays on record."),
    everything: bool = ALL,
    gateway: str | None = GATEWAY,
    for_reason: str | None = REASON,
    since: datetime | None = SINCE,
    until: datetime | None = UNTIL,
    as_json: bool = AS_JSON,
    data_dir: Path | None = DATA_DIR,
) -> None:
    """Give up what is kept of entries; they stay counted as quarantined. Prints JSON."""
    from ingest import service
    from kernel.db import database
    from registry.permissions import PLATFORM

    del as_json
    wanted = _wanted(entry, everything, gateway, for_reason, since, until)
    beside(data_dir)
    if entry is not None:
        with database().transaction() as session:
            record = service.drop_quarantine(session, PLATFORM, entry, reason=reason)
        _print_json(_facts(record))
        return
    done = service.drop_matching(database(), PLATFORM, wanted, reason, _progress())
    _print_json({"entries": done.entries, "resolved": done.resolved})


def _wanted(
    entry: str | None,
    everything: bool,
    gateway: str | None,
    reason: str | None,
    since: datetime | None,
    until: datetime | None,
) -> "QuarantineFilter":
    from ingest.service import QuarantineFilter
    from kernel.errors import InvalidInput

    filters = [part for part in (gateway, reason, since, until) if part is not None]
    if (entry is not None) + everything + bool(filters) != 1:
        raise InvalidInput("name one entry, or --all, or at least one filter")
    times = [moment and moment.replace(tzinfo=UTC) for moment in (since, until)]
    return QuarantineFilter(gateway, reason, "open", since=times[0], until=times[1])


def _progress() -> "Callable[[BulkResult], None]":
    """Return what says on standard error how far it is, once a second."""
    said = [time.monotonic()]

    def say(done: "BulkResult") -> None:
        if time.monotonic() - said[0] >= 1:
            said[0] = time.monotonic()
            typer.echo(f"{done.entries} entries, {done.stored} readings stored ...", err=True)

    return say


def _facts(record: Any) -> dict[str, Any]:
    return {**vars(record), "digest": record.digest.hex()}


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=1, default=str))
