"""The task that keeps rollups is in the schedule and does it."""

from collections.abc import Iterator

import pytest

from kernel import db
from kernel.settings import forget_settings
from runtime import tasks
from runtime.schedule import beat_schedule
from tests.integration.telemetry.test_conformance import NOON_US, Make, put
from tests.integration.telemetry.test_rollup_upkeep import left, stored
from tests.support.databases import DatabaseUrls


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch, database_urls: DatabaseUrls) -> Iterator[None]:
    monkeypatch.setenv("FOREWARN_DATABASE_URL", database_urls.app)
    forget_settings()
    db.database.cache_clear()
    yield
    db.database().dispose()
    db.database.cache_clear()
    forget_settings()


@pytest.mark.usefixtures("settled")
def test_the_scheduled_task_refreshes(database: db.Database, make: Make) -> None:
    assert "telemetry.refresh_rollups" in beat_schedule()
    put(database, make([1, 1, 2], NOON_US, [1.0, 2.0, 3.0]))
    tasks.refresh_rollups()
    assert left(database) == []
    assert [stored(database, step) for step in ("1m", "1h", "1d")] == [2, 2, 2]
