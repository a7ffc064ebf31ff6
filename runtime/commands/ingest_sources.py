"""`forewarn ingest sources`: third parties that publish to the platform's own broker."""

import json
from pathlib import Path
from typing import Any

import typer

from runtime.beside import DATA_DIR, beside

app = typer.Typer(
    help="Take the readings of third parties at the platform's own broker.", no_args_is_help=True
)

GATEWAY = typer.Argument(help="The gateway that the source became, `gw_…`.")
MAPPING = typer.Option(..., help="File with the mapping, JSON.", exists=True, dir_okay=False)


@app.command("list")
def list_sources(data_dir: Path | None = DATA_DIR) -> None:
    """Print who is adopted and who was seen and is not, as JSON."""
    from ingest.third_party import service
    from kernel.db import database
    from kernel.paging import LIMIT_MAX, PageRequest
    from registry.permissions import PLATFORM

    beside(data_dir)
    with database().transaction() as session:
        page = PageRequest(LIMIT_MAX)
        adopted = service.list_sources(session, PLATFORM, page).items
        seen = service.list_seen(session, PLATFORM, page).items
    _print_json({"adopted": [vars(r) for r in adopted], "seen": [vars(r) for r in seen]})


@app.command("adopt")
def adopt(
    address: str = typer.Argument(help="group/node of an edge node, or a topic filter."),
    site: str = typer.Option(..., help="Site that it is at."),
    name: str = typer.Option("", help="Default: the address."),
    mapping: Path = MAPPING,
    data_dir: Path | None = DATA_DIR,
) -> None:
    """Take a source's readings from now on; prints the gateway it became."""
    from ingest.third_party import service
    from kernel.db import database
    from registry.permissions import PLATFORM

    beside(data_dir)
    with database().transaction() as session:
        record = service.adopt_source(
            session,
            PLATFORM,
            address=address,
            name=name or address,
            site_id=site,
            mapping=_document(mapping),
        )
    _print_json(vars(record))


@app.command("map")
def change_mapping(
    gateway: str = GATEWAY, mapping: Path = MAPPING, data_dir: Path | None = DATA_DIR
) -> None:
    """Read a source's messages by another mapping from now on."""
    from ingest.third_party import service
    from kernel.db import database
    from registry.permissions import PLATFORM

    beside(data_dir)
    with database().transaction() as session:
        record = service.change_mapping(session, PLATFORM, gateway, _document(mapping))
    _print_json(vars(record))


@app.command("release")
def release(gateway: str = GATEWAY, data_dir: Path | None = DATA_DIR) -> None:
    """Take nothing more of a source; what is stored stays."""
    from ingest.third_party import service
    from kernel.db import database
    from registry.permissions import PLATFORM

    beside(data_dir)
    with database().transaction() as session:
        record = service.release_source(session, PLATFORM, gateway)
    _print_json(vars(record))


def _document(path: Path) -> dict[str, Any]:
    from kernel.errors import InvalidInput

    try:
        document = json.loads(path.read_text())
    except ValueError as error:
        raise InvalidInput(f"{path} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidInput(f"{path} is no JSON object")
    return document


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=1, default=str))
