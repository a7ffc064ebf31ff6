"""A change that stays: somebody says so, the models learn anew, and a restart makes no difference."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from anomaly.commands.errors import AlarmNotActive, AlreadyTold
from anomaly.commands.service import declare_new_normal
from anomaly.scoring.memory import Memory
from kernel.clock import use_clock
from kernel.db import Database
from kernel.errors import Forbidden, InvalidInput, NotFound
from tests.integration.anomaly.world import World, steady
from tests.support import factories


def tell(world: World, **wanted: object) -> None:
    with use_clock(world.clock), world.database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        alarm_id = world.alarms()[-1].id
        declare_new_normal(session, engineer, alarm_id, reason="Larger impeller", **wanted)  # type: ignore[arg-type]


def a_step_that_stays(world: World, memory: Callable[[], Memory]) -> list[tuple[object, ...]]:
    asset = world.asset()
    moved, other = world.series(asset), world.series(asset, "temperature")
    world.send("gw", [moved, other], 60)
    world.score("gw", memory())
    world.send("gw", [moved, other], 8, s1=steady(40))
    world.score("gw", memory())
    assert [row.state for row in world.alarms()] == ["active_unacknowledged"]
    tell(world)
    with world.database.transaction() as session:
        # The command alone is work: the gateway may not send for hours.
        assert world.scorer(memory()).shards_with_work(session) == [world.shard("gw")]
    world.score("gw", memory())
    (alarm,) = world.alarms()
    assert alarm.state == "returned_unacknowledged"
    world.send("gw", [moved, other], 60, s1=steady(40))
    world.score("gw", memory())
    # What it does now is what is expected of it, and what it did before is not.
    assert len(world.deviations()) == 1
    world.send("gw", [moved, other], 8, s1=steady(10))
    world.score("gw", memory())
    found = world.outcome()
    assert len(found) == 2
    return found


def test_models_learn_anew_and_a_restart_at_any_time_gives_the_same(
    emptied_database: Database, database: Database
) -> None:
    world, kept = World(emptied_database), Memory()
    found = a_step_that_stays(world, lambda: kept)
    (deviation, _) = world.deviations()
    assert deviation.end_reason == "new_normal"
    ((epoch, next_seq, applied),) = world.rows(
        "SELECT epoch, next_seq, applied_at IS NOT NULL FROM anomaly.commands"
    )
    assert (next_seq, applied) == (68, True)
    assert epoch is not None
    (entry,) = world.rows("SELECT * FROM anomaly.alarm_journal WHERE kind = 'new_normal'")
    assert (entry.text, entry.data) == ("Larger impeller", {"series_ids": [1]})
    # Another plant, whose worker forgets everything between any two steps and hardly saves anything.
    restarted = World(database)
    rarely = {"snapshot_readings": 10**6, "snapshot_s": 1e6}
    restarted.section = restarted.section.model_copy(update=rarely)
    assert a_step_that_stays(restarted, Memory) == found


def test_what_was_seen_since_it_began_is_learnt_at_once(emptied_database: Database) -> None:
    world = World(emptied_database)
    number = world.series(world.asset())
    world.send("gw", [number], 60)
    world.send("gw", [number], 30, s1=steady(40))
    world.score("gw")
    world.clock.advance(timedelta(hours=1))
    tell(world)
    world.score("gw")
    assert [row.end_reason for row in world.deviations()] == ["new_normal"]
    # 300 readings are more than a warm-up: nothing is silent, and what was normal once is not any more.
    world.send("gw", [number], 5, s1=steady(40))
    world.send("gw", [number], 5, s1=steady(10))
    world.score("gw")
    first, second = world.deviations()
    assert (first.record, second.record) == ("high", "low")
    assert 30 < second.low < 40


def test_who_may_not_and_what_makes_no_sense(emptied_database: Database) -> None:
    database, world = emptied_database, World(emptied_database)
    asset = world.asset()
    number = world.series(asset)
    world.send("gw", [number], 60)
    world.send("gw", [number], 8, s1=steady(40))
    world.score("gw")
    alarm_id = world.alarms()[-1].id
    with use_clock(world.clock), database.transaction() as session:
        viewer = factories.principal(session, "claims_adjudicator")
        engineer = factories.principal(session, "engineer")
        stranger = factories.principal(session, "engineer", factories.organisation(session))
        with pytest.raises(Forbidden):
            declare_new_normal(session, viewer, alarm_id, reason="x")
        with pytest.raises(NotFound):
            declare_new_normal(session, stranger, alarm_id, reason="x")
        for wrong in ({"reason": " "}, {"reason": "x", "series_ids": [99]}):
            with pytest.raises(InvalidInput):
                declare_new_normal(session, engineer, alarm_id, **wrong)
        declare_new_normal(session, engineer, alarm_id, reason="x")
        with pytest.raises(AlreadyTold):
            declare_new_normal(session, engineer, alarm_id, reason="x")
    world.score("gw")
    with use_clock(world.clock), database.transaction() as session, pytest.raises(AlarmNotActive):
        declare_new_normal(session, engineer, alarm_id, reason="x")
