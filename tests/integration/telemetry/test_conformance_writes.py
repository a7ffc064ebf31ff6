"""What every store must do alike with readings as they come: late, twice, at midnight, half written."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import exc, text

from kernel.db import Database
from telemetry import service
from telemetry.errors import DayOutOfBounds
from tests.integration.telemetry.test_conformance import DAY, NOON, NOON_US, SECOND, Make, put

DAY_US = 86_400 * SECOND
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
MIDNIGHT_US = int(MIDNIGHT.timestamp()) * SECOND
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)

PARTITIONS = """
SELECT to_date(right(c.relname, 8), 'YYYYMMDD') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'telemetry.readings'::regclass ORDER BY 1
"""
CHUNKS = """
SELECT CAST(range_start AT TIME ZONE 'UTC' AS date) FROM timescaledb_information.chunks
WHERE hypertable_schema = 'telemetry' AND hypertable_name = 'readings'
  AND range_end - range_start = INTERVAL '1 day' ORDER BY 1
"""
CHILDREN = text(
    "SELECT inhrelid::regclass::text FROM pg_inherits "
    "WHERE inhparent = 'telemetry.readings'::regclass ORDER BY 1"
)
SERIES = count(1)


def days_held(store: Database) -> list[date]:
    query = CHUNKS if service.storage_kind(store.engine) == "timescaledb" else PARTITIONS
    with store.transaction() as session:
        return list(session.execute(text(query)).scalars())


def values(store: Database, series_id: int, start: datetime, end: datetime) -> list[float]:
    with store.transaction() as session:
        found: list[float] = service.read_range(session, series_id, start, end).value.tolist()
    return found


def test_late_readings_take_their_place(store: Database, make: Make) -> None:
    put(store, make(1, NOON_US + np.array([0, 2]) * SECOND, [10, 12]))
    late = NOON_US + np.array([-7 * DAY_US, -7 * DAY_US + SECOND, SECOND])
    put(store, make(1, late, [1, 2, 11]))
    assert values(store, 1, NOON - 30 * DAY, NOON + DAY) == [1, 2, 10, 11, 12]
    with store.transaction() as session:
        assert service.latest(session, [1])[1].value == 12
    assert days_held(store) == [date(2026, 2, 22), date(2026, 3, 1)]


def test_a_day_ends_at_midnight_utc(store: Database, make: Make) -> None:
    put(store, make(1, MIDNIGHT_US + np.array([-1, 0]), [1, 2]))
    assert days_held(store) == [date(2026, 3, 1), date(2026, 3, 2)]
    assert values(store, 1, MIDNIGHT - DAY, MIDNIGHT) == [1]
    assert values(store, 1, MIDNIGHT, MIDNIGHT + MICROSECOND) == [2]
    assert values(store, 1, MIDNIGHT - MICROSECOND, MIDNIGHT + MICROSECOND) == [1, 2]


def test_a_reading_twice_is_two_readings(store: Database, make: Make) -> None:
    """Frames are told apart before; a device may well say two things for one instant."""
    put(store, make(1, [NOON_US, NOON_US], [1, 2]))
    put(store, make(1, [NOON_US], [3]))
    assert sorted(values(store, 1, NOON, NOON + DAY)) == [1, 2, 3]


def test_a_transaction_that_fails_leaves_nothing(store: Database, make: Make) -> None:
    columns = make(1, NOON_US + np.arange(1000) * SECOND, np.arange(1000))
    service.ensure_partitions(store.engine, columns)
    prepared = service.prepare_readings(columns)

    def break_off() -> None:
        with store.transaction() as session:
            service.store_readings(session, prepared)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        break_off()
    with store.transaction() as session:
        assert service.latest(session, [1]) == {}
    assert values(store, 1, NOON, NOON + DAY) == []
    put(store, columns)
    assert len(values(store, 1, NOON, NOON + DAY)) == 1000


def test_a_stream_that_is_cut_short_leaves_nothing(store: Database, make: Make) -> None:
    columns = make(1, NOON_US + np.arange(100) * SECOND, np.arange(100))
    service.ensure_partitions(store.engine, columns)
    prepared = service.prepare_readings(columns)
    half = replace(prepared, stream=prepared.stream[: len(prepared.stream) // 2])
    with pytest.raises(psycopg.errors.BadCopyFileFormat), store.transaction() as session:
        service.store_readings(session, half)
    assert values(store, 1, NOON, NOON + DAY) == []


def test_what_a_point_says_of_its_quality_stays_with_its_value(store: Database, make: Make) -> None:
    count = 20_000
    value, quality = np.zeros(count), np.zeros(count, np.uint32)
    value[[5000, 15_000]], quality[[5000, 15_000]] = [100, -100], [0x80000000, 0x40000000]
    put(store, make(1, NOON_US + np.arange(count) * SECOND, value, quality))
    methods: tuple[service.Method, ...] = ("minmax", "lttb")
    for method in methods:
        with store.transaction() as session:
            points = service.read_range(session, 1, NOON, NOON + DAY, 100, method=method)
        said = dict(zip(points.value.tolist(), points.quality.tolist(), strict=True))
        assert said == {0: 0, 100: 0x80000000, -100: 0x40000000}


def test_the_first_and_last_days_and_the_largest_series(store: Database, make: Make) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = datetime(2000, 1, 1, tzinfo=UTC), today + 9 * DAY - MICROSECOND
    ts = [int(at.timestamp()) * SECOND + at.microsecond for at in (first, last)]
    put(store, make(2**31 - 1, ts, [1, 2]))
    assert values(store, 2**31 - 1, first, last + MICROSECOND) == [1, 2]
    for outside in (ts[0] - 1, ts[1] + 1):
        with pytest.raises(DayOutOfBounds):
            put(store, make(1, [outside], [1]))


def test_a_span_is_looked_for_in_its_days_alone_and_by_the_index(
    store: Database, make: Make
) -> None:
    put(store, make(1, NOON_US + np.arange(30) * DAY_US, np.arange(30)))
    with store.transaction() as session:
        # So few rows would be scanned otherwise.
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            session.execute(
                text(
                    "EXPLAIN SELECT ts FROM telemetry.readings WHERE series_id = 1 "
                    "AND ts >= '2026-03-05 00:00+00' AND ts < '2026-03-06 00:00+00' ORDER BY ts"
                )
            ).scalars()
        )
        children = [name.rpartition(".")[2] for name in session.execute(CHILDREN).scalars()]
    assert len(children) == 30
    assert sum(f" on {child} " in plan for child in children) == 1
    assert "Index" in plan
    assert "Sort" not in plan


def test_the_application_adds_and_reads_and_nothing_else(store: Database, make: Make) -> None:
    put(store, make(1, [NOON_US], [1]))
    with store.transaction() as session:
        (child,) = session.execute(CHILDREN).scalars()
    for statement in (
        "DELETE FROM {}",
        "UPDATE {} SET value = 0",
        "TRUNCATE {}",
        "DROP TABLE {}",
        "ALTER TABLE {} ADD COLUMN a int",
        "CREATE INDEX ON {} (value)",
    ):
        for table in ("telemetry.readings", child):
            with (
                pytest.raises(exc.ProgrammingError, match=r"permission denied|must be owner"),
                store.transaction() as session,
            ):
                session.execute(text(statement.format(table)))
    assert values(store, 1, NOON, NOON + DAY) == [1]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.lists(
            # A week of late data, in steps that often meet.
            st.tuples(st.integers(-7 * 24, 24), st.integers(0, 2**32 - 1)),
            min_size=1,
            max_size=30,
        ),
        min_size=1,
        max_size=5,
    ),
    span=st.tuples(st.integers(-8 * 24, 24), st.integers(1, 9 * 24)),
)
def test_any_span_is_what_counting_by_hand_gives(
    store: Database,
    make: Make,
    batches: list[list[tuple[int, int]]],
    span: tuple[int, int],
) -> None:
    series_id = next(SERIES)
    everything: list[tuple[int, int]] = []
    for batch in batches:
        hours, quality = zip(*batch, strict=True)
        ts = NOON_US + np.array(hours) * 3600 * SECOND
        put(store, make(series_id, ts, np.array(hours), np.array(quality)))
        everything += zip(hours, quality, strict=True)
    start, end = span[0], span[0] + span[1]
    with store.transaction() as session:
        points = service.read_range(
            session, series_id, NOON + start * HOUR, NOON + end * HOUR, method="raw"
        )
        newest = service.latest(session, [series_id])[series_id]
    expected = sorted(reading for reading in everything if start <= reading[0] < end)
    assert points.value.tolist() == [hour for hour, _ in expected]
    assert sorted(zip(points.value.tolist(), points.quality.tolist(), strict=True)) == expected
    assert newest.ts == NOON + max(hour for hour, _ in everything) * HOUR
