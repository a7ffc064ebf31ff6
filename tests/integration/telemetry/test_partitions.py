"""Partitions of plain PostgreSQL: made on demand by many at once, with the least of rights."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import exc, text

from kernel.db import Database, engine_for
from telemetry import service
from telemetry.stores import PartitionedStore, days_ahead
from tests.integration.telemetry.test_conformance import NOON_US, Make, put
from tests.support.databases import DatabaseUrls

PARTITIONS = text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "WHERE i.inhparent = 'telemetry.readings'::regclass ORDER BY 1"
)


def partitions(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.execute(PARTITIONS).scalars())


def test_a_week_ahead(database: Database) -> None:
    today = datetime.now(UTC).date()
    assert service.ensure_partitions(database.engine) == 8
    assert partitions(database) == [f"readings_{d:%Y%m%d}" for d in days_ahead(today)]
    assert service.ensure_partitions(database.engine) == 0


def test_many_processes_make_the_same_days_at_once(database_urls: DatabaseUrls) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(10)]
    engines = [engine_for(database_urls.app) for _ in range(12)]
    with ThreadPoolExecutor(len(engines)) as pool:
        made = list(pool.map(lambda engine: PartitionedStore(engine).ensure_days(days), engines))
    assert sum(made) == len(days)
    assert partitions(Database(engines[0])) == [f"readings_{d:%Y%m%d}" for d in days]
    for engine in engines:
        engine.dispose()


def test_a_day_is_made_while_somebody_writes_and_somebody_reads(
    database: Database, make: Make
) -> None:
    """`PARTITION OF` would wait here until the other transactions end."""
    columns = make(1, [NOON_US], [1.0])
    service.ensure_partitions(database.engine, columns)
    with database.transaction() as writer, database.transaction() as reader:
        service.store_readings(writer, service.prepare_readings(columns))
        reader.execute(text("SELECT count(*) FROM telemetry.readings"))
        later = make(1, [NOON_US + 86_400_000_000], [2.0])
        assert service.ensure_partitions(database.engine, later) == 1
    put(database, later)


def test_every_partition_has_the_index(database: Database, make: Make) -> None:
    put(database, make(1, [NOON_US], [1.0]))
    with database.transaction() as session:
        definitions = session.execute(
            text("SELECT indexdef FROM pg_indexes WHERE tablename = 'readings_20260301'")
        ).scalars()
        assert any("(series_id, ts)" in definition for definition in definitions)


def test_days_out_of_bounds_are_refused(database: Database) -> None:
    for day in ("1999-12-31", "9999-01-01", "infinity", "-infinity", None):
        with pytest.raises(exc.DBAPIError), database.transaction() as session:
            session.execute(
                text("SELECT telemetry.make_readings_partition(CAST(:day AS date))"), {"day": day}
            )
    assert partitions(database) == []


def test_the_application_can_do_nothing_else(database: Database) -> None:
    for statement in (
        "CREATE TABLE telemetry.mine (a int)",
        "DROP TABLE telemetry.readings",
        "DELETE FROM telemetry.readings",
        "UPDATE telemetry.readings SET value = 0",
        "TRUNCATE telemetry.readings",
        "UPDATE telemetry.storage SET kind = 'timescaledb'",
        "ALTER TABLE telemetry.readings ADD COLUMN a int",
    ):
        with (
            pytest.raises(exc.ProgrammingError, match=r"permission denied|must be owner"),
            database.transaction() as session,
        ):
            session.execute(text(statement))


def test_the_function_cannot_be_led_astray_by_the_callers_names(
    database: Database,
) -> None:
    """A temporary `format` or `pg_inherits` of the caller must not run with the owner's rights."""
    with database.engine.connect() as connection:
        connection.execute(text("CREATE TEMP TABLE pg_inherits (inhparent oid, inhrelid oid)"))
        connection.execute(text("SET search_path = pg_temp, public"))
        made = connection.execute(
            text("SELECT telemetry.make_readings_partition(DATE '2026-05-05')")
        ).scalar_one()
        connection.commit()
    assert made
    assert partitions(database) == ["readings_20260505"]
