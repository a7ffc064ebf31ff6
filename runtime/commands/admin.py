"""`forewarn admin`: sets up the first people and organisations, before anybody can sign in."""

import sys
from pathlib import Path

import typer

from runtime.beside import DATA_DIR, beside

app = typer.Typer(help="Set up people and organisations.", no_args_is_help=True)


@app.callback()
def _admin() -> None:
    """Set up people and organisations."""


@app.command("create")
def create(
    email: str = typer.Option(..., help="Address the administrator signs in with."),
    name: str = typer.Option(..., help="The administrator's name."),
    organisation: str = typer.Option(
        "Manufacturer", help="Name of the manufacturer, if there is none yet."
    ),
    language: str = typer.Option("en", help="`en` or `zh`."),
    password_stdin: bool = typer.Option(
        False, "--password-stdin", help="Read the password from standard input, first line."
    ),
    data_dir: Path | None = DATA_DIR,
) -> None:
    """Make an administrator, and the manufacturer's organisation if there is none.

    Prints a link to set the password, unless the password is given on standard input.
    """
    from pydantic import ValidationError

    from api.schemas.people import PersonCreate
    from kernel.db import database
    from kernel.errors import InvalidInput
    from registry.identity import service as identity
    from registry.organisations import service as organisations
    from registry.permissions import PLATFORM
    from registry.sign_in import service as sign_in

    beside(data_dir)
    with database().transaction() as session:
        owner = organisations.find_manufacturer(session)
        if owner is None:
            owner = organisations.create_manufacturer(session, PLATFORM, organisation)
        try:
            wanted = PersonCreate.model_validate(
                {
                    "organisation_id": owner.id,
                    "name": name,
                    "email": email,
                    "roles": ["admin"],
                    "language": language,
                }
            )
        except ValidationError as error:
            fields = "; ".join(f"{item['loc'][0]}: {item['msg']}" for item in error.errors())
            raise InvalidInput(fields) from None
        person = identity.create_person(session, PLATFORM, **wanted.model_dump())
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
            identity.set_password(session, PLATFORM, person.id, password)
            said = f"{person.email} can sign in"
        else:
            link = sign_in.issue_link(session, PLATFORM, person.id)
            said = (
                f"{link.url}\nOpen it before {link.expires_at:%Y-%m-%d %H:%M} UTC; it works once."
            )
    typer.echo(said)
