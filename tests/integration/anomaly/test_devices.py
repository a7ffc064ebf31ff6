"""A device unlike itself while each of its series stays within its own range: one alarm, explained."""

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest

from anomaly.detectors import shipped
from anomaly.deviations import Change
from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.memory import Memory
from anomaly.scoring.scorer import Outcome
from anomaly.sources import LaneKey
from kernel.db import Database
from tests.integration.anomaly.world import EPOCH, SECTION, Signal, World, steady

LANE = LaneKey("gw", EPOCH, "live")
# What each series is at rest, how much the load adds, and its noise.
_FORMS = {"vibration": (1.5, 0.8, 0.04), "flow": (30.0, 60.0, 0.8), "power": (8.0, 12.0, 0.15)}
_FRAMES = 200


@dataclass
class Pump:
    """A pump whose vibration, flow and power follow its load; `worn` adds to the vibration."""

    world: World
    asset: str
    series: list[int]

    @classmethod
    def of(cls, world: World) -> "Pump":
        asset = world.asset()
        pump = cls(world, asset, [world.series(asset, kind) for kind in _FORMS])
        pump.signal(worn=0.0)
        return pump

    def signal(self, worn: float) -> None:
        for number, (kind, form) in zip(self.series, _FORMS.items(), strict=True):
            self.world.signals[number] = _following(form, worn if kind == "vibration" else 0.0)


def _following(form: tuple[float, float, float], offset: float) -> Signal:
    rest, gain, noise = form

    def signal(second: int, random: Random) -> float:
        load = 0.5 + 0.3 * math.tanh(2.5 * math.sin(second / 40.0))
        return rest + gain * load + offset + random.gauss(0, noise)

    return signal


@pytest.fixture
def world(emptied_database: Database) -> World:
    return World(emptied_database)


def test_a_device_unlike_itself_raises_one_machine_alarm_that_names_the_series(
    world: World,
) -> None:
    pump = Pump.of(world)
    world.send("gw", pump.series, _FRAMES)
    world.score("gw")
    assert not world.alarms()
    pump.signal(worn=0.4)
    world.send("gw", pump.series, 6)
    world.score("gw")
    (alarm,) = world.alarms()
    assert (alarm.asset_id, alarm.category, alarm.failure_mode) == (
        pump.asset,
        "machine",
        "bearing_wear",
    )
    cause = alarm.cause
    assert (cause["series_id"], cause["record"]) == (pump.series[0], "joint_high")
    assert cause["expected"][0] < cause["expected"][1] < cause["seen"] < 2.5
    assert cause in alarm.contributors
    assert "the other series" in alarm.summary["en"]
    assert alarm.severity in ("medium", "high")
    pump.signal(worn=0.0)
    world.send("gw", pump.series, 20)
    world.score("gw")
    (alarm,) = world.alarms()
    assert alarm.state == "returned_unacknowledged"
    assert world.topics()[-1] == "cleared"


def test_a_series_beyond_its_own_limits_joins_the_devices_alarm(world: World) -> None:
    pump = Pump.of(world)
    world.send("gw", pump.series, _FRAMES)
    pump.signal(worn=0.4)
    world.send("gw", pump.series, 6)
    pump.signal(worn=3.0)
    world.send("gw", pump.series, 6)
    world.score("gw")
    (alarm,) = world.alarms()
    records = {row.record for row in world.deviations() if row.series_id == pump.series[0]}
    assert records == {"joint_high", "high"}
    assert world.topics().count("raised") == 1
    assert alarm.occurrences == 1


@pytest.mark.parametrize("seed", range(2))
def test_any_portions_and_any_loss_of_memory_say_what_one_quiet_run_says(
    world: World, seed: int
) -> None:
    random, pump, memory = Random(seed), Pump.of(world), Memory()
    for worn, frames in ((0.0, _FRAMES), (0.4, 8), (0.0, 20), (0.5, 8), (0.0, 20)):
        pump.signal(worn)
        world.send("gw", pump.series, frames)
    world.section = SECTION.model_copy(update={"batch_readings": 400, "snapshot_readings": 2000})
    while world.score("gw", memory).outcome is not Outcome.DONE:
        # A worker that has forgotten reads the models back: a snapshot, and the frames after it.
        memory = Memory() if random.random() < 0.5 else memory
    models = GatewayModels(shipped.EW_CHART, SECTION)
    quiet = [
        (
            one.series_id,
            one.deviation.record.value,
            one.deviation.onset.seq,
            one.deviation.onset.index,
        )
        for frame in world.source.frames[LANE].values()
        for one in models.score(LANE, frame, world.source.directory)
        if one.change is Change.STARTED
    ]
    told = [
        (row.series_id, row.record, row.onset_seq, row.onset_index) for row in world.deviations()
    ]
    assert sorted(told) == sorted(quiet)
    assert {"joint_high"} <= {row[1] for row in told}


@pytest.mark.parametrize("becomes", ["removed", "a state"])
def test_a_series_that_goes_while_it_deviates_leaves_its_device_learning(
    world: World, becomes: str
) -> None:
    asset = world.asset()
    going, staying = world.series(asset), world.series(asset)
    world.send("gw", [going, staying], 100)
    world.score("gw")
    world.send("gw", [going, staying], 6, s1=steady(100.0))
    world.score("gw")
    (deviation,) = world.deviations()
    assert (deviation.series_id, deviation.ended_at) == (going, None)
    if becomes == "removed":
        del world.source.directory[going]
    else:
        world.source.directory[going] = replace(world.source.directory[going], scored=False)
    # Facts are asked for once a minute; readings of the series come no more.
    world.clock.advance(timedelta(minutes=2))
    world.send("gw", [staying], 100)
    world.score("gw")
    (deviation,) = world.deviations()
    assert deviation.ended_at is not None
    assert deviation.end_reason == "series_removed"
    assert [alarm.state for alarm in world.alarms()] == ["returned_unacknowledged"]
    (baseline,) = world.rows(f"SELECT learnt FROM anomaly.baselines WHERE series_id = {staying}")
    world.clock.advance(timedelta(minutes=2))
    world.send("gw", [staying], 100)
    world.score("gw")
    (later,) = world.rows(f"SELECT learnt FROM anomaly.baselines WHERE series_id = {staying}")
    assert later.learnt > baseline.learnt
    # A restart knows as much.
    world.score("gw", Memory())
    assert len(world.deviations()) == 1
