"""Frames that were given up before they were scored: models catch up from readings, and say nothing of it."""

import math
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.memory import Memory
from anomaly.sources import LaneKey
from kernel.db import Database
from tests.integration.anomaly.world import EPOCH, SECOND, SECTION, START, Signal, World, steady

HOUR_FRAMES = 360


@pytest.fixture
def world(emptied_database: Database) -> World:
    return World(emptied_database)


def noise(second: int) -> float:
    return Random(second).gauss(0, 1)


def drifting(second: int, _: Random) -> float:
    """Thirty deviations up, so slowly that a model that sees all of it follows, and steady from then on."""
    return 10 + 30 * min(max(second - 3600, 0) / 72_000, 1) + noise(second)


def stepping(since: int, until: int = 10**9, by: float = 30.0) -> Signal:
    return lambda second, _: 10 + noise(second) + (by if since <= second < until else 0)


def lane(agent: str, name: str = "live") -> LaneKey:
    return LaneKey(agent, EPOCH, name)


def models_of(world: World, agent: str) -> GatewayModels:
    """The models in memory, as of the last commit; they are put back."""
    ((generation,),) = world.rows(
        f"SELECT generation FROM anomaly.shards WHERE shard = {world.shard(agent)}"
    )
    memory = world.memory.take(world.shard(agent), generation)
    assert memory is not None
    world.memory.put(world.shard(agent), generation, memory)
    return memory.gateways[agent]


def detector_of(world: World, agent: str, series_id: int) -> dict[str, Any]:
    return models_of(world, agent).live.monitors[series_id].detector.state()


def lose(world: World, agent: str, seqs: range, name: str = "live") -> None:
    world.source.give_up(lane(agent, name), seqs)


def test_relearnt_models_are_those_that_scored_every_frame(world: World) -> None:
    world.section = SECTION.model_copy(update={"batch_readings": 10**6})
    asset, other = world.asset(), world.asset()
    seen, missed = world.series(asset), world.series(other)
    for agent, number in (("gw", seen), ("gw-2", missed)):
        world.signals[number] = drifting
        world.send(agent, [number], HOUR_FRAMES, per_frame=30)
        world.score(agent)
        world.send(agent, [number], 2200, per_frame=30)
        if agent == "gw-2":
            lose(world, agent, range(HOUR_FRAMES, HOUR_FRAMES + 2100))
        world.score(agent)
    assert world.alarms() == []
    assert detector_of(world, "gw-2", missed) == detector_of(world, "gw", seen)
    assert detector_of(world, "gw", seen)["limits"][0] > 20


def test_all_frames_may_be_gone_and_the_next_one_raises_nothing(world: World) -> None:
    world.section = SECTION.model_copy(update={"batch_readings": 10**6})
    number = world.series(world.asset())
    world.send("gw", [number], HOUR_FRAMES, per_frame=30, s1=drifting)
    world.score("gw")
    world.send("gw", [number], 2100, per_frame=30)
    lose(world, "gw", range(HOUR_FRAMES, HOUR_FRAMES + 2100))
    world.clock.advance(timedelta(days=10))
    with capture_logs() as logs:
        assert world.score("gw").frames == 0
    assert world.rows("SELECT next_seq FROM anomaly.cursors") == [(HOUR_FRAMES + 2100,)]
    (said,) = [entry for entry in logs if entry["event"] == "frames were given up"]
    assert (said["first_seq"], said["next_seq"]) == (HOUR_FRAMES, HOUR_FRAMES + 2100)
    assert (said["readings"], said["learnt_anew"]) == (2100 * 30, 0)
    assert world.score("gw").frames == 0
    world.send("gw", [number], 100, per_frame=30)
    world.score("gw")
    assert world.alarms() == []


def test_the_end_of_an_epoch_may_be_gone_before_the_next_is_scored(world: World) -> None:
    """The first frame that is left is another epoch's: what is learnt ends there, and comes first."""
    world.section = SECTION.model_copy(update={"batch_readings": 10**6})
    seen, missed = world.series(world.asset()), world.series(world.asset())
    for agent, number in (("gw", seen), ("gw-2", missed)):
        world.signals[number] = drifting
        world.send(agent, [number], HOUR_FRAMES, per_frame=30)
        world.score(agent)
        world.send(agent, [number], 2200, per_frame=30)
    left = HOUR_FRAMES + 2100
    frames = world.source.frames[lane("gw-2")]
    for seq in range(left, HOUR_FRAMES + 2200):
        frame = frames.pop(seq)
        frame.seq = seq - left
        world.source.add(LaneKey("gw-2", UUID(int=2), "live"), frame)
    lose(world, "gw-2", range(HOUR_FRAMES, left))
    world.clock.advance(timedelta(days=10))
    for agent in ("gw", "gw-2"):
        world.score(agent)
    assert world.alarms() == []
    assert detector_of(world, "gw-2", missed) == detector_of(world, "gw", seen)


def test_a_fault_that_outlasts_the_gap_is_raised_by_what_comes_after_it(world: World) -> None:
    number = world.series(world.asset())
    world.send("gw", [number], 60, s1=stepping(800))
    world.score("gw")
    world.send("gw", [number], 40)
    lose(world, "gw", range(60, 90))
    world.score("gw")
    (alarm,) = world.alarms()
    assert alarm.onset_seq == 90
    assert alarm.onset_at.timestamp() >= START.timestamp() + 900
    assert alarm.state == "active_unacknowledged"


def test_a_fault_that_came_and_went_inside_the_gap_is_not_told(world: World) -> None:
    number = world.series(world.asset())
    world.send("gw", [number], 60, s1=stepping(700, 800))
    world.score("gw")
    world.send("gw", [number], 40)
    lose(world, "gw", range(60, 90))
    world.score("gw")
    assert world.alarms() == []
    assert detector_of(world, "gw", number)["range"][1] < 20


