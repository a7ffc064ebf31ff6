"""`forewarn edge`: the agent of a gateway. Needs the base and the `edge` extra, nothing of the server."""

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

import typer

from kernel.errors import InvalidInput
from kernel.log import configure_logging
from runtime.commands import edge_trust

app = typer.Typer(
    help="Read machines and send their readings (on a gateway).", no_args_is_help=True
)

app.add_typer(edge_trust.app, name="trust")

EXIT_FAILED = 1
TOKEN_VARIABLE = "FOREWARN_EDGE_TOKEN"  # noqa: S105 - its name
PASSWORD_VARIABLE = "FOREWARN_EDGE_OPCUA_PASSWORD"  # noqa: S105 - its name


@app.callback()
def _edge() -> None:
    """Read machines and send their readings (on a gateway)."""
    configure_logging(
        os.environ.get("FOREWARN_LOG_LEVEL", "INFO"), os.environ.get("FOREWARN_LOG_FORMAT", "text")
    )


@app.command("run")
def run(
    config: Path = typer.Option(Path("edge.toml"), "--config", "-c", help="The configuration."),
) -> None:
    """Read every source, keep what was read on disk and send it until the platform has it."""
    from edge_agent.runner import run_gateway
    from edge_agent.watchdog import tell_service_manager
    from runtime.heartbeat import beat

    def alive() -> None:
        beat()
        tell_service_manager()

    run_gateway(config, alive)


@app.command("enrol")
def enrol(
    url: str = typer.Option(help="The platform, https://host."),
    token_file: Path | None = typer.Option(
        None,
        help="File with the one-time token, or - for standard input. Else the variable "
        "FOREWARN_EDGE_TOKEN, else it is asked for. Not an option itself: everybody on a machine sees "
        "what is on a command line.",
    ),
    config: Path = typer.Option(
        Path("edge.toml"), "--config", "-c", help="The configuration; made when it is not there."
    ),
    ca_file: Path | None = typer.Option(None, help="Certificates to trust for the platform, PEM."),
    allow_http: bool = typer.Option(
        False, "--allow-http", help="Without TLS, whoever listens can read the key; for tests."
    ),
) -> None:
    """Turn this machine into a gateway with a one-time token; safe to repeat after a failure."""
    from edge_agent.enrolment import enrol as exchange
    from edge_agent.enrolment import service_of

    service = service_of(url, ca_file, allow_http=allow_http)
    done = exchange(service, _token(token_file), config)
    if done.already:
        typer.echo(f"already enrolled as {done.agent}")
        return
    typer.echo(f"enrolled as {done.agent} ({done.name})")
    for path in done.wrote:
        typer.echo(f"wrote {path}")
    if not done.own_login:
        typer.echo(
            "the broker has one login for all gateways; revoking is up to the platform alone"
        )
    typer.echo(f"start it with: forewarn edge run --config {config}")


def _token(file: Path | None) -> str:
    """Return the enrolment token: a file's, the variable's, or what is typed."""
    if file is None:
        typed = os.environ.get(TOKEN_VARIABLE) or typer.prompt("Enrolment token", hide_input=True)
        return str(typed).strip()
    try:
        text = sys.stdin.readline() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"--token-file {file}: cannot be read: {error}") from None
    if not text.strip():
        raise InvalidInput(f"--token-file {file}: there is no token in it")
    return text.strip()


def _password(*, from_stdin: bool) -> str:
    """Return the password at a server: standard input's, the variable's, or what is typed."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return os.environ.get(PASSWORD_VARIABLE) or str(
        typer.prompt("Password at the server", hide_input=True, err=True)
    )


@app.command("check")
def check(
    config: Path = typer.Option(Path("edge.toml"), "--config", "-c", help="The configuration."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Connect to every source and broker of a configuration, read every node, and say how it went."""
    from edge_agent.checking import Checked
    from edge_agent.checking import check as checks
    from edge_agent.managed.loading import load

    loaded = load(config).config
    logging.disable(logging.CRITICAL)  # what is found is printed below

    async def try_all() -> list[Checked]:
        found = []
        async for checked in checks(loaded):
            found.append(checked)
            if not as_json:
                mark = "ok    " if checked.ok else "FAILED"
                typer.echo(f"{mark}  {checked.item}: {checked.detail}")
        return found

    found = asyncio.run(try_all())
    ok = all(checked.ok for checked in found)
    if as_json:
        typer.echo(json.dumps({"ok": ok, "checks": [vars(checked) for checked in found]}))
    if not ok:
        raise typer.Exit(EXIT_FAILED)


@app.command("browse")
def browse(
    url: str = typer.Argument(help="opc.tcp://host:port/path"),
    root: str = typer.Option("i=85", help="Node to start at; default the Objects folder."),
    name: str = typer.Option("plc", help="Name of the source in the mapping."),
    asset: str = typer.Option("", help="Serial number for every tag; default the object's name."),
    username: str = typer.Option(
        "",
        help="User name at the server. The password is asked for, unless the variable "
        "FOREWARN_EDGE_OPCUA_PASSWORD has it: everybody on a machine sees what is on a command line.",
    ),
    password_stdin: bool = typer.Option(
        False, "--password-stdin", help="Read the password from standard input, first line."
    ),
    policy: str = typer.Option("None", help="Security policy, as in the configuration."),
    mode: str = typer.Option("SignAndEncrypt", help="Sign or SignAndEncrypt."),
    pki: Path = typer.Option(Path("pki"), help="Folder of the gateway's certificates."),
) -> None:
    """Print a mapping of an OPC UA server's variables, ready for `edge.toml`."""
    from edge_agent.browse import Login, tags_of
    from edge_agent.mapping import Mapping

    logging.disable(logging.CRITICAL)  # standard output is the mapping; an error ends the command
    mapping = Mapping(asset)
    password = _password(from_stdin=password_stdin) if username else ""

    async def print_all() -> None:
        typer.echo(mapping.head(name, url, username))
        login = Login(username, password, policy, mode, pki)
        async for tag in tags_of(url, root, login):
            typer.echo(mapping.table(tag))

    asyncio.run(print_all())
