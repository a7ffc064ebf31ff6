"""The stores that the conformance battery runs on."""

import os
from collections.abc import Callable, Iterator
from uuid import uuid4

import numpy as np
import psycopg
import pytest
from psycopg import sql

from kernel.db import Database, engine_for
from migrations import run as migrations
from telemetry.service import ReadingColumns
from tests.support.databases import DatabaseUrls

Make = Callable[..., ReadingColumns]


def timescale_urls() -> Iterator[DatabaseUrls]:
    """A database of the test's own on the server that FOREWARN_TEST_TIMESCALE_DSN names."""
    dsn = os.environ.get("FOREWARN_TEST_TIMESCALE_DSN", "")
    if not dsn:
        pytest.skip("no TimescaleDB: FOREWARN_TEST_TIMESCALE_DSN is not set")
    name = f"t_{uuid4().hex[:12]}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        urls = DatabaseUrls(owner=dsn, app=dsn).for_database(name)
        migrations.upgrade(urls.owner)
        yield urls
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["postgresql", "timescaledb"])
def store(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database of each kind that can be had here."""
    if request.param == "postgresql":
        yield request.getfixturevalue("database")
        return
    for urls in timescale_urls():
        made = Database(engine_for(urls.app, pool_size=40))
        yield made
        made.dispose()


@pytest.fixture
def make() -> Make:
    """Columns from lists."""

    def columns(
        series: object, ts_us: object, value: object, quality: object = 0, recorded_at_us: int = 0
    ) -> ReadingColumns:
        ids, times, values = (np.atleast_1d(a) for a in (series, ts_us, value))
        length = max(map(len, (ids, times, values)))
        return ReadingColumns(
            np.broadcast_to(ids, length).astype(np.int32),
            np.broadcast_to(times, length).astype(np.int64),
            np.broadcast_to(values, length).astype(np.float64),
            np.broadcast_to(np.asarray(quality, np.uint32), length).copy(),
            np.broadcast_to(times, length).astype(np.int64),
            recorded_at_us or int(times[-1]),
        )

    return columns
