"""One database for all tests of a module, emptied before each: making one takes longer than most tests."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from anomaly.scoring.warming import warm
from kernel.db import Database, engine_for
from runtime.embedded.postgres import OWNER_ROLE, EmbeddedPostgres
from tests.conftest import TEMPLATE
from tests.support.databases import DatabaseUrls

# Whatever refers to them goes with them; roles and their rights stay.
_EMPTIED = (
    "registry.organisations, registry.product_models, registry.audit_entries, kernel.outbox, "
    "anomaly.rationales, "
    "anomaly.shards, anomaly.cursors, anomaly.snapshots, anomaly.baselines, anomaly.expectations"
)


@pytest.fixture(scope="session", autouse=True)
def _warmed() -> None:
    """As a scoring worker does when it starts: what is compiled holds no row lock meanwhile."""
    warm()


@pytest.fixture(scope="module")
def shared_urls(postgres: EmbeddedPostgres, template_urls: DatabaseUrls) -> Iterator[DatabaseUrls]:
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
def shared_database(shared_urls: DatabaseUrls) -> Iterator[Database]:
    made = Database(engine_for(shared_urls.app, pool_size=40))
    yield made
    made.dispose()


@pytest.fixture
def emptied_database(shared_urls: DatabaseUrls, shared_database: Database) -> Database:
    with psycopg.connect(shared_urls.owner, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {_EMPTIED} RESTART IDENTITY CASCADE")
    return shared_database
