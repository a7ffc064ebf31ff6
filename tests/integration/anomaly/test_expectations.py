"""What was expected of series over time: written with snapshots, read for charts, removed in time."""

from datetime import timedelta
from typing import Any

import pytest

from anomaly.expectations import service
from anomaly.scoring.memory import Memory
from anomaly.settings import AnomalySettings
from telemetry import service as telemetry
from tests.integration.anomaly.world import START, World, steady
from tests.integration.conftest import ClientFor
from tests.support.http import Api

SECTION = AnomalySettings(warmup_readings=200, warmup_span_s=0, learn_every_s=0)


@pytest.fixture
def world(api: Api) -> World:
    return World(api.database, SECTION)


def _machine(world: World) -> tuple[str, int]:
    asset_id = world.asset()
    with world.database.transaction() as session:
        known = telemetry.register_series(
            session, asset_id, "vibration", unit="mm/s", kind="vibration"
        )
    # The same id in telemetry's table and in the directory of the world.
    assert world.series(asset_id) == known
    return asset_id, known


def _ask(engineer: Any, asset_id: str, from_s: float, to_s: float, **more: Any) -> Any:
    start, end = (START + timedelta(seconds=second) for second in (from_s, to_s))
    params = {"start": start.isoformat(), "end": end.isoformat(), **more}
    answer = engineer.get(f"/assets/{asset_id}/expected", params=params)
    assert answer.status_code == 200, answer.text
    (only,) = answer.json()["items"]
    return only


def test_scored_readings_leave_bands_that_charts_read(world: World, client_for: ClientFor) -> None:
    asset_id, series_id = _machine(world)
    engineer = client_for("engineer")
    assert _ask(engineer, asset_id, 0, 3600)["ts_ms"] == []
    for _ in range(6):
        world.send("edge-a", [series_id], 6, per_frame=600)
        world.score("edge-a")
        world.clock.advance(timedelta(minutes=60))
    whole = _ask(engineer, asset_id, 0, 6 * 3600)
    assert whole["series_id"] == series_id
    assert len(whole["ts_ms"]) >= 3
    assert whole["ts_ms"] == sorted(whole["ts_ms"])
    assert all(low < 10 < high for low, high in zip(whole["low"], whole["high"], strict=True))
    # A span begins with what held before it.
    late = _ask(engineer, asset_id, 5.9 * 3600, 6 * 3600)
    before = [at for at in whole["ts_ms"] if at < (START.timestamp() + 5.9 * 3600) * 1000]
    assert late["ts_ms"][0] == before[-1]
    # A long span is thinned: the last of each stretch, whole as it was noted.
    few = _ask(engineer, asset_id, 0, 6 * 3600, max_points=4)
    assert len(few["ts_ms"]) <= 4
    assert few["ts_ms"][-1] == whole["ts_ms"][-1]
    assert set(few["ts_ms"]) <= set(whole["ts_ms"])


def test_a_restart_repeats_nothing_it_had_noted(world: World) -> None:
    _, series_id = _machine(world)
    world.send("edge-a", [series_id], 12, per_frame=600)
    world.score("edge-a")
    once = world.rows("SELECT * FROM anomaly.expectations ORDER BY at")
    world.send("edge-a", [series_id], 30, per_frame=600, s1=steady(12.0))
    world.clock.advance(timedelta(minutes=5))
    world.score("edge-a", Memory())
    twice = world.rows("SELECT * FROM anomaly.expectations ORDER BY at")
    assert twice[: len(once)] == once
    assert len(twice) > len(once)


def test_baselines_that_did_not_change_are_not_written(world: World) -> None:
    _, series_id = _machine(world)
    world.send("edge-a", [series_id], 20, per_frame=600)
    world.score("edge-a")
    world.clock.advance(timedelta(minutes=5))
    world.send("edge-a", [series_id], 1, per_frame=1)
    world.score("edge-a")
    (first,) = world.rows("SELECT updated_at, xmin::text FROM anomaly.baselines")
    world.clock.advance(timedelta(minutes=5))
    world.send("edge-a", [series_id], 1, per_frame=1)
    world.score("edge-a")
    assert world.rows("SELECT taken_at FROM anomaly.snapshots")[0][0] == world.clock.now()
    assert world.rows("SELECT updated_at, xmin::text FROM anomaly.baselines") == [first]


def test_what_is_too_old_goes(world: World) -> None:
    _, series_id = _machine(world)
    world.send("edge-a", [series_id], 24, per_frame=600)
    world.score("edge-a")
    rows = world.rows("SELECT at FROM anomaly.expectations ORDER BY at")
    assert len(rows) >= 3
    assert service.remove_old(world.database, rows[1].at) == 1
    assert service.remove_old(world.database, rows[1].at) == 0
    assert world.rows("SELECT at FROM anomaly.expectations ORDER BY at") == rows[1:]


def test_bad_questions_get_clear_answers(world: World, client_for: ClientFor) -> None:
    asset_id, _ = _machine(world)
    engineer = client_for("engineer")
    address = f"/assets/{asset_id}/expected"
    at = START.isoformat()
    backwards = engineer.get(address, params={"start": at, "end": at})
    assert (backwards.status_code, backwards.json()["code"]) == (422, "span_invalid")
    wrong: tuple[dict[str, str | int], ...] = (
        {"start": at},
        {"start": "x", "end": at},
        {"start": at, "end": at, "max_points": 1},
    )
    for params in wrong:
        assert engineer.get(address, params=params).status_code == 422
    ends = {"start": at, "end": (START + timedelta(hours=1)).isoformat()}
    assert engineer.get("/assets/ast_none/expected", params=ends).status_code == 404
