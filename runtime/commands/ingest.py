"""`forewarn ingest`: stores what gateways send, and deals with what could not be stored."""

import typer

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
    from kernel.settings import Platform, settings
    from runtime.heartbeat import beating
    from runtime.wiring import connect_ingest

    platform = settings(Platform)
    platform.require("database_url", "mqtt_url")
    platform.secret()
    if platform.redis_url:
        connect_ingest()
    consumer = Consumer(database(), platform.mqtt_url, settings(Ingest))
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: consumer.stop())
    with beating(lambda: consumer.subscribed):
        consumer.run()
