"""Rollups stay right whatever comes when; runs on plain PostgreSQL and on TimescaleDB."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import exc, text

from kernel.clock import utc_now
from kernel.db import Database
from migrations import run as migrations
from telemetry import retention, service
from telemetry.retention import remove_readings, remove_rollups
from telemetry.rollups import service as rollups
from telemetry.rollups import upkeep
from telemetry.rollups.rules import Step
from telemetry.settings import TelemetrySettings
from tests.integration.telemetry.test_conformance import DAY, NOON, NOON_US, SECOND, Make, put
from tests.integration.telemetry.test_rollups import MINUTE, assert_all_steps, store_all
from tests.support.databases import DatabaseUrls
from tests.support.rollups import BAD, Reading

DAY_US = 86_400 * SECOND
Refresh = Callable[[], None]


@pytest.fixture
def refresh(store: Database, request: pytest.FixtureRequest) -> Refresh:
    """What keeps the rollups of the store: a task, or a job of the database."""
    if service.storage_kind(store.engine) == "postgresql":
        return lambda: _by_task(store)
    urls: DatabaseUrls = request.getfixturevalue("timescale_urls")
    return lambda: _by_job(store, urls)


def _by_task(database: Database) -> None:
    assert upkeep.refresh(database, utc_now())


def _by_job(database: Database, urls: DatabaseUrls) -> None:
    database.dispose()
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        row = connection.execute(
            "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'refresh_marked'"
        ).fetchone()
        assert row is not None
        connection.execute("CALL public.run_job(%s)", row)


def left(database: Database) -> list[str]:
    """Return the steps of which something is marked."""
    with database.transaction() as session:
        return list(session.execute(text("SELECT step FROM telemetry.rollup_marks")).scalars())


def stored(database: Database, step: str) -> int:
    with database.transaction() as session:
        return int(
            session.execute(text(f"SELECT count(*) FROM telemetry.rollup_{step}")).scalar_one()
        )


VALUES = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([0.0, -0.0, 1e308, -1e308, 5e-324, float("nan")])
)
AGES = st.one_of(st.integers(0, 7 * DAY_US), st.integers(0, 90 * SECOND), st.just(3600 * SECOND))


@st.composite
def batches(draw: st.DrawFn) -> list[list[Reading]]:
    """Commits of readings up to a week late, some of one time."""
    made = []
    for _ in range(draw(st.integers(1, 4))):
        ages = draw(st.lists(AGES, min_size=1, max_size=12))
        readings = []
        for age in ages:
            value = draw(VALUES)
            bad = np.isnan(value) or draw(st.booleans())
            series = draw(st.integers(1, 3))
            readings.append((series, NOON_US - age, value, BAD if bad else 0))
        made.append(readings)
    return made


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commits=batches(), refreshed=st.lists(st.booleans(), min_size=4, max_size=4))
def test_rollups_equal_what_all_readings_say(
    store: Database,
    make: Make,
    refresh: Refresh,
    commits: list[list[Reading]],
    refreshed: list[bool],
) -> None:
    with store.transaction() as session:
        newest = session.execute(text("SELECT coalesce(max(series_id), 0) FROM telemetry.latest"))
        # Each example has series of its own.
        offset = newest.scalar_one() + 1
    readings: list[Reading] = []
    for commit, is_refreshed in zip(commits, refreshed, strict=False):
        moved = [(series + offset, *rest) for series, *rest in commit]
        store_all(store, make, moved)
        readings += moved
        assert_all_steps(store, readings)
        if is_refreshed:
            refresh()
            assert left(store) == []
            assert_all_steps(store, readings)
    refresh()
    assert_all_steps(store, readings)


def test_what_is_refreshed_is_stored_and_what_is_late_comes_in(
    store: Database, make: Make, refresh: Refresh
) -> None:
    regular = [(1, NOON_US - n * 977 * SECOND, float(n % 7), 0) for n in range(700)]
    store_all(store, make, regular)
    refresh()
    assert left(store) == []
    assert [stored(store, step) for step in ("1h", "1d")] == [191, 9]
    late = [(1, NOON_US - 6 * DAY_US + 1, 1000.0, 0), (2, NOON_US - 5 * DAY_US, 3.0, 0)]
    store_all(store, make, late)
    assert set(left(store)) == {"1m"}
    assert_all_steps(store, regular + late)
    refresh()
    assert left(store) == []
    assert_all_steps(store, regular + late)


def test_a_poisoned_series_does_not_hold_up_the_others(
    store: Database, make: Make, refresh: Refresh
) -> None:
    storm = [
        (1, NOON_US + n, (1e308, -1e308, 1e200, 5e-324, -5e-324)[n % 5], 0) for n in range(500)
    ]
    others = [(2, NOON_US + n * SECOND, float(n), 0) for n in range(100)]
    store_all(store, make, storm + others)
    refresh()
    assert left(store) == []
    assert_all_steps(store, storm + others)


def test_the_minute_that_is_not_over_is_computed_and_stays_marked(
    store: Database, make: Make, refresh: Refresh
) -> None:
    now_us = int(utc_now().timestamp() * 1e6)
    old = now_us - 7200 * SECOND
    put(store, make([1, 1], [old, now_us], [1.0, 5.0]))
    refresh()
    assert "1m" in left(store)
    with store.transaction() as session:
        now = utc_now()
        found = rollups.read(
            session, [1], now - timedelta(hours=4), now + timedelta(minutes=5), "1h"
        )
    assert found.last.tolist() == [1, 5]


def test_a_day_that_is_removed_leaves_its_rollups(
    store: Database, make: Make, refresh: Refresh
) -> None:
    now = utc_now()
    now_us = int(now.timestamp() * 1e6)
    ages = (100, 50, 3)
    put(store, make(1, [now_us - age * DAY_US for age in ages], [float(age) for age in ages]))
    refresh()
    # Marked, and removed before it was refreshed: what was known stays.
    put(store, make(1, [now_us - 100 * DAY_US + 1], [7.0]))
    assert len(remove_readings(store, now.date() - timedelta(days=90))) == 1
    refresh()
    with store.transaction() as session:
        found = rollups.read(session, [1], now - 400 * DAY, now, "1d")
    assert found.last.tolist() == [100, 50, 3]


def test_minutes_go_after_their_time_and_hours_stay(database: Database, make: Make) -> None:
    now = utc_now()
    now_us = int(now.timestamp() * 1e6)
    put(database, make(1, [now_us - age * DAY_US for age in (500, 402, 3)], [1.0, 2.0, 3.0]))
    assert upkeep.refresh(database, now)
    keep = TelemetrySettings()
    assert remove_rollups(database, now.date(), keep) == {"rollup_1m": 2, "rollup_1h": 0}
    assert [stored(database, step) for step in ("1m", "1h", "1d")] == [1, 3, 3]
    assert remove_rollups(database, now.date(), keep) == {"rollup_1m": 0, "rollup_1h": 0}


def test_hours_and_days_go_after_theirs(
    database: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_ROWS_AT_ONCE", 2)
    now = utc_now()
    now_us = int(now.timestamp() * 1e6)
    ages = (900, 800, 700, 402, 399, 3)
    put(database, make(1, [now_us - age * DAY_US for age in ages], [float(age) for age in ages]))
    assert upkeep.refresh(database, now)
    keep = TelemetrySettings(minutes_keep_days=30, hours_keep_days=400, days_keep_days=750)
    gone = remove_rollups(database, now.date(), keep)
    assert gone == {"rollup_1m": 5, "rollup_1h": 4, "rollup_1d": 2}
    with database.transaction() as session:
        kept: tuple[tuple[Step, list[int]], ...] = (("1h", [399, 3]), ("1d", [700, 402, 399, 3]))
        for step, left in kept:
            found = rollups.read(session, [1], now - 1000 * DAY, now, step)
            assert found.last.tolist() == left
    assert remove_rollups(database, now.date(), TelemetrySettings()) == {
        "rollup_1m": 0,
        "rollup_1h": 0,
    }


@pytest.mark.timescale
def test_policies_keep_what_settings_say(hypertable: Database) -> None:
    policies = text(
        "SELECT a.view_name, (j.config ->> 'drop_after')::interval "
        "FROM timescaledb_information.jobs j JOIN timescaledb_information.continuous_aggregates a "
        "ON j.hypertable_name IN (a.materialization_hypertable_name, a.view_name) "
        "WHERE j.proc_name = 'policy_retention'"
    )

    def kept(**changes: Any) -> dict[str, int]:
        remove_rollups(hypertable, utc_now().date(), TelemetrySettings(**changes))
        with hypertable.transaction() as session:
            return {name: after.days for name, after in session.execute(policies)}

    assert kept() == {"rollup_1m": 400, "rollup_1h": 3660}
    assert kept(minutes_keep_days=60, hours_keep_days=90, days_keep_days=4000) == {
        "rollup_1m": 60,
        "rollup_1h": 90,
        "rollup_1d": 4000,
    }
    assert kept(minutes_keep_days=60, hours_keep_days=0) == {"rollup_1m": 60}
    for wrong in ("'readings', 400", "'rollup_1m', 3", "'rollup_1m', -1", "NULL, 400"):
        with pytest.raises(exc.DataError), hypertable.transaction() as session:
            session.execute(text(f"SELECT telemetry.keep_rollups({wrong})"))
    assert kept() == {"rollup_1m": 400, "rollup_1h": 3660}


@pytest.mark.parametrize(
    "changes",
    [
        {"minutes_keep_days": 29},
        {"minutes_keep_days": -1},
        {"minutes_keep_days": 500, "hours_keep_days": 499},
        {"minutes_keep_days": 0},
        {"days_keep_days": 400},
    ],
)
def test_what_wider_ones_are_made_of_goes_first(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"stay|greater"):
        TelemetrySettings(**changes)


def test_more_than_a_statement_may_do_is_done_in_parts(
    database: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_BUCKETS_MAX", 7)
    readings = [
        (series, NOON_US + n * 41 * SECOND, float(n), 0) for series in (1, 2, 9) for n in range(50)
    ]
    store_all(database, make, readings)
    assert upkeep.refresh(database, utc_now())
    assert left(database) == []
    assert stored(database, "1d") == 3
    assert_all_steps(database, readings)


def test_many_at_once_refresh_each_commit_once(database: Database, make: Make) -> None:
    """Commits and refreshes run against each other; nothing is forgotten."""
    stop = threading.Event()
    errors: list[BaseException] = []

    def keep() -> None:
        try:
            while not stop.is_set():
                upkeep.refresh(database, utc_now())
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)

    keepers = [threading.Thread(target=keep) for _ in range(3)]
    for keeper in keepers:
        keeper.start()
    readings: list[Reading] = []
    for n in range(40):
        commit = [
            (series, NOON_US - (n * 7919 % 3000) * SECOND - series, float(n), 0)
            for series in (1, 2, 5)
        ]
        store_all(database, make, commit)
        readings += commit
    stop.set()
    for keeper in keepers:
        keeper.join()
    assert errors == []
    upkeep.refresh(database, utc_now())
    assert left(database) == []
    assert_all_steps(database, readings)


def test_what_runs_out_of_time_goes_on_next_time(database: Database, make: Make) -> None:
    for n in range(3):
        put(database, make(1, [NOON_US + n * 3600 * SECOND], [1.0]))
    assert not upkeep.refresh(database, utc_now(), until=datetime.min.replace(tzinfo=NOON.tzinfo))
    assert left(database) != []
    assert upkeep.refresh(database, utc_now())
    assert left(database) == []


def test_readings_stored_before_there_were_rollups_are_marked(
    database_urls: DatabaseUrls, database: Database, make: Make
) -> None:
    readings = [
        (series, NOON_US + n * 50 * MINUTE, float(n), 0) for series in (1, 4) for n in range(20)
    ]
    store_all(database, make, readings)
    database.dispose()
    migrations.downgrade(database_urls.owner, database_urls.app, "0013r")
    migrations.upgrade(database_urls.owner, database_urls.app)
    assert left(database) != []
    assert_all_steps(database, readings)
    upkeep.refresh(database, utc_now())
    assert left(database) == []
    assert_all_steps(database, readings)
