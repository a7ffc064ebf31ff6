"""Readings in TimescaleDB's columnstore: what goes there directly, what later, and that both read alike."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import psycopg
import pytest
from sqlalchemy import text

from kernel.db import Database
from migrations import run as migrations
from telemetry import repository, service
from telemetry.stores import DIRECT_ROWS_MIN
from tests.integration.telemetry.test_conformance import DAY, NOON, NOON_US, SECOND, Make, put
from tests.integration.telemetry.test_conformance_writes import values
from tests.support.databases import DatabaseUrls

pytestmark = pytest.mark.timescale


@pytest.fixture
def direct(timescale_urls: DatabaseUrls, hypertable: Database) -> Iterator[Database]:
    """A hypertable that takes COPY into its columnstore: before version 2.24, one without rollups."""
    with hypertable.engine.connect() as connection:
        takes = repository.takes_directly(connection)
    if takes:
        yield hypertable
        return
    hypertable.dispose()
    with psycopg.connect(timescale_urls.owner, autocommit=True) as connection:
        for name in ("rollup_1d", "rollup_1h", "rollup_1m"):
            connection.execute(f"DROP MATERIALIZED VIEW telemetry.{name}".encode())
    yield hypertable
    hypertable.dispose()
    migrations.downgrade(timescale_urls.owner, timescale_urls.app, "0013r")
    migrations.upgrade(timescale_urls.owner, timescale_urls.app)


def compressed(database: Database) -> int:
    """Return how many readings are in the columnstore."""
    with database.transaction() as session:
        chunks = session.execute(
            text(
                "SELECT quote_ident(c.schema_name) || '.' || quote_ident(c.table_name) "
                "FROM _timescaledb_catalog.chunk u "
                "JOIN _timescaledb_catalog.chunk c ON u.compressed_chunk_id = c.id"
            )
        ).scalars()
        return sum(
            session.execute(
                text(f"SELECT coalesce(sum(_ts_meta_count), 0) FROM {chunk}")
            ).scalar_one()
            for chunk in chunks.all()
        )


def many(
    make: Make, series: int = 100, each: int = DIRECT_ROWS_MIN // 100
) -> service.ReadingColumns:
    ids = np.repeat(np.arange(1, series + 1), each)
    times = np.tile(NOON_US + np.arange(each) * SECOND, series)
    return make(ids, times, np.arange(series * each) / 8)


def test_many_at_once_go_straight_into_the_columnstore(direct: Database, make: Make) -> None:
    columns = many(make)
    put(direct, columns)
    assert compressed(direct) == len(columns) == DIRECT_ROWS_MIN
    of_one = columns.series_id == 37
    assert values(direct, 37, NOON, NOON + DAY) == columns.value[of_one].tolist()
    with direct.transaction() as session:
        assert service.are_stored(session, columns).all()
        others = replace(columns, value=columns.value + 1)
        assert not service.are_stored(session, others).any()


def test_few_go_to_the_rowstore_until_their_day_is_taken_over(
    direct: Database, timescale_urls: DatabaseUrls, make: Make
) -> None:
    put(direct, many(make))
    few = make(37, NOON_US + (np.arange(10) * 2 + 1) * SECOND // 2, np.arange(10))
    put(direct, few)
    before = values(direct, 37, NOON, NOON + DAY)
    assert compressed(direct) == DIRECT_ROWS_MIN
    assert len(before) == DIRECT_ROWS_MIN // 100 + 10
    direct.dispose()
    run_policy(timescale_urls)
    assert compressed(direct) == DIRECT_ROWS_MIN + 10
    assert values(direct, 37, NOON, NOON + DAY) == before
    put(direct, replace(few, ts_us=few.ts_us + 1))
    assert len(values(direct, 37, NOON, NOON + DAY)) == len(before) + 10


def run_policy(urls: DatabaseUrls) -> None:
    """Do now what the background job of the policy does."""
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        row = connection.execute(
            "SELECT job_id FROM timescaledb_information.jobs "
            "WHERE hypertable_schema = 'telemetry' AND hypertable_name = 'readings' "
            "AND proc_name LIKE 'policy_%compress%' OR proc_name LIKE 'policy_%columnstore%'"
        ).fetchone()
        assert row is not None
        connection.execute("CALL public.run_job(%s)", row)


def test_a_transaction_that_fails_leaves_nothing_in_the_columnstore(
    direct: Database, make: Make
) -> None:
    prepared = service.prepare_readings(many(make))

    def break_off() -> None:
        with direct.transaction() as session:
            service.store_readings(session, prepared)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        break_off()
    assert compressed(direct) == 0
    assert values(direct, 37, NOON, NOON + DAY) == []


def test_bad_readings_without_a_number_stay_so(direct: Database, make: Make) -> None:
    columns = many(make)
    value, quality = columns.value.copy(), columns.quality.copy()
    value[::7], quality[::7] = np.nan, 0x80000000
    put(direct, replace(columns, value=value, quality=quality))
    with direct.transaction() as session:
        points = service.read_range(session, 1, NOON, NOON + DAY, 1000)
    np.testing.assert_array_equal(points.value, value[:100])
    np.testing.assert_array_equal(points.quality, quality[:100])
