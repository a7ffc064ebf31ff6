"""`forewarn api`: serves the API and the pages."""

from pathlib import Path

import typer

app = typer.Typer(help="Serve the API and the pages.", no_args_is_help=True)


@app.callback()
def _api() -> None:
    """Serve the API and the pages."""


@app.command("run")
def run(
    host: str = typer.Option("127.0.0.1", help="Address to listen on; 0.0.0.0 for all."),
    port: int = typer.Option(8080, min=1, max=65535, help="TCP port to listen on."),
) -> None:
    """Serve until told to stop; requests that have begun are finished."""
    from api.app import create_app
    from api.server import server
    from kernel.errors import Unavailable
    from kernel.log import configure_logging, get_logger
    from kernel.settings import Platform, settings
    from runtime.embedded.service import answers
    from runtime.heartbeat import beating
    from runtime.wiring import connect_edge_model, connect_wake_ups

    platform = settings(Platform)
    application = create_app()
    if answers(port, "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host):  # noqa: S104 - compared only
        raise Unavailable(f"port {port} on {host} is taken; choose another with --port")
    configure_logging(platform.log_level, platform.log_format)
    connect_wake_ups()
    connect_edge_model()
    get_logger(__name__).info("serving", host=host, port=port)
    serving = server(application, host, port)
    with beating(lambda: serving.started, lambda: serving.turns):
        serving.run()
    if not serving.started:
        raise Unavailable(f"cannot listen on {host}, port {port}")


@app.command("openapi")
def openapi(
    output: Path | None = typer.Option(
        None, "--output", "-o", help="File to write; standard output by default."
    ),
) -> None:
    """Print the OpenAPI document; it needs no database and no settings."""
    from api.app import document

    if output is None:
        typer.echo(document(), nl=False)
    else:
        output.write_text(document(), encoding="utf-8")
