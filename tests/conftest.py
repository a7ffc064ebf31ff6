"""Real servers for every test that asks for one: started once per worker, from pip's wheels."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from kernel.db import Database, engine_for
from migrations import run as migrations
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres, new_password
from runtime.embedded.service import free_port, running
from runtime.embedded.valkey import EmbeddedValkey
from tests.support.databases import DatabaseUrls
from tests.support.timescale.server import Timescale, empty_database, started

# How long an example takes says more about what else the machine does than about the code.
hypothesis_settings.register_profile("forewarn", deadline=None)
hypothesis_settings.load_profile("forewarn")

TEMPLATE = "forewarn_template"


@pytest.fixture(scope="session")
def server_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def postgres(server_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A running PostgreSQL with both roles; it keeps its durability settings as shipped."""
    server = EmbeddedPostgres(server_dir / "postgres", free_port(), new_password())
    server.initialise()
    with running(server.service(), server_dir / "logs"):
        yield server


@pytest.fixture(scope="session")
def template_urls(postgres: EmbeddedPostgres) -> DatabaseUrls:
    """A migrated, empty database that tests are cloned from."""
    owner_password, app_password = new_password(), new_password()
    postgres.provision(owner_password, app_password, TEMPLATE)
    urls = DatabaseUrls(
        owner=postgres.url(OWNER_ROLE, owner_password, TEMPLATE),
        app=postgres.url(APP_ROLE, app_password, TEMPLATE),
    )
    migrations.upgrade(urls.owner, urls.app)
    return urls


@pytest.fixture
def database_urls(
    postgres: EmbeddedPostgres, template_urls: DatabaseUrls
) -> Iterator[DatabaseUrls]:
    """A migrated database of the test's own, dropped afterwards."""
    name = f"t_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER_ROLE)
            )
        )
        yield template_urls.for_database(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database(database_urls: DatabaseUrls) -> Iterator[Database]:
    """The test's database as the application's role sees it."""
    made = Database(engine_for(database_urls.app, pool_size=40))
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def timescale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Timescale]:
    with started(tmp_path_factory.mktemp("timescale")) as server:
        yield server


@pytest.fixture
def timescale_urls(timescale: Timescale) -> Iterator[DatabaseUrls]:
    with empty_database(timescale) as urls:
        yield urls


@pytest.fixture
def hypertable(timescale_urls: DatabaseUrls) -> Iterator[Database]:
    """A migrated TimescaleDB as the application's role sees it."""
    made = Database(engine_for(timescale_urls.app, pool_size=40))
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def valkey(server_dir: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(server_dir / "valkey", free_port(), new_password())
    with running(server.service(), server_dir / "logs"):
        yield server


@pytest.fixture(scope="session")
def mqtt(server_dir: Path) -> Iterator[EmbeddedMqtt]:
    """A running broker with the logins `platform`, `edge` and `plant`."""
    logins = {user: new_password() for user in ("platform", "edge", "plant")}
    server = EmbeddedMqtt(server_dir / "mqtt", free_port(), logins)
    with running(server.service(), server_dir / "logs"):
        yield server


@pytest.fixture(autouse=True)
def _no_log_outlives_its_test() -> Iterator[None]:
    """A command run in a test logs to that test's captured stream, which is closed afterwards."""
    before = list(logging.root.handlers)
    yield
    for handler in logging.root.handlers[:]:
        # Pytest's own are of subclasses.
        if type(handler) is logging.StreamHandler and handler not in before:
            logging.root.removeHandler(handler)


@pytest.fixture(autouse=True, scope="session")
def _no_settings_from_outside() -> None:
    for name in [name for name in os.environ if name.startswith("FOREWARN_")]:
        if not name.startswith("FOREWARN_TEST_"):
            del os.environ[name]
