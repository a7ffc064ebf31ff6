"""TimescaleDB for tests: a native server where one is named, else the one in WASM (see serve.mjs)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from migrations import run as migrations
from runtime.checks import timescale
from runtime.checks.needs import Missing
from runtime.embedded.postgres import APP_ROLE, OWNER_ROLE
from runtime.embedded.service import Service, free_port, running
from tests.support.databases import DatabaseUrls

_FILLED_BY_INGEST = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname IN ('ingest', 'telemetry') AND (schemaname, tablename) <> ('telemetry', 'storage')
UNION ALL
SELECT view_schema, view_name FROM timescaledb_information.continuous_aggregates
"""


@dataclass(frozen=True)
class Timescale:
    """A running server.

    Attributes:
        admin_url: its maintenance database, as superuser.
        native: it has many databases; in WASM there is one, and connections take turns.
    """

    admin_url: str
    native: bool

    def urls(self, database: str, suffix: str = "") -> DatabaseUrls:
        """Return the addresses of a database as its two roles; their passwords are the suffix."""
        url = make_url(self.admin_url).set(database=database, password=suffix or None)
        owner, app = (
            url.set(username=f"{role}{suffix}").render_as_string(hide_password=False)
            for role in (OWNER_ROLE, APP_ROLE)
        )
        return DatabaseUrls(owner, app)


@contextmanager
def started(folder: Path) -> Iterator[Timescale]:
    """Give a server for the length of the block; without one the test is skipped, in CI it fails."""
    if dsn := timescale.native_dsn():
        yield Timescale(dsn, native=True)
        return
    with _wasm(folder) as server:
        _as_deployed(server.admin_url)
        yield server


@contextmanager
def _wasm(folder: Path) -> Iterator[Timescale]:
    port = free_port()
    with running(wasm_service(port), folder, timeout_seconds=90):
        server = Timescale(timescale.wasm_url(port), native=False)
        urls = server.urls(timescale.WASM_DATABASE)
        with psycopg.connect(server.admin_url, autocommit=True) as connection:
            _make_roles(connection, urls)
            connection.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                    sql.Identifier(timescale.WASM_DATABASE), _role(urls.owner)
                )
            )
        yield server


def wasm_service(port: int) -> Service:
    """Return how to run the one in WASM; it ends by itself soon after the process that started it."""
    try:
        return timescale.wasm_service(port, print)
    except Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(missing.detail)
        pytest.skip(f"NOT RUN: {missing.detail}")


@contextmanager
def empty_database(server: Timescale) -> Iterator[DatabaseUrls]:
    """Give a migrated database without frames, series and readings for the length of the block."""
    if server.native:
        with _database_of_its_own(server) as urls:
            _as_deployed(_in(server.admin_url, urls))
            migrations.upgrade(urls.owner, urls.app)
            yield urls
        return
    urls = server.urls(timescale.WASM_DATABASE)
    migrations.upgrade(urls.owner, urls.app)
    with psycopg.connect(urls.owner) as connection:
        tables = connection.execute(_FILLED_BY_INGEST).fetchall()
        # At once, because some of them refer to others.
        names = sql.SQL(", ").join(sql.Identifier(schema, table) for schema, table in tables)
        connection.execute(sql.SQL("TRUNCATE {}").format(names))
    yield urls


@contextmanager
def bare_database(server: Timescale, folder: Path) -> Iterator[tuple[str, DatabaseUrls]]:
    """Give a database, and its superuser's address, whose server has the extension loaded, not installed."""
    if server.native:
        with _database_of_its_own(server) as urls:
            yield _in(server.admin_url, urls), urls
        return
    with _wasm(folder) as another:
        with psycopg.connect(another.admin_url, autocommit=True) as connection:
            connection.execute("LOAD 'timescaledb'")
        yield another.admin_url, another.urls(timescale.WASM_DATABASE)


@contextmanager
def _database_of_its_own(server: Timescale) -> Iterator[DatabaseUrls]:
    name = f"t_{uuid4().hex[:12]}"
    urls = server.urls(name, f"_{name}")
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        _make_roles(connection, urls)
        owner, app = map(_role, (urls.owner, urls.app))
        database = sql.Identifier(name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(database, owner)
        )
        try:
            yield urls
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
            connection.execute(sql.SQL("DROP ROLE {}, {}").format(owner, app))


def _in(admin_url: str, urls: DatabaseUrls) -> str:
    url = make_url(admin_url).set(database=make_url(urls.owner).database)
    return url.render_as_string(hide_password=False)


def _role(url: str) -> sql.Identifier:
    return sql.Identifier(make_url(url).username or "")


def _make_roles(connection: "psycopg.Connection[tuple[object, ...]]", urls: DatabaseUrls) -> None:
    for url in (urls.owner, urls.app):
        password = sql.Literal(make_url(url).password)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(_role(url), password))


def _as_deployed(admin_url: str) -> None:
    """Do in a database what deploy/postgres/init.sql does in the container's."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
