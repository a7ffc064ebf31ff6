"""`forewarn edge trust`: which OPC UA servers' certificates the gateway accepts."""

import json
from dataclasses import asdict
from pathlib import Path

import typer

app = typer.Typer(help="Certificates of OPC UA servers.", no_args_is_help=True)

_CONFIG = typer.Option(Path("edge.toml"), "--config", "-c", help="The configuration.")


@app.command("list")
def list_(
    config: Path = _CONFIG,
    as_json: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Show the certificates that are accepted, those put aside with the reason, and the gateway's own."""
    from edge_agent.config import load_config
    from edge_agent.trust.own import der, own_certificate
    from edge_agent.trust.store import TrustStore, thumbprint

    loaded = load_config(config)
    own = own_certificate(loaded.pki, loaded.agent).certificates[0]
    known = TrustStore(loaded.pki).known()
    if as_json:
        facts = {
            "own": {
                "thumbprint": thumbprint(der(own)),
                "file": str(loaded.pki / "own" / "cert.der"),
                "not_after": own.not_valid_after_utc.isoformat(),
            },
            "servers": [asdict(one) | {"not_after": one.not_after.isoformat()} for one in known],
        }
        typer.echo(json.dumps(facts))
        return
    for one in known:
        typer.echo(f"{'trusted ' if one.trusted else 'rejected'}  {one.thumbprint}  {one.subject}")
        typer.echo(f"          sha1 {one.sha1}, valid until {one.not_after:%Y-%m-%d}")
        if one.reason:
            met = f" ({one.source} {one.url}, {one.seen_at})" if one.url else ""
            typer.echo(f"          {one.reason}{met}")
    typer.echo(f"own       {thumbprint(der(own))}  {loaded.pki / 'own' / 'cert.der'}")
    typer.echo(
        f"          valid until {own.not_valid_after_utc:%Y-%m-%d}; for the servers to accept"
    )


@app.command("accept")
def accept(
    certificate: str = typer.Argument(help="Start of a thumbprint that was put aside, or a file."),
    config: Path = _CONFIG,
) -> None:
    """Accept a server's certificate: one that was met, or from a file one that will come."""
    from edge_agent.config import load_config
    from edge_agent.trust.store import TrustStore

    known = TrustStore(load_config(config).pki).accept(certificate)
    typer.echo(f"trusted   {known.thumbprint}  {known.subject}")


@app.command("reject")
def reject(
    certificate: str = typer.Argument(help="Start of a thumbprint."),
    config: Path = _CONFIG,
) -> None:
    """Accept a server's certificate no more; a connection that uses it ends."""
    from edge_agent.config import load_config
    from edge_agent.trust.store import TrustStore

    known = TrustStore(load_config(config).pki).reject(certificate)
    typer.echo(f"rejected  {known.thumbprint}  {known.subject}")
