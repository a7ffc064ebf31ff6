"""From frames to alarms: one per device, joined, worsened, returned, and never twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from anomaly import incidents
from anomaly.rules import SEVERITIES
from anomaly.scoring.memory import Memory
from anomaly.scoring.scorer import Outcome
from anomaly.sources import LaneKey
from kernel.db import Database
from tests.integration.anomaly.world import START, World, steady, wearing


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_a_normal_machine_raises_nothing_and_the_cursor_reaches_the_head(world: World) -> None:
    asset = world.asset()
    numbers = [world.series(asset), world.series(asset, "temperature")]
    world.send("gw", numbers, 100)
    run = world.score("gw")
    assert (run.outcome, run.frames, run.readings, run.alarms) == (Outcome.DONE, 100, 2000, 0)
    assert world.rows("SELECT lane, next_seq FROM anomaly.cursors") == [("live", 100)]
    assert world.score("gw").frames == 0
    assert not world.alarms()


def test_a_wearing_machine_raises_one_alarm_that_says_everything(world: World) -> None:
    asset = world.asset()
    number = world.series(asset)
    world.send("gw", [number], 60)
    world.score("gw")
    world.send("gw", [number], 6, s1=wearing(600))
    world.score("gw")
    (alarm,) = world.alarms()
    assert (alarm.asset_id, alarm.category, alarm.failure_mode) == (
        asset,
        "machine",
        "bearing_wear",
    )
    assert alarm.state == "active_unacknowledged"
    assert not alarm.historical
    assert (alarm.onset_lane, alarm.detector) == ("live", "ew_chart/2")
    assert START.timestamp() + 600 < alarm.onset_at.timestamp() < START.timestamp() + 625
    assert alarm.raised_at == START
    cause = alarm.cause
    assert (cause["series_id"], cause["record"], cause["unit"]) == (number, "high", "mm/s")
    assert cause["expected"][0] < 10 < cause["expected"][1] < cause["seen"]
    assert cause["active"]
    assert alarm.contributors == [cause]
    assert "vibration_1" in alarm.summary["en"]
    assert "vibration_1" in alarm.summary["zh"]
    ((topic, event), *_) = world.events()
    assert topic == "anomaly.alarm_raised"
    assert (event["alarm_id"], event["occurrence"]) == (alarm.id, 1)
    world.send("gw", [number], 20, s1=steady())
    world.score("gw")
    (alarm,) = world.alarms()
    assert alarm.state == "returned_unacknowledged"
    assert alarm.returned_at is not None
    assert world.topics()[-1] == "cleared"


def test_series_of_one_device_join_its_alarm_and_it_ends_with_the_last(world: World) -> None:
    asset = world.asset()
    vibration, temperature = world.series(asset), world.series(asset, "temperature")
    both = [vibration, temperature]
    world.send("gw", both, 60)
    world.send("gw", both, 10, s1=wearing(600), s2=wearing(630))
    world.score("gw")
    (alarm,) = world.alarms()
    assert alarm.failure_mode == "bearing_wear"
    assert alarm.cause["series_id"] == vibration
    assert {part["series_id"] for part in alarm.contributors} == set(both)
    assert [part["score"] for part in alarm.contributors] == sorted(
        (part["score"] for part in alarm.contributors), reverse=True
    )
    world.send("gw", both, 20, s1=steady())
    world.score("gw")
    assert world.alarms()[0].state == "active_unacknowledged"
    world.send("gw", both, 20, s2=steady())
    world.score("gw")
    assert world.alarms()[0].state == "returned_unacknowledged"
    assert world.topics().count("raised") == 1
    assert world.topics().count("cleared") == 1


def test_an_alarm_that_grows_worse_says_so(world: World) -> None:
    asset = world.asset()
    number = world.series(asset)
    world.send("gw", [number], 60)
    world.score("gw")
    for _ in range(30):
        world.send("gw", [number], 1, s1=wearing(600, 0.2))
        world.score("gw")
    severities = [SEVERITIES.index(payload["severity"]) for _, payload in world.events()]
    assert severities == sorted(set(severities))
    assert SEVERITIES[severities[-1]] == "critical"
    assert world.topics() == ["raised", *["worsened"] * (len(severities) - 1)]
    assert len(severities) > 1
    evidence = [datetime.fromisoformat(told["evidence_at"]) for _, told in world.events()[1:]]
    (deviation,) = world.deviations()
    assert evidence == sorted(set(evidence))
    assert deviation.onset_at < evidence[0]
    assert evidence[-1] < START + timedelta(seconds=900)


def test_a_sensor_fault_is_an_alarm_of_its_own_kind_and_hides_no_machine_fault(
    world: World,
) -> None:
    asset = world.asset()
    vibration, pressure = world.series(asset), world.series(asset, "pressure")
    world.send("gw", [vibration, pressure], 60)
    world.send("gw", [vibration, pressure], 10, s1=wearing(600), s2=lambda *_: 10.25)
    world.score("gw")
    found = {(row.category, row.failure_mode, row.severity) for row in world.alarms()}
    assert {row[:2] for row in found} == {
        ("machine", "bearing_wear"),
        ("sensor", "sensor_flatline"),
    }


def test_a_lost_sensor_is_noticed_while_the_others_go_on(world: World) -> None:
    asset = world.asset()
    here, gone = world.series(asset), world.series(asset, "pressure")
    world.send("gw", [here, gone], 60)
    world.send("gw", [here], 40)
    world.score("gw")
    (alarm,) = world.alarms()
    assert (alarm.category, alarm.failure_mode) == ("sensor", "sensor_gap")
    assert alarm.cause["series_id"] == gone
    world.send("gw", [here, gone], 10)
    world.score("gw")
    assert world.alarms()[0].state == "returned_unacknowledged"


def test_coming_back_soon_reopens_the_same_alarm_later_is_a_new_one(world: World) -> None:
    asset = world.asset()
    number = world.series(asset)
    world.send("gw", [number], 60)
    for _ in range(2):
        begins = world.sent[next(iter(world.sent))] * 10
        world.send("gw", [number], 5, s1=wearing(begins, 2.0))
        world.send("gw", [number], 10, s1=steady())
        world.score("gw")
    (alarm,) = world.alarms()
    assert alarm.occurrences == 2
    assert world.topics().count("raised") == 2
    assert [p["occurrence"] for topic, p in world.events() if topic.endswith("raised")] == [1, 2]
    world.send("gw", [number], 80, s1=steady())
    begins = world.sent[next(iter(world.sent))] * 10
    world.send("gw", [number], 5, s1=wearing(begins, 2.0))
    world.score("gw")
    assert len(world.alarms()) == 2


def test_a_backlog_is_scored_as_history_and_leaves_live_models_alone(world: World) -> None:
    asset = world.asset()
    number = world.series(asset)
    world.send("gw", [number], 100)
    world.score("gw")
    world.send("gw", [number], 10, lane="backlog", s1=wearing(0, 1.0))
    world.send("gw", [number], 5, s1=steady())
    world.score("gw")
    (alarm,) = world.alarms()
    assert (alarm.historical, alarm.onset_lane) == (True, "backlog")
    assert world.events()[0][1]["historical"]
    # The live lane has its own view: a fault there is another, live alarm.
    world.send("gw", [number], 10, s1=wearing(1050, 2.0))
    world.score("gw")
    assert [row.historical for row in world.alarms()] == [True, False]
    assert [row.state[:6] for row in world.alarms()] == ["active", "active"]


def test_history_that_came_as_backlog_warms_live_models_up(world: World) -> None:
    asset = world.asset()
    number = world.series(asset)
    world.send("gw", [number], 100, lane="backlog")
    world.score("gw")
    world.send("gw", [number], 2)
    world.score("gw")
    world.send("gw", [number], 10, s1=wearing(20, 2.0))
    world.score("gw")
    (alarm,) = world.alarms()
    assert not alarm.historical


def test_readings_beyond_a_hole_wait(world: World) -> None:
    asset = world.asset()
    number = world.series(asset)
    world.send("gw", [number], 100)
    (key,) = world.sent
    hidden = world.source.frames[key].pop(40)
    assert world.score("gw").frames == 40
    world.source.add(key, hidden)
    assert world.score("gw").frames == 60


def test_two_shards_with_series_of_one_device_share_its_alarm(world: World) -> None:
    asset = world.asset()
    one, other = world.series(asset), world.series(asset, "temperature")
    agents = ["gw-a", "gw-b"]
    assert world.shard("gw-a") != world.shard("gw-b")
    for agent, number in zip(agents, (one, other), strict=True):
        world.send(agent, [number], 60)
        world.score(agent)
        world.send(agent, [number], 8, s1=wearing(600), s2=wearing(600))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda agent: world.score(agent, Memory()), agents))
    (alarm,) = world.alarms()
    assert {part["series_id"] for part in alarm.contributors} == {one, other}


def test_many_workers_on_one_shard_score_each_reading_once(world: World) -> None:
    asset = world.asset()
    numbers = [world.series(asset) for _ in range(3)]
    world.section = world.section.model_copy(update={"batch_readings": 1000})
    world.send("gw", numbers, 60)
    world.send("gw", numbers, 10, s1=wearing(600))
    world.send("gw", numbers, 30, s1=steady())
    expected = World(world.database).section
    assert expected.batch_readings != world.section.batch_readings
    memories = [Memory() for _ in range(8)]

    def work(memory: Memory) -> int:
        scored = 0
        for _ in range(30):
            scored += world.score("gw", memory).readings
        return scored

    with ThreadPoolExecutor(8) as pool:
        scored = sum(pool.map(work, memories))
    assert scored == 3000
    assert world.rows("SELECT next_seq FROM anomaly.cursors") == [(100,)]
    assert world.topics().count("raised") == 1
    assert len(world.alarms()) == 1
    # Of the device as a whole, then of the series alone: each told once.
    found = [(row.series_id, row.record) for row in world.deviations()]
    assert sorted(found) == [(1, "high"), (1, "joint_high")]


def test_a_rollback_drops_the_models_and_the_next_run_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = world.asset()
    number = world.series(asset)
    world.send("gw", [number], 60)
    world.score("gw")
    world.send("gw", [number], 10, s1=wearing(600))

    def fail(*_: Any, **__: Any) -> int:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(incidents.Incidents, "apply", fail)
        with pytest.raises(RuntimeError, match="disk"):
            world.score("gw")
    assert not world.alarms()
    assert world.rows("SELECT next_seq FROM anomaly.cursors") == [(60,)]
    world.score("gw")
    assert len(world.alarms()) == 1
    assert world.topics().count("raised") == 1


def test_a_gateway_whose_models_fail_does_not_stop_its_neighbours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.section = world.section.model_copy(update={"shards": 1})
    good, bad = world.series(world.asset()), world.series(world.asset())
    world.send("gw-bad", [bad], 60)
    world.send("gw-good", [good], 60)
    world.send("gw-good", [good], 10, s1=wearing(600))
    from anomaly.scoring.gateway import GatewayModels

    score = GatewayModels.score

    def fails_for_one(self: GatewayModels, lane: Any, frame: Any, infos: Any) -> Any:
        if lane.agent_id == "gw-bad" and frame.seq == 30:
            raise ArithmeticError("overflow")
        return score(self, lane, frame, infos)

    with monkeypatch.context() as patch:
        patch.setattr(GatewayModels, "score", fails_for_one)
        world.score("gw-good")
    assert len(world.alarms()) == 1
    assert world.rows("SELECT agent_id, next_seq FROM anomaly.cursors") == [("gw-good", 70)]
    world.score("gw-good")
    assert len(world.rows("SELECT 1 FROM anomaly.cursors")) == 2


def test_a_poisoned_series_does_not_disturb_the_others(world: World) -> None:
    # One batch for each: a baseline that hardly moved since the last snapshot is not written again.
    changes = {"shards": 1, "snapshot_readings": 1, "batch_readings": 100_000}
    world.section = world.section.model_copy(update=changes)
    clean, beside = world.series(world.asset()), world.series(world.asset())
    poisoned = world.series(world.asset(), "other")
    world.send("gw-clean", [clean], 60)
    world.send("gw-clean", [clean], 10, s1=wearing(600))
    (key,) = world.source.frames
    for frame in list(world.source.frames[key].values()):
        rows = []
        for ts, value in zip(frame.ts_us.tolist(), frame.value.tolist(), strict=True):
            for n, wild in enumerate((1e308, -1e308, 7.0, 1e99, 5e-324, 7.0, 7.0)):
                # Its clock stands still, runs backwards and jumps.
                rows.append((poisoned, (0, ts - n**9, ts + n * 10**6)[n % 3], wild))
            rows.append((beside, ts, value))
        same = type(frame).of(frame.seq, frame.received_at, rows)
        world.source.add(LaneKey("gw-poisoned", key.epoch, key.lane), same)
    world.score("gw-clean")
    of_series: dict[int, list[tuple[Any, ...]]] = {n: [] for n in (clean, beside, poisoned)}
    for row in world.outcome():
        # Where in the frame a reading stands is all that may differ.
        of_series[row[0]].append((*row[1:3], *row[4:8]))
    assert len(of_series[clean]) == 1
    assert of_series[beside] == of_series[clean]
    bands = dict(world.rows("SELECT series_id, (low, high)::text FROM anomaly.baselines"))
    assert bands[beside] == bands[clean]


def test_series_that_are_unknown_or_not_to_be_scored_are_passed_over(world: World) -> None:
    asset = world.asset()
    known, switch = world.series(asset), world.series(asset, "state", scored=False)
    unknown = world.series(asset)
    del world.source.directory[unknown]
    world.send("gw", [known, switch, unknown], 100, s2=lambda second, _: second % 2)
    assert world.score("gw").readings == 3000
    assert world.rows("SELECT series_id FROM anomaly.baselines") == [(known,)]


def test_a_gateway_that_never_ceases_to_send_lets_other_shards_come_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = world.series(world.asset())
    world.send("gw", [number], 3)
    read = world.source.read_frames

    def read_while_more_comes(*asked: Any) -> Any:
        frames = read(*asked)
        world.send("gw", [number], 2)
        return frames

    monkeypatch.setattr(world.source, "read_frames", read_while_more_comes)
    for frames in (3, 2, 2):
        run = world.score("gw")
        assert (run.outcome, run.frames) == (Outcome.MORE, frames)
    monkeypatch.undo()
    run = world.score("gw")
    assert (run.outcome, run.frames) == (Outcome.DONE, 2)
