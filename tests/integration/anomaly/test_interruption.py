"""However scoring is cut up, interrupted or killed, the alarms are those of one quiet run."""

import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from anomaly.scoring.memory import Memory
from kernel.db import Database, engine_for
from runtime.embedded.postgres import EmbeddedPostgres
from tests.integration.anomaly.story import AGENTS, FRAMES, assets, story, told
from tests.integration.anomaly.world import SECTION, World, steady, wearing
from tests.support.databases import DatabaseUrls

Expected = tuple[list[Any], list[Any]]


@pytest.fixture(scope="module")
def expected(template_urls: DatabaseUrls, postgres: EmbeddedPostgres) -> Expected:
    """What one worker makes of the story when nothing goes wrong."""
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE quiet_run TEMPLATE forewarn_template")
    database = Database(engine_for(template_urls.for_database("quiet_run").app))
    world = World(database)
    story(world, assets(world))
    for agent in AGENTS:
        world.score(agent)
    found = world.outcome(), told(world)
    database.dispose()
    assert len(found[0]) >= 5
    return found


@pytest.mark.parametrize("seed", range(2))
def test_any_batching_and_any_loss_of_memory_give_the_same_alarms(
    database: Database, expected: Expected, seed: int
) -> None:
    random, memory, world = Random(seed), Memory(), World(database)
    story(world, assets(world))
    rounds = 0
    while sum(row[0] for row in world.rows("SELECT next_seq FROM anomaly.cursors")) < FRAMES:
        rounds += 1
        world.section = SECTION.model_copy(
            update={
                "batch_readings": random.choice([50, 200, 700]),
                "run_s": 1e-9,
                "snapshot_readings": random.choice([1, 500, 10**6]),
            }
        )
        if random.random() < 0.5:
            memory = Memory()
        for agent in AGENTS:
            world.score(agent, memory)
    assert rounds > 5
    assert (world.outcome(), told(world)) == expected


def test_kill_9_in_the_middle_loses_and_doubles_nothing(
    database: Database, database_urls: DatabaseUrls, expected: Expected
) -> None:
    world = World(database)
    assets(world)
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.anomaly.killable", database_urls.app],
        stdout=subprocess.PIPE,
        cwd=Path.cwd(),
        check=True,
    )
    assert int(done.stdout.splitlines()[-1]) >= 3
    assert (world.outcome(), told(world)) == expected


def test_models_without_a_usable_snapshot_are_learnt_anew_from_the_frames(
    database: Database,
) -> None:
    world = World(database)
    number = world.series(world.asset())
    world.send("gw", [number], 60)
    world.send("gw", [number], 10, s1=wearing(600))
    world.score("gw")
    _spoil_snapshots(database)
    world.send("gw", [number], 10, s1=wearing(600))
    world.score("gw", Memory())
    (alarm,) = world.alarms()
    assert alarm.state == "active_unacknowledged"
    assert world.topics().count("raised") == 1


def test_an_alarm_whose_models_are_lost_for_good_is_closed_not_left_open(
    database: Database,
) -> None:
    world = World(database)
    number = world.series(world.asset())
    world.send("gw", [number], 60)
    world.send("gw", [number], 10, s1=wearing(600))
    world.score("gw")
    _spoil_snapshots(database)
    world.send("gw", [number], 3, s1=steady())
    (frames,) = world.source.frames.values()
    for frame in frames.values():
        for column in ("series_id", "ts_us", "value", "quality"):
            setattr(frame, column, getattr(frame, column)[:0])
    world.score("gw", Memory())
    (deviation,) = world.deviations()
    assert deviation.end_reason == "models_restarted"
    assert world.alarms()[0].state == "returned_unacknowledged"
    assert world.topics()[-1] == "cleared"


def _spoil_snapshots(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("UPDATE anomaly.snapshots SET models = '\\x00'"))
