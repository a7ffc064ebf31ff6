"""One database for all tests of a module: they make their own organisations, people and machines.

A test that needs an empty database, or one it may break, asks for `own_api`.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql

from api import event_stream
from api.rate_limits import SignInLimits
from api.settings import ApiSettings
from kernel.db import Database, engine_for
from kernel.settings import forget_settings
from registry.models import Organisation
from runtime.embedded.postgres import OWNER_ROLE, EmbeddedPostgres
from runtime.embedded.valkey import EmbeddedValkey
from tests.conftest import TEMPLATE
from tests.integration.conftest import ClientFor
from tests.support import factories
from tests.support.databases import DatabaseUrls
from tests.support.http import Api
from tests.support.live import live_api


@pytest.fixture(scope="module")
def module_urls(postgres: EmbeddedPostgres, template_urls: DatabaseUrls) -> Iterator[DatabaseUrls]:
    name = f"m_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER_ROLE)
            )
        )
        yield template_urls.for_database(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def module_database(module_urls: DatabaseUrls) -> Iterator[Database]:
    made = Database(engine_for(module_urls.app, pool_size=20))
    yield made
    made.dispose()


@pytest.fixture
def api(
    served_app: tuple[FastAPI, str],
    module_database: Database,
    api_settings: ApiSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Api:
    """The application on the module's database, without Redis."""
    monkeypatch.setenv("FOREWARN_REGISTRY_ATTACHMENTS_DIR", str(tmp_path / "attachments"))
    forget_settings()
    app, url = served_app
    app.state.database = module_database
    app.state.sign_in_limits = SignInLimits("", api_settings)
    return Api(url, module_database)


@pytest.fixture
def own_api(api: Api, served_app: tuple[FastAPI, str], database: Database) -> Iterator[Api]:
    """The application on a database of the test's own."""
    app, url = served_app
    app.state.database = database
    yield Api(url, database)
    app.state.database = api.database


@pytest.fixture
def admin(client_for: ClientFor) -> httpx.Client:
    return client_for("admin")


@pytest.fixture
def customer(api: Api) -> Organisation:
    with api.database.transaction() as session:
        return factories.organisation(session)


@pytest.fixture
def live(
    module_database: Database,
    valkey: EmbeddedValkey,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Api]:
    """The application with live updates, and a quick heartbeat."""
    monkeypatch.setenv("FOREWARN_REDIS_URL", valkey.url)
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.2)
    with live_api(module_database) as api:
        yield api
