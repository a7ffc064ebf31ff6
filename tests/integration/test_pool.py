"""A pooled connection that died while it rested is replaced before anybody notices."""

import time

import psycopg
from sqlalchemy import text

from kernel.db import Database, engine_for
from runtime.embedded.postgres import EmbeddedPostgres
from tests.support.databases import DatabaseUrls

_BACKEND = text("SELECT pg_backend_pid()")


def test_a_connection_that_died_while_it_rested_is_replaced(
    postgres: EmbeddedPostgres, database_urls: DatabaseUrls
) -> None:
    database = Database(engine_for(database_urls.app, pool_size=1))
    try:
        with database.transaction() as session:
            first = session.execute(_BACKEND).scalar_one()
        with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
            assert connection.execute(
                "SELECT pg_terminate_backend(%s, 5000)", [first]
            ).fetchone() == (True,)
        time.sleep(1.1)
        with database.transaction() as session:
            second = session.execute(_BACKEND).scalar_one()
        assert second != first
        with database.transaction() as session:
            # What follows at once is on the same one, in a transaction of its own.
            assert session.execute(_BACKEND).scalar_one() == second
            assert session.execute(
                text("SELECT xact_start = now() FROM pg_stat_activity WHERE pid = pg_backend_pid()")
            ).scalar_one()
    finally:
        database.dispose()