@pytest.mark.parametrize("until", [750, 10**9])
def test_an_open_alarm_goes_on_or_ends_where_its_readings_say(world: World, until: int) -> None:
    number = world.series(world.asset())
    world.send("gw", [number], 70, s1=stepping(650, until))
    world.score("gw")
    world.send("gw", [number], 40)
    lose(world, "gw", range(70, 90))
    world.score("gw")
    (alarm,) = world.alarms()
    assert world.topics().count("raised") == 1
    (deviation,) = world.deviations()
    if until > 1000:
        assert alarm.state == "active_unacknowledged"
    else:
        assert alarm.state == "returned_unacknowledged"
        assert deviation.end_reason == "returned"
        assert START.timestamp() + until < deviation.ended_at.timestamp() < START.timestamp() + 900


def test_frames_between_snapshot_and_cursor_may_be_gone(world: World) -> None:
    world.section = SECTION.model_copy(update={"snapshot_readings": 10**6, "snapshot_s": 10**6})
    faulty, quiet = world.series(world.asset()), world.series(world.asset())
    both = [faulty, quiet]
    world.send("gw", both, 60, s1=stepping(700), s2=stepping(10**8))
    world.score("gw")
    world.send("gw", both, 20)
    world.score("gw")
    before = world.outcome()
    assert len(before) == 1
    lose(world, "gw", range(62, 75))
    world.send("gw", both, 40)
    world.score("gw", Memory())
    assert len(world.alarms()) == 1
    assert world.topics().count("raised") == 1
    assert world.deviations()[0].ended_at is None
    world.send("gw", both, 10, s1=steady())
    world.score("gw", Memory())
    assert world.deviations()[0].end_reason == "returned"


def test_where_readings_are_missing_too_warm_up_begins_anew_and_is_silent(world: World) -> None:
    number = world.series(world.asset())
    world.send("gw", [number], 60, s1=stepping(650))
    world.send("gw", [number], 10)
    world.score("gw")
    world.send("gw", [number], 40)
    lose(world, "gw", range(70, 100))
    world.source.readings_from_us = round(START.timestamp() + 950) * SECOND
    with capture_logs() as logs:
        world.score("gw")
    (said,) = [entry for entry in logs if entry["event"] == "frames were given up"]
    assert (said["readings"], said["learnt_anew"]) == (50, 1)
    (deviation,) = world.deviations()
    assert deviation.end_reason == "models_restarted"
    assert not detector_of(world, "gw", number)["warm"]
    assert world.topics().count("raised") == 1
    world.send("gw", [number], 40)
    world.score("gw")
    assert math.isclose(detector_of(world, "gw", number)["limits"][0], 40, abs_tol=1)
    assert world.topics().count("raised") == 1


def test_a_machine_never_scored_learns_from_its_readings(world: World) -> None:
    number = world.series(world.asset())
    world.send("gw", [number], 100, s1=stepping(1100))
    lose(world, "gw", range(90))
    world.score("gw")
    assert detector_of(world, "gw", number)["warm"]
    world.send("gw", [number], 20)
    world.score("gw")
    assert len(world.alarms()) == 1


@pytest.mark.parametrize("of_memory", [False, True])
def test_one_transaction_catches_up_with_one_gateway_at_most(
    world: World, *, of_memory: bool
) -> None:
    """Many gateways of a shard that lost frames, or were read back, are not made to wait for one another."""
    world.section = SECTION.model_copy(update={"shards": 1, "run_s": 1e-9, "batch_readings": 1000})
    agents = {f"gw-{n}": world.series(world.asset()) for n in range(3)}

    def behind(seq: int) -> int:
        (row,) = world.rows(f"SELECT count(*) FROM anomaly.cursors WHERE next_seq >= {seq}")
        return len(agents) - int(row[0])

    for agent, number in agents.items():
        world.send(agent, [number], 130)
    while behind(130):
        world.score("gw-0")
    for agent, number in agents.items():
        world.send(agent, [number], 1 if of_memory else 130)
        if not of_memory:
            lose(world, agent, range(130, 255))
    if of_memory:
        with world.database.transaction() as session:
            session.execute(text("UPDATE anomaly.snapshots SET models = '\\x00'"))
    for left in (2, 1, 0):
        world.score("gw-0", Memory() if of_memory else None)
        assert behind(131) == left


def test_a_backlog_with_lost_frames_begins_anew_from_the_live_models(world: World) -> None:
    number = world.series(world.asset())
    world.send("gw", [number], 60, s1=stepping(10**8))
    world.send("gw", [number], 20, lane="backlog", s1=stepping(150))
    world.score("gw")
    (alarm,) = world.alarms()
    assert alarm.historical
    assert alarm.returned_at is None
    world.send("gw", [number], 40, lane="backlog", s1=stepping(10**8))
    lose(world, "gw", range(20, 40), "backlog")
    world.score("gw")
    (deviation,) = world.deviations()
    assert deviation.end_reason == "models_restarted"
    assert world.alarms()[0].returned_at is not None
    assert world.topics().count("raised") == 1


def test_readings_of_a_backlog_are_not_taken_for_live_ones(world: World) -> None:
    """They are older than live readings that were received before them."""
    number = world.series(world.asset())
    world.send("gw", [number], 60, s1=stepping(10**8))
    world.score("gw")
    world.send("gw", [number], 40)
    world.send("gw", [number], 90, lane="backlog", s1=stepping(0))
    lose(world, "gw", range(60, 90))
    world.score("gw")
    live = [alarm for alarm in world.alarms() if not alarm.historical]
    assert live == []
