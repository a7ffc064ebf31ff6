"""The servers for measuring ingest: a database, a broker and one ingest process, nothing else."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from kernel.settings import forget_settings
from migrations import run as migrations
from runtime.bench.servers import running
from runtime.checks import timescale
from runtime.checks.needs import Say
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres, new_password
from runtime.embedded.service import free_port
from runtime.supervisor.applications import forewarn


@dataclass(frozen=True)
class IngestPlatform:
    """What is measured.

    Attributes:
        database_url: the application's.
        mqtt_url: the broker as a gateway signs in to it.
        ingest: the ingest process.
        postgres: the embedded database's first process; None for a server that is somebody else's.
    """

    database_url: str
    mqtt_url: str
    ingest: psutil.Process
    postgres: psutil.Process | None

    @contextmanager
    def database_stopped(self) -> Iterator[None]:
        """Hold every process of the embedded database still inside the block."""
        assert self.postgres is not None
        family = [self.postgres, *self.postgres.children(recursive=True)]
        for process in family:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in family:
                process.send_signal(signal.SIGCONT)


@contextmanager
def platform(database: AbstractContextManager[str] | None = None) -> Iterator[IngestPlatform]:
    """Start what is measured for the length of the block.

    Args:
        database: gives the address of a migrated database; by default the embedded one is started.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forewarn-bench-")))
        mqtt = EmbeddedMqtt(
            folder / "mqtt", free_port(), {user: new_password() for user in ("platform", "edge")}
        )
        stack.enter_context(running(mqtt.service(), folder))
        if database is None:
            url, postgres = stack.enter_context(embedded_database(folder))
        else:
            url, postgres = stack.enter_context(database), None
        environment = {
            "FOREWARN_CONFIG": str(folder / "none.toml"),
            "FOREWARN_DATABASE_URL": url,
            "FOREWARN_MQTT_URL": mqtt.url("platform"),
            "FOREWARN_REDIS_URL": "",
            "FOREWARN_SECRET_KEY": new_password(),
        }
        service = forewarn("ingest", "ingest", "run", environment=environment, heartbeat_dir=folder)
        stack.enter_context(settings_of(environment))
        pid = stack.enter_context(running(service, folder))
        yield IngestPlatform(url, mqtt.url("edge"), psutil.Process(pid), postgres)


@contextmanager
def embedded_database(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start a migrated database; yields the application's address and the server's first process."""
    postgres = EmbeddedPostgres(folder / "postgres", free_port(), new_password())
    postgres.initialise()
    with running(postgres.service(), folder) as pid:
        owner, app = new_password(), new_password()
        postgres.provision(owner, app)
        migrations.upgrade(postgres.url(OWNER_ROLE, owner), postgres.url(APP_ROLE, app))
        yield postgres.url(APP_ROLE, app), psutil.Process(pid)


@contextmanager
def database_of(dsn: str) -> Iterator[str]:
    """Make a database on a running server and remove it afterwards; yields its address."""
    name = f"forewarn_bench_{uuid4().hex[:8]}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            url = make_url(dsn).set(database=name).render_as_string(hide_password=False)
            migrations.upgrade(url, url)
            yield url
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


@contextmanager
def timescale_in_wasm(say: Say) -> Iterator[str]:
    """Start the one of the tests: one backend, no disk; yields its address.

    Raises:
        Missing: there is no Node here, or its packages could not be fetched.
    """
    port = free_port()
    service = timescale.wasm_service(port, say)
    with (
        tempfile.TemporaryDirectory(prefix="forewarn-bench-") as folder,
        running(service, Path(folder), timeout_seconds=90),
    ):
        url = timescale.wasm_url(port)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        migrations.upgrade(url, url)
        yield url


@contextmanager
def settings_of(environment: dict[str, str]) -> Iterator[None]:
    """Have this process read its settings from these variables for the length of the block."""
    kept = dict(os.environ)
    os.environ.update(environment)
    forget_settings()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)
        forget_settings()
