"""Readings go day by day when they are too old; a day in use waits."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from kernel.clock import utc_now
from kernel.db import Database
from telemetry import service
from telemetry.retention import readings_days, remove_readings
from tests.integration.telemetry.test_conformance import Make, put

DAY_US = 86_400_000_000


def test_days_go_and_the_others_stay(store: Database, make: Make) -> None:
    now_us = int(utc_now().timestamp() * 1e6)
    for age in (400, 100, 50, 3):
        put(store, make(1, [now_us - age * DAY_US], [float(age)]))
    before = utc_now().date() - timedelta(days=90)
    gone = remove_readings(store, before)
    assert [(utc_now().date() - one.day).days for one in gone] == [400, 100]
    assert all(one.bytes > 0 for one in gone)
    start = datetime(2020, 1, 1, tzinfo=UTC)
    with store.transaction() as session:
        left = service.read_range(session, 1, start, utc_now())
    assert left.value.tolist() == [50.0, 3.0]
    assert remove_readings(store, before) == []
    assert len(readings_days(store)) == 2


def test_a_day_in_use_waits_and_may_be_written_again(database: Database, make: Make) -> None:
    now_us = int(utc_now().timestamp() * 1e6)
    old = make(1, [now_us - 400 * DAY_US], [1.0])
    put(database, old)
    before = utc_now().date() - timedelta(days=90)
    with database.transaction() as reader:
        reader.execute(text("SELECT count(*) FROM telemetry.readings"))
        assert remove_readings(database, before) == []
    assert len(remove_readings(database, before)) == 1
    service.forget_partitions(database.engine)
    put(database, old)
