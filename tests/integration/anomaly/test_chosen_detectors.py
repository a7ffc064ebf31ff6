"""Scoring with chosen detectors: beside the bank, over restarts and changes of mind."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from anomaly.choices.rules import kind_of
from anomaly.detectors.base import DetectorKind
from anomaly.scoring.memory import Memory
from kernel.db import Database
from tests.integration.anomaly.world import World, steady
from tests.support.databases import DatabaseUrls

AGENT = "gw_1"


@pytest.fixture
def world(emptied_database: Database) -> World:
    return World(emptied_database)


def river(*names: str, **parameters: Any) -> DetectorKind:
    steps = [{"name": name} for name in names]
    return kind_of("river", {"steps": steps, "learn_every_s": 0, **parameters})


GAUSSIAN = river("anomaly.GaussianScorer")
FORECAST = river("anomaly.PredictiveAnomalyDetection")


def choose(world: World, kind: DetectorKind | None, *series: int) -> None:
    """Change the choice, and let the minute go by after which facts are asked for anew."""
    for number in series:
        world.source.directory[number] = replace(world.source.directory[number], detector=kind)
    world.clock.advance(timedelta(seconds=61))


def detectors(world: World) -> list[tuple[int, str, bool]]:
    rows = world.rows("SELECT series_id, detector, low IS NOT NULL AS warm FROM anomaly.baselines")
    return sorted((row.series_id, row.detector, row.warm) for row in rows)


def deviations(world: World) -> list[tuple[int, str, str | None]]:
    return [(row.series_id, row.detector, row.end_reason) for row in world.deviations()]


def test_a_chosen_detector_scores_its_asset_beside_the_banks(world: World) -> None:
    chosen, other = world.series(world.asset()), world.series(world.asset())
    choose(world, GAUSSIAN, chosen)
    world.send(AGENT, [chosen, other], 60)
    world.send(AGENT, [chosen, other], 3, s1=steady(40.0), s2=steady(40.0))
    world.score(AGENT)
    assert deviations(world) == [(chosen, GAUSSIAN.version, None), (other, "ew_chart/2", None)]
    assert [row.detector for row in world.alarms()] == [GAUSSIAN.version, "ew_chart/2"]
    world.send(AGENT, [chosen, other], 20, s1=steady(), s2=steady())
    world.score(AGENT)
    assert [row.end_reason for row in world.deviations()] == ["returned", "returned"]


def play(world: World, *, restarts: bool) -> list[tuple[Any, ...]]:
    """Ten minutes of running, a fault, and the return; scored at once or with a restart before each run."""
    chosen, other = world.series(world.asset()), world.series(world.asset())
    choose(world, FORECAST, chosen)

    def score() -> None:
        if restarts:
            world.score(AGENT, Memory())

    for _ in range(8):
        world.send(AGENT, [chosen, other], 10)
        score()
    for _ in range(3):
        world.send(AGENT, [chosen, other], 1, s1=steady(40.0))
        score()
    world.send(AGENT, [chosen, other], 6, s1=steady())
    world.score(AGENT, Memory())
    return world.outcome()


@pytest.mark.parametrize("snapshot_readings", [1, 50_000])
def test_restarts_change_nothing(
    world: World, shared_urls: DatabaseUrls, snapshot_readings: int
) -> None:
    world.section = world.section.model_copy(update={"snapshot_readings": snapshot_readings})
    interrupted = play(world, restarts=True)
    assert [row[0] for row in interrupted] == [1]
    with psycopg.connect(shared_urls.owner, autocommit=True) as connection:
        connection.execute("TRUNCATE anomaly.alarms, anomaly.cursors, anomaly.snapshots CASCADE")
    assert play(World(world.database), restarts=False) == interrupted


def test_another_choice_learns_from_what_is_stored_and_ends_what_was_open(world: World) -> None:
    asset = world.asset()
    first, second = world.series(asset), world.series(world.asset())
    world.send(AGENT, [first, second], 60)
    world.send(AGENT, [first, second], 3, s1=steady(40.0), s2=steady(40.0))
    world.score(AGENT)
    assert [row.end_reason for row in world.deviations()] == [None, None]
    choose(world, GAUSSIAN, first)
    world.send(AGENT, [first, second], 1)
    world.score(AGENT)
    assert deviations(world)[:2] == [
        (first, "ew_chart/2", "detector_changed"),
        (second, "ew_chart/2", None),
    ]
    # Warm at once: it learnt from stored readings, and says so of the readings that go on as they did.
    assert detectors(world) == [(first, GAUSSIAN.version, True), (second, "ew_chart/2", True)]
    assert deviations(world)[2:] == [(first, GAUSSIAN.version, None)]


def test_a_choice_taken_back_goes_back_to_the_settings_detector(world: World) -> None:
    number = world.series(world.asset())
    choose(world, GAUSSIAN, number)
    world.send(AGENT, [number], 60)
    world.score(AGENT)
    assert detectors(world) == [(number, GAUSSIAN.version, True)]
    choose(world, None, number)
    world.send(AGENT, [number], 3, s1=steady(40.0))
    world.score(AGENT)
    assert detectors(world) == [(number, "ew_chart/2", True)]
    assert deviations(world) == [(number, "ew_chart/2", None)]


def test_a_choice_changed_while_no_worker_ran_is_followed_too(world: World) -> None:
    number = world.series(world.asset())
    world.send(AGENT, [number], 60)
    world.send(AGENT, [number], 3, s1=steady(40.0))
    world.score(AGENT)
    choose(world, FORECAST, number)
    world.send(AGENT, [number], 1)
    world.score(AGENT, Memory())
    assert detectors(world) == [(number, FORECAST.version, True)]
    assert deviations(world)[0] == (number, "ew_chart/2", "models_restarted")


def test_a_model_of_the_whole_device_takes_the_place_of_its_series_detectors(world: World) -> None:
    kind = river(
        "preprocessing.StandardScaler",
        "forewarn.UnitInterval",
        "anomaly.HalfSpaceTrees",
        subject="device",
    )
    asset = world.asset()
    chosen = [world.series(asset), world.series(asset, "temperature")]
    other = world.series(world.asset())
    choose(world, kind, *chosen)
    for _ in range(8):
        world.send(AGENT, [*chosen, other], 10)
        world.score(AGENT, Memory())
    world.send(AGENT, [*chosen, other], 3, s2=steady(60.0))
    world.score(AGENT, Memory())
    [found] = world.deviations()
    assert (found.series_id, found.record, found.detector) == (2, "joint_high", kind.version)
    assert found.low < 10.0 < found.high < found.seen
    world.send(AGENT, [*chosen, other], 10, s2=steady())
    world.score(AGENT, Memory())
    assert [row.end_reason for row in world.deviations()] == ["returned"]
    choose(world, None, *chosen)
    world.send(AGENT, [*chosen, other], 1)
    world.score(AGENT)
    assert {row[1] for row in detectors(world)} == {"ew_chart/2"}


def test_sensors_of_a_device_judged_as_a_whole_are_watched_as_ever(world: World) -> None:
    asset = world.asset()
    stuck, moving = world.series(asset), world.series(asset)
    choose(world, river("anomaly.LODA", subject="device"), stuck, moving)
    world.send(AGENT, [stuck, moving], 60)
    world.send(AGENT, [stuck, moving], 10, s1=lambda _, random: 11.0 + 0 * random.random())
    world.score(AGENT)
    assert (stuck, "flatline") in [(row.series_id, row.record) for row in world.deviations()]
