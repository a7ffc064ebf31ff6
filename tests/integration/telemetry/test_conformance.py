"""What every store must do alike; runs on plain PostgreSQL and on TimescaleDB."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text

from kernel.db import Database
from telemetry import service
from telemetry.errors import SpanInvalid, TooManyReadings
from telemetry.service import ReadingColumns

Make = Callable[..., ReadingColumns]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_US = int(NOON.timestamp()) * 1_000_000
SECOND = 1_000_000
DAY = timedelta(days=1)


def put(database: Database, columns: ReadingColumns) -> ReadingColumns:
    service.ensure_partitions(database.engine, columns)
    prepared = service.prepare_readings(columns)
    with database.transaction() as session:
        service.store_readings(session, prepared)
    return prepared.newest


def test_the_store_is_the_one_recorded(store: Database, request: pytest.FixtureRequest) -> None:
    assert service.storage_kind(store.engine) in request.node.name


def test_readings_come_back_as_they_went_in(store: Database, make: Make) -> None:
    ts = NOON_US + np.array([3, 1, 2, 0]) * SECOND + np.array([7, 0, 999_999, 1])
    value = [1.5, -0.0, 1e308, 5e-324]
    quality = [0, 0x80000000, 0xFFFFFFFF, 0x40920000]
    put(store, make(7, ts, value, quality))
    with store.transaction() as session:
        points = service.read_range(session, 7, NOON, NOON + DAY)
    order = np.argsort(ts)
    assert points.ts_us.tolist() == ts[order].tolist()
    assert points.value.tobytes() == np.array(value)[order].tobytes()
    assert points.quality.tolist() == np.array(quality)[order].tolist()
    assert (points.readings, points.downsampled) == (4, False)
    assert points.ts_ms[0] == points.ts_us[0] // 1000


def test_every_time_of_a_reading_is_kept(store: Database, make: Make) -> None:
    columns = make(1, [NOON_US + 123_457], [1.0], recorded_at_us=NOON_US + 5_000_001)
    put(store, columns)
    with store.transaction() as session:
        row = session.execute(text("SELECT ts, edge_ts, recorded_at FROM telemetry.readings")).one()
    assert row.ts == row.edge_ts == NOON + timedelta(microseconds=123_457)
    assert row.recorded_at == NOON + timedelta(microseconds=5_000_001)


def test_a_span_is_half_open_and_of_one_series(store: Database, make: Make) -> None:
    put(store, make([1, 1, 1, 2], NOON_US + np.array([0, 1, 2, 1]) * SECOND, [0, 1, 2, 9]))
    with store.transaction() as session:
        points = service.read_range(session, 1, NOON, NOON + timedelta(seconds=2))
        empty = service.read_range(session, 3, NOON, NOON + DAY, 100)
    assert points.value.tolist() == [0, 1]
    assert (len(empty.ts_us), empty.readings) == (0, 0)


def test_readings_of_many_days_in_one_transaction(store: Database, make: Make) -> None:
    ts = NOON_US + np.arange(40) * 86_400 * SECOND - 400 * 86_400 * SECOND
    put(store, make(1, ts, np.arange(40)))
    with store.transaction() as session:
        points = service.read_range(session, 1, NOON - 500 * DAY, NOON)
    assert points.value.tolist() == list(range(40))


def test_down_sampling_keeps_spikes_whatever_their_place(store: Database, make: Make) -> None:
    # More than one block, so that the streaming path is taken.
    count = 300_000
    value = np.sin(np.arange(count) / 5000)
    spikes = [1, 99_999, 262_143, 266_000, count - 2]
    value[spikes] = 1000.0 + np.arange(len(spikes))
    put(store, make(1, NOON_US + np.arange(count) * 1000, value))
    methods: tuple[service.Method, ...] = ("minmax", "lttb")
    for method in methods:
        with store.transaction() as session:
            points = service.read_range(session, 1, NOON, NOON + DAY, 500, method=method)
        assert len(points.ts_us) <= 500
        assert (points.readings, points.downsampled) == (count, True)
        assert set(value[spikes]) <= set(points.value.tolist())
        assert (np.diff(points.ts_us) > 0).all()


def test_values_that_are_no_number_do_not_poison_a_plot(store: Database, make: Make) -> None:
    value = np.zeros(5000)
    value[::3] = np.nan
    value[1] = np.inf
    value[2500] = 42
    put(store, make(1, NOON_US + np.arange(5000) * SECOND, value))
    methods: tuple[service.Method, ...] = ("minmax", "lttb")
    second = timedelta(seconds=1)
    for method in methods:
        with store.transaction() as session:
            few = service.read_range(session, 1, NOON, NOON + DAY, 100, method=method)
            nothing = service.read_range(session, 1, NOON, NOON + second, 1, method=method)
        assert not np.isinf(few.value).any()
        assert np.isnan(few.value).sum() <= 100 // 8, "some tell that the line breaks"
        assert 42 in few.value
        assert np.isnan(nothing.value).all()


def test_raw_is_every_reading_or_a_refusal(store: Database, make: Make) -> None:
    put(store, make(1, NOON_US + np.arange(50) * SECOND, np.arange(50)))
    with store.transaction() as session:
        assert len(service.read_range(session, 1, NOON, NOON + DAY, 50, method="raw").ts_us) == 50
        with pytest.raises(TooManyReadings) as refused:
            service.read_range(session, 1, NOON, NOON + DAY, 49, method="raw")
        with pytest.raises(SpanInvalid):
            service.read_range(session, 1, NOON, NOON)
        with pytest.raises(SpanInvalid):
            service.read_range(session, 1, datetime(2026, 1, 1), NOON)  # noqa: DTZ001
    assert refused.value.facts["limit"] == 49


def test_latest_keeps_the_newest_by_source_time(store: Database, make: Make) -> None:
    ts = NOON_US + np.array([5, 9, 2, 4]) * SECOND
    newest = put(store, make([1, 1, 1, 2], ts, [5, 9, 2, 4], [0, 0x80000001, 0, 0]))
    assert newest.series_id.tolist() == [1, 2]
    assert newest.value.tolist() == [9, 4]
    put(store, make([1, 2], NOON_US + np.array([8, 6]) * SECOND, [8, 6]))
    with store.transaction() as session:
        latest = service.latest(session, [1, 2, 3])
    assert {i: (row.value, row.quality) for i, row in latest.items()} == {
        1: (9, 0x80000001),
        2: (6, 0),
    }
    assert latest[1].ts == NOON + timedelta(seconds=9)


def test_latest_of_ten_thousand_series_in_one_call(store: Database, make: Make) -> None:
    put(store, make(np.arange(10_000), NOON_US, np.arange(10_000)))
    with store.transaction() as session:
        started = time.perf_counter()
        latest = service.latest(session, range(10_000))
        taken = time.perf_counter() - started
    assert len(latest) == 10_000
    assert taken < 30, "not a benchmark, but no query per series either"


def test_no_readings_are_no_error(store: Database, make: Make) -> None:
    assert len(put(store, make([], [], [], recorded_at_us=1))) == 0
