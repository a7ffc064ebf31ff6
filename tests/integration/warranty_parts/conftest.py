"""One database for all tests of a module, emptied after each; and a machine under warranty."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from kernel.db import Database, engine_for
from runtime.embedded.postgres import OWNER_ROLE, EmbeddedPostgres
from tests.conftest import TEMPLATE
from tests.support.databases import DatabaseUrls
from tests.support.warranty import World
from tests.support.warranty import world as make_world

# What the migrations put in stays.
_KEPT = ("alembic_version", "roles", "role_permissions")


@pytest.fixture(scope="module")
def module_name(postgres: EmbeddedPostgres, template_urls: DatabaseUrls) -> Iterator[str]:
    assert template_urls.owner  # the template is there before it is copied
    name = f"w_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER_ROLE)
            )
        )
        yield name
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def module_database(module_name: str, template_urls: DatabaseUrls) -> Iterator[Database]:
    made = Database(engine_for(template_urls.for_database(module_name).app, pool_size=40))
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def superuser(postgres: EmbeddedPostgres, module_name: str) -> Iterator[psycopg.Connection]:
    url = DatabaseUrls(postgres.superuser_url, "").for_database(module_name).owner
    with psycopg.connect(url, autocommit=True) as connection:
        # Rows go in any order: no trigger and no foreign key looks.
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def database(module_database: Database, superuser: psycopg.Connection) -> Iterator[Database]:
    """The module's database as the application's role sees it, empty."""
    yield module_database
    tables = superuser.execute(
        "SELECT schemaname, relname FROM pg_stat_user_tables WHERE relname <> ALL(%s)",
        [list(_KEPT)],
    ).fetchall()
    with superuser.transaction():
        for table in tables:
            superuser.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(*table)))


@pytest.fixture
def world(database: Database) -> World:
    return make_world(database)
