"""TimescaleDB's own part: what the migrations make there, and whose business its chunks are."""

import logging
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import pytest
from sqlalchemy import exc, text

from kernel.db import Database
from migrations import run as migrations
from telemetry import service
from telemetry.stores import DIRECT_ROWS_MIN
from tests.integration.telemetry.test_conformance import DAY, NOON, NOON_US, Make, put
from tests.integration.telemetry.test_conformance_writes import DAY_US, days_held, values
from tests.support.databases import DatabaseUrls
from tests.support.timescale.server import Timescale, bare_database

pytestmark = pytest.mark.timescale

DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


def one(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def kind(url: str) -> object:
    return one(url, "SELECT kind FROM telemetry.storage")


def test_readings_are_a_hypertable_of_days_with_our_index_alone(hypertable: Database) -> None:
    with hypertable.transaction() as session:
        dimension = session.execute(
            text(
                "SELECT column_name, time_interval = INTERVAL '1 day' "
                "FROM timescaledb_information.dimensions "
                "WHERE hypertable_schema = 'telemetry' AND hypertable_name = 'readings'"
            )
        ).all()
        indexes = session.execute(
            text(
                "SELECT indexname FROM pg_indexes "
                "WHERE schemaname = 'telemetry' AND tablename = 'readings'"
            )
        ).scalars()
        assert list(indexes) == ["ix_readings_series_id_ts"]
        recorded, installed = session.execute(
            text(
                "SELECT version, (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') "
                "FROM telemetry.storage"
            )
        ).one()
    assert dimension == [("ts", True)]
    assert recorded == installed


def test_every_chunk_has_the_index(hypertable: Database, make: Make) -> None:
    put(hypertable, make(1, NOON_US + np.arange(3) * DAY_US, np.arange(3)))
    with hypertable.transaction() as session:
        definitions = session.execute(
            text(
                "SELECT indexdef FROM pg_indexes JOIN timescaledb_information.chunks "
                "ON chunk_schema = schemaname AND chunk_name = tablename "
                "WHERE hypertable_schema = 'telemetry' AND hypertable_name = 'readings'"
            )
        ).scalars()
        assert ["(series_id, ts)" in definition for definition in definitions] == [True] * 3


def test_models_and_history_agree(timescale_urls: DatabaseUrls) -> None:
    migrations.check(timescale_urls.owner)


def test_down_to_nothing_and_up_again(
    hypertable: Database, timescale_urls: DatabaseUrls, make: Make
) -> None:
    # In the columnstore as well as in the rowstore.
    put(hypertable, make(1, NOON_US + np.arange(DIRECT_ROWS_MIN), 1.5))
    put(hypertable, make(1, [NOON_US + 1], 2.5))
    hypertable.dispose()
    migrations.downgrade(timescale_urls.owner, timescale_urls.app)
    assert one(timescale_urls.owner, "SELECT to_regclass('telemetry.readings')") is None
    held = "SELECT count(*) FROM timescaledb_information.hypertables"
    assert one(timescale_urls.owner, held) == 0
    migrations.upgrade(timescale_urls.owner, timescale_urls.app)
    migrations.check(timescale_urls.owner)
    assert kind(timescale_urls.owner) == "timescaledb"


def test_the_migration_installs_the_extension_where_the_server_has_it_loaded(
    timescale: Timescale, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with bare_database(timescale, tmp_path) as (superuser_url, urls):
        migrations.upgrade(urls.owner, urls.app)
        assert kind(urls.owner) == "timescaledb"
        if timescale.native:
            return
        # In WASM the next session is the same process, where it refuses to be installed once more.
        migrations.downgrade(urls.owner, urls.app)
        one(superuser_url, "DROP EXTENSION timescaledb")
        with caplog.at_level(logging.WARNING, "alembic.runtime.migration"):
            migrations.upgrade(urls.owner, urls.app)
        assert "TimescaleDB is loaded but could not be installed" in caplog.text
        assert kind(urls.owner) == "postgresql"


def test_the_owner_alone_drops_old_chunks(
    hypertable: Database, timescale_urls: DatabaseUrls, make: Make
) -> None:
    put(hypertable, make(1, NOON_US + np.arange(5) * DAY_US, np.arange(5)))
    drop = "SELECT public.drop_chunks('telemetry.readings', older_than => DATE '2026-03-03')"
    with pytest.raises(exc.ProgrammingError), hypertable.transaction() as session:
        session.execute(text(drop))
    hypertable.dispose()
    one(timescale_urls.owner, drop)
    assert days_held(hypertable) == [date(2026, 3, day) for day in (3, 4, 5)]
    assert values(hypertable, 1, NOON - DAY, NOON + 9 * DAY) == [2, 3, 4]
    put(hypertable, make(1, [NOON_US], [0.5]))
    assert values(hypertable, 1, NOON - DAY, NOON + 9 * DAY) == [0.5, 2, 3, 4]
    with hypertable.transaction() as session:
        assert service.latest(session, [1])[1].value == 4


def test_a_native_server_keeps_what_it_acknowledges(
    timescale: Timescale, timescale_urls: DatabaseUrls
) -> None:
    """docker-compose.yml tells its server so; see also unit/runtime/test_compose.py."""
    if not timescale.native:
        pytest.skip("NOT RUN: in WASM there is no disk to keep anything on")
    for name in DURABILITY:
        assert one(timescale_urls.app, f"SHOW {name}") == "on", name
