"""Verdicts and what is asked of a type of machine reach the models, and a restart makes no difference."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from anomaly.bank import layout
from anomaly.calibration.service import (
    CalibrationFacts,
    calibration_of_asset,
    calibration_of_fleet,
)
from anomaly.commands.judging import judge_alarm
from anomaly.device import judge
from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.memory import Memory
from kernel.clock import use_clock
from kernel.db import Database
from kernel.errors import Forbidden, NotFound
from registry.permissions import PLATFORM
from tests.integration.anomaly.test_devices import Pump
from tests.integration.anomaly.world import World, steady
from tests.support import factories

GROWN = 200


class Slow(World):
    """A plant that sends every half a minute: a thousand rows are a third of a day."""

    @staticmethod
    def _ts(second: int) -> int:
        return World._ts(30 * second)


@pytest.fixture
def world(emptied_database: Database) -> World:
    return Slow(emptied_database)


def verdict(world: World, word: str | None) -> None:
    with use_clock(world.clock), world.database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        judge_alarm(session, engineer, world.alarms()[-1].id, word)


def models_of(world: World, memory: Memory) -> GatewayModels:
    shard = world.shard("gw")
    ((generation,),) = world.rows(f"SELECT generation FROM anomaly.shards WHERE shard = {shard}")
    kept = memory.take(shard, generation)
    assert kept is not None
    memory.put(shard, generation, kept)
    return kept.gateways["gw"]


def limit(world: World, memory: Memory, asset: str) -> float:
    model = models_of(world, memory).live.devices.own_model(asset)
    assert model is not None
    return float(model.floats[judge.LIMIT])


def worn(world: World, pump: Pump, by: float, memory: Memory) -> None:
    """Wear for a minute, and be well again."""
    pump.signal(by)
    world.send("gw", pump.series, 6)
    pump.signal(0.0)
    world.send("gw", pump.series, 20)
    world.score("gw", memory)


# Not far out: near the limit of the device, and of the series.
SLIGHT = 0.4


def limits_around(world: World, word: str | None) -> tuple[float, float]:
    """Return the limit of a device before and after an alarm that it broke was judged."""
    pump, memory = Pump.of(world), Memory()
    world.send("gw", pump.series, GROWN)
    worn(world, pump, SLIGHT, memory)
    assert "joint_high" in {row.record for row in world.deviations()}
    before = limit(world, memory, pump.asset)
    verdict(world, word)
    world.score("gw", memory)
    return before, limit(world, memory, pump.asset)


def test_what_was_no_fault_raises_the_limit_it_broke_and_what_was_one_does_not(
    emptied_database: Database, database: Database
) -> None:
    before, after = limits_around(Slow(emptied_database), "false")
    assert before < after <= 2 * before
    before, after = limits_around(Slow(database), "true")
    assert after == before


def a_story_with_verdicts(world: World, memory: Callable[[], Memory]) -> list[tuple[object, ...]]:
    pump = Pump.of(world)
    single = world.series(pump.asset, "temperature")
    series = [*pump.series, single]
    world.send("gw", series, GROWN)
    world.score("gw", memory())
    for by, word in ((0.25, "false"), (0.3, "nuisance"), (0.35, None), (0.25, "true"), (0.3, None)):
        pump.signal(by)
        world.signals[single] = steady(10 + 40 * by)
        world.send("gw", series, 8)
        pump.signal(0.0)
        world.signals[single] = steady()
        world.send("gw", series, 70)
        world.score("gw", memory())
        verdict(world, word)
        world.score("gw", memory())
    return world.outcome()


def test_a_restart_between_any_two_steps_knows_what_people_said(
    emptied_database: Database, database: Database
) -> None:
    kept = Memory()
    found = a_story_with_verdicts(Slow(emptied_database), lambda: kept)
    assert len(found) > 2
    restarted = Slow(database)
    rarely = {"snapshot_readings": 10**6, "snapshot_s": 1e6}
    restarted.section = restarted.section.model_copy(update=rarely)
    assert a_story_with_verdicts(restarted, Memory) == found
    done = restarted.rows("SELECT kind, applied_at IS NOT NULL AS done FROM anomaly.commands")
    assert {tuple(row) for row in done} == {("verdict", True)}


def band(world: World, memory: Memory, series_id: int) -> tuple[float, float]:
    found = models_of(world, memory).live.monitors[series_id].detector.band()
    assert found is not None
    return found


def highest(world: World, memory: Memory, series_id: int) -> list[float]:
    """Return the upper ends of what the series, and its short-term mean, have been seen at."""
    bank = models_of(world, memory).live.bank
    row = bank.row(series_id)
    assert row is not None
    return [float(bank.real[row, end]) for end in (layout.HIGHEST, layout.FAST_HIGHEST)]


def middle_of(world: World, memory: Memory, series_id: int) -> float:
    bank = models_of(world, memory).live.bank
    row = bank.row(series_id)
    assert row is not None
    return float(bank.real[row, layout.MIDDLE])


def test_a_series_whose_alarm_was_none_expects_what_it_saw_within_bounds(world: World) -> None:
    memory = Memory()
    number = world.series(world.asset())
    world.send("gw", [number], 60)
    world.score("gw", memory)
    low, high = band(world, memory, number)
    world.send("gw", [number], 8, s1=steady(200.0))
    world.score("gw", memory)
    assert [row.record for row in world.deviations()] == ["high"]
    low, high = band(world, memory, number)
    seen = highest(world, memory, number)
    verdict(world, "false")
    world.score("gw", memory)
    wider = band(world, memory, number)
    # Two hundred is far: half a half-width is all that one verdict gives.
    assert wider[0] == low
    middle = middle_of(world, memory, number)
    assert high < wider[1] == pytest.approx(middle + 1.5 * (high - middle))
    # What the series has learnt by itself is as it was, before and after.
    assert highest(world, memory, number) == seen
    verdict(world, "true")
    world.score("gw", memory)
    assert highest(world, memory, number) == seen
    assert band(world, memory, number) == (low, high)


def ask(world: World, rate: float | None) -> None:
    """Ask it of every series, and let a minute pass: facts are asked for once in a while."""
    known = world.source.directory
    for number, info in list(known.items()):
        known[number] = replace(info, false_alarms_per_year=rate)
    world.clock.advance(timedelta(seconds=61))


def calibration(world: World, asset: str) -> CalibrationFacts:
    with world.database.transaction() as session:
        found = calibration_of_asset(session, PLATFORM, asset)
    assert found is not None
    return found


def test_what_is_asked_moves_the_limit_and_is_kept_with_what_is_expected(world: World) -> None:
    pump, memory = Pump.of(world), Memory()
    world.send("gw", pump.series, GROWN)
    world.score("gw", memory)
    shipped = calibration(world, pump.asset)
    assert shipped.asked == 1.0
    before = limit(world, memory, pump.asset)
    ask(world, 365.0)
    world.send("gw", pump.series, 1)
    world.score("gw", memory)
    assert limit(world, memory, pump.asset) < before
    often = calibration(world, pump.asset)
    assert often.asked == 365.0
    assert often.mean is not None
    assert shipped.mean is not None
    assert often.mean > shipped.mean
    assert often.low is not None
    assert often.high is not None
    assert often.low <= often.mean <= often.high
    assert often.blocks > 8
    # What was asked is in the snapshot: who reads it back has the same limits.
    kept, again = limit(world, memory, pump.asset), Memory()
    world.section = world.section.model_copy(update={"device_false_alarms_per_year": 2.0})
    world.send("gw", pump.series, 1)
    world.score("gw", again)
    assert limit(world, again, pump.asset) == kept
    ask(world, None)
    world.send("gw", pump.series, 1)
    world.score("gw", again)
    assert calibration(world, pump.asset).asked == 2.0


def test_the_fleet_is_what_somebody_sees_of_it(world: World) -> None:
    pump = Pump.of(world)
    # Two series say nothing of how they move together: such a machine is not judged as a whole.
    small = world.asset()
    pair = [world.series(small), world.series(small)]
    world.send("gw", [*pump.series, *pair], GROWN)
    world.score("gw")
    with world.database.transaction() as session:
        fleet = calibration_of_fleet(session, PLATFORM)
        assert (fleet.devices, fleet.learning, fleet.asked) == (1, 0, 1.0)
        assert [one.asset_id for one in fleet.worst] == [pump.asset]
        assert fleet.expected == fleet.worst[0].mean
        assert calibration_of_asset(session, PLATFORM, small) is None
        stranger = factories.principal(session, "engineer", factories.organisation(session))
        assert calibration_of_fleet(session, stranger).devices == 0
        with pytest.raises(NotFound):
            calibration_of_asset(session, stranger, pump.asset)
        nobody = replace(stranger, permissions=frozenset())
        with pytest.raises(Forbidden):
            calibration_of_fleet(session, nobody)
