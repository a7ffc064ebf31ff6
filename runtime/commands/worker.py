"""`forewarn worker`: does background work."""

import socket
import warnings
from enum import StrEnum
from threading import Thread
from typing import Any

import typer

app = typer.Typer(help="Do background work and score readings.", no_args_is_help=True)


class QueueName(StrEnum):
    """What a worker takes work from."""

    DEFAULT = "default"
    SCORING = "scoring"


@app.callback()
def _worker() -> None:
    """Do background work and score readings."""


@app.command("run")
def run(
    queue: QueueName = typer.Option(
        QueueName.DEFAULT,
        help="Which queue; scoring has workers of its own, whose models stay warm.",
    ),
) -> None:
    """Run one worker until it is told to stop; it finishes what it has begun."""
    from celery import signals
    from celery.platforms import SecurityWarning

    from kernel.db import database
    from kernel.durability import require_durable
    from kernel.settings import settings
    from runtime.celery_app import celery_app, load_tasks
    from runtime.heartbeat import beat
    from runtime.settings import Runtime
    from runtime.wiring import connect_wake_ups, load_handlers

    # It warns that root should not run workers because of pickled messages; ours are JSON.
    warnings.simplefilter("ignore", SecurityWarning)
    scoring = queue is QueueName.SCORING
    connect_wake_ups()
    if not scoring:
        load_handlers()
    application = celery_app()
    require_durable(database().engine)
    load_tasks(queue.value)
    if scoring:
        from anomaly.scoring.warming import warm

        # Beside getting ready: whoever needs compiled code meanwhile waits for it.
        Thread(target=warm, name="warming", daemon=True).start()

    def works(**_: Any) -> None:
        beat()

    signals.worker_ready.connect(works)
    signals.heartbeat_sent.connect(works)
    worker = application.Worker(
        queues=[queue.value],
        hostname=f"{queue.value}@{socket.gethostname()}",
        # Scoring keeps its models in one process's memory; the rest mostly waits for the database.
        pool="solo" if scoring else "threads",
        concurrency=1 if scoring else settings(Runtime).worker_concurrency,
        without_gossip=True,
        without_mingle=True,
        quiet=True,
    )
    worker.start()
    raise typer.Exit(worker.exitcode or 0)
