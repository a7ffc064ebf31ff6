"""Rollups equal what is computed from all readings; runs on plain PostgreSQL and on TimescaleDB."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from kernel.db import Database
from telemetry.errors import SpanInvalid
from telemetry.rollups import service as rollups
from telemetry.rollups.rules import width_us
from tests.integration.telemetry.test_conformance import DAY, NOON, NOON_US, SECOND, Make, put
from tests.support.rollups import BAD, Reading, answered, expected

MINUTE = 60 * SECOND
STEPS: tuple[rollups.Step, ...] = ("1m", "1h", "1d")


def store_all(database: Database, make: Make, readings: list[Reading]) -> None:
    series, ts, value, quality = zip(*readings, strict=True)
    put(database, make(series, ts, value, quality))


def assert_all_steps(database: Database, readings: list[Reading]) -> None:
    """Compare the rollups of all readings with what is computed from them."""
    ids = sorted({series for series, *_ in readings})
    times = [ts for _, ts, *_ in readings]
    start = NOON + timedelta(microseconds=min(times) - NOON_US)
    end = NOON + timedelta(microseconds=max(times) - NOON_US + 1)
    for step in STEPS:
        with database.transaction() as session:
            found = answered(rollups.read(session, ids, start, end, step))
        wanted = expected(readings, width_us(step))
        assert list(found) == sorted(wanted), step
        for key, row in wanted.items():
            np.testing.assert_allclose(
                found[key], row, rtol=1e-9, atol=1e-9, err_msg=f"{step} {key}"
            )


def test_a_value_counts_for_as_long_as_it_holds(store: Database, make: Make) -> None:
    # 10 for a minute and a half, 20 for half a minute, and nobody knows for how long 30.
    readings = [
        (1, NOON_US + 30 * SECOND, 10.0, 0),
        (1, NOON_US + 120 * SECOND, 20.0, 0),
        (1, NOON_US + 150 * SECOND, 30.0, 0),
    ]
    store_all(store, make, readings)
    with store.transaction() as session:
        found = rollups.read(session, [1], NOON, NOON + DAY, "1m")
        hour = rollups.read(session, [1], NOON, NOON + DAY, "1h")
    assert found.bucket_us.tolist() == [NOON_US, NOON_US + 2 * MINUTE]
    assert found.twa.tolist() == [10, 20]
    assert found.mean.tolist() == [10, 25]
    assert hour.twa.tolist() == [(10 * 90 + 20 * 30) / 120]
    assert_all_steps(store, readings)


def test_what_held_before_the_span_counts_in_it(store: Database, make: Make) -> None:
    readings = [(1, NOON_US - 7 * MINUTE, 5.0, 0), (1, NOON_US + 59 * SECOND, 65.0, 0)]
    store_all(store, make, [*readings, (1, NOON_US + MINUTE, 1.0, 0)])
    with store.transaction() as session:
        found = rollups.read(session, [1], NOON + timedelta(seconds=3), NOON + DAY, "1m")
    assert found.twa.tolist() == [(5 * 59 + 65) / 60, 1]
    assert found.first.tolist() == [65, 1]


def test_what_is_bad_is_counted_and_holds_nothing(store: Database, make: Make) -> None:
    uncertain = 0x4000_0000
    readings = [
        (1, NOON_US, 1.0, 0),
        (1, NOON_US + 10 * SECOND, 3.0, uncertain),
        (1, NOON_US + 20 * SECOND, float("nan"), BAD),
        (1, NOON_US + 50 * SECOND, -9999.0, BAD),
        (1, NOON_US + 55 * SECOND, 8.0, 0),
        (1, NOON_US + 2 * MINUTE, float("nan"), BAD),
        (1, NOON_US + 3 * MINUTE, 1e308, 0),
        (1, NOON_US + 3 * MINUTE + 1, 5e-324, 0),
        (1, NOON_US + 4 * MINUTE, -1e308, 0),
    ]
    store_all(store, make, readings)
    with store.transaction() as session:
        found = rollups.read(session, [1], NOON, NOON + DAY, "1m")
    assert found.count.tolist() == [3, 0, 1, 0]
    assert found.bad.tolist() == [2, 1, 1, 1]
    assert found.min[0] == 1
    assert found.twa[0] == (10 * 1 + 10 * 3 + 5 * 8) / 25
    assert np.isnan([found.twa[1], found.mean[1], found.min[1]]).all()
    assert_all_steps(store, readings)


def test_readings_of_one_time_have_an_order(store: Database, make: Make) -> None:
    readings = [
        *((1, NOON_US, value, 0) for value in (2.0, 1.0, 3.0, 3.0)),
        (1, NOON_US, float("nan"), BAD),
        (1, NOON_US + 10 * SECOND, 6.0, 0),
        (1, NOON_US + 10 * SECOND, 5.0, 0),
        (1, NOON_US + 20 * SECOND, 0.0, 0),
    ]
    store_all(store, make, readings)
    with store.transaction() as session:
        found = rollups.read(session, [1], NOON, NOON + DAY, "1h")
    assert (found.first[0], found.last[0], found.twa[0]) == (1, 0, (3 + 6) / 2)
    assert_all_steps(store, readings)


def test_many_series_and_nothing_of_others(store: Database, make: Make) -> None:
    ids = np.repeat(np.arange(1, 31), 100)
    times = np.tile(NOON_US + np.arange(100) * 977 * SECOND, 30)
    values = np.sin(np.arange(3000))
    put(store, make(ids, times, values))
    rows = zip(ids.tolist(), times.tolist(), values.tolist(), [0] * 3000, strict=True)
    assert_all_steps(store, [row for row in rows if row[0] != 7])


def test_no_readings_no_rows(store: Database, make: Make) -> None:
    store_all(store, make, [(1, NOON_US, 1.0, 0)])
    with store.transaction() as session:
        assert len(rollups.read(session, [], NOON, NOON + DAY, "1h")) == 0
        assert len(rollups.read(session, [2], NOON, NOON + DAY, "1h")) == 0
        assert len(rollups.read(session, [1], NOON - 9 * DAY, NOON, "1h")) == 0


def test_a_span_that_is_none_is_refused(store: Database) -> None:
    with store.transaction() as session:
        for start, end in ((NOON, NOON), (datetime(2026, 1, 1), NOON)):  # noqa: DTZ001 - as it must not be
            with pytest.raises(SpanInvalid):
                rollups.read(session, [1], start, end, "1h")


@pytest.mark.parametrize(
    ("span", "points", "step"),
    [
        (timedelta(days=365), 2000, "1h"),
        (timedelta(days=30), 2000, "1h"),
        (timedelta(days=5000), 2000, "1d"),
        (timedelta(days=1), 2000, "1m"),
        (timedelta(hours=1), 2000, None),
    ],
)
def test_the_step_that_suits_a_plot(span: timedelta, points: int, step: str | None) -> None:
    assert rollups.steps_for(span, points) == step
