"""Sensors that measure the same: one that drifts is a sensor alarm, the same after any restart."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import numpy as np
import pytest

from anomaly.directory import TelemetrySeries
from anomaly.redundancy.errors import InvalidGroups
from anomaly.redundancy.service import read_groups, set_groups, suggest_groups
from anomaly.scoring.memory import Memory
from anomaly.sources import RedundantGroup
from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.errors import Forbidden, NotFound, StaleVersion
from registry.permissions import PLATFORM
from telemetry import service as telemetry
from telemetry.columns import ReadingColumns
from tests.integration.anomaly.world import START, Signal, World, steady
from tests.support import factories

FAST = {"redundancy_warmup_s": 7200.0, "warmup_readings": 100}


def drifting(since: int, per_second: float) -> Signal:
    return lambda second, random: 10 + max(second - since, 0) * per_second + random.gauss(0, 1)


def a_sensor_drifts(world: World, memory: Memory | None) -> list[int]:
    """Three sensors of one thing for four hours, then one drifts, then it is repaired."""
    asset = world.asset()
    group = RedundantGroup((1, 2, 3), 1.0)
    series = [world.series(asset, "temperature", redundant=group) for _ in range(3)]
    for frames, signal in (
        (12, steady()), (6, drifting(14_400, 0.002)), (12, drifting(21_600, 0.0)),
    ):  # fmt: skip
        for _ in range(frames):
            world.send("gw", series, 1, per_frame=1200, s2=signal)
            world.score("gw", memory or Memory())
    return series


def test_a_sensor_that_drifts_is_a_sensor_alarm_whatever_is_restarted(
    emptied_database: Database, database: Database
) -> None:
    world = World(emptied_database)
    world.section = world.section.model_copy(update=FAST | {"snapshot_readings": 1})
    series = a_sensor_drifts(world, world.memory)
    (alarm,) = [row for row in world.alarms() if row.category == "sensor"]
    assert alarm.failure_mode == "sensor_drift"
    assert alarm.detector == "redundant_sensors/1"
    assert alarm.severity == "medium"
    assert alarm.cause["series_id"] == series[1]
    assert "drifts from two sensors of the same" in alarm.summary["en"]
    assert "偏离" in alarm.summary["zh"]
    assert alarm.state == "returned_unacknowledged"
    compared = world.rows("SELECT * FROM anomaly.sensor_comparisons ORDER BY first, second")
    assert [(row.first, row.second, row.warm) for row in compared] == [
        (1, 2, True), (1, 3, True), (2, 3, True)
    ]  # fmt: skip
    # Another plant, whose worker forgets everything between any two runs and hardly saves anything.
    restarted = World(database)
    rarely = {"snapshot_readings": 10**6, "snapshot_s": 1e6}
    restarted.section = world.section.model_copy(update=rarely)
    a_sensor_drifts(restarted, None)
    assert restarted.outcome() == world.outcome()


def test_a_group_that_is_taken_away_ends_its_alarm(emptied_database: Database) -> None:
    world = World(emptied_database)
    world.section = world.section.model_copy(update=FAST)
    asset = world.asset()
    group = RedundantGroup((1, 2), 1.0)
    series = [world.series(asset, "temperature", redundant=group) for _ in range(2)]
    for frames, signal in ((12, steady()), (4, drifting(14_400, 0.002))):
        world.send("gw", series, frames, per_frame=1200, s2=signal)
    world.score("gw")
    open_now = [row for row in world.deviations() if row.ended_at is None]
    assert [(row.series_id, row.record) for row in open_now if row.record == "disagreement"] == [
        (1, "disagreement")
    ]
    for key in series:
        world.source.directory[key] = replace(world.source.directory[key], redundant=None)
    # Facts about series are kept for a minute; another worker asks at once, restart or not.
    world.send("gw", series, 1, per_frame=10)
    world.score("gw", Memory())
    assert [
        row for row in world.deviations() if row.record == "disagreement" and not row.ended_at
    ] == []


def test_groups_are_set_by_machine_and_reach_scoring(emptied_database: Database) -> None:
    with emptied_database.transaction() as session:
        asset = factories.asset(session)
        lead = factories.principal(session, "desk_lead")
        engineer = factories.principal(session, "engineer")
        stranger = factories.principal(session, "customer", factories.organisation(session))
        one, two, three = (
            telemetry.register_series(session, asset.id, name, unit="°C", kind="temperature")
            for name in ("a", "b", "c")
        )
        other = telemetry.register_series(session, asset.id, "flow", unit="l/h", kind="flow")
        elsewhere = telemetry.register_series(
            session, factories.asset(session).id, "a", unit="°C", kind="temperature"
        )
        assert read_groups(session, engineer, asset.id).version == 0
        group = RedundantGroup((one, two), 0.5)
        made = set_groups(session, lead, asset.id, [group], expected_version=0)
        assert (made.version, made.groups, made.updated_by_name) == (1, (group,), lead.name)
        assert read_groups(session, engineer, asset.id) == made
        infos = TelemetrySeries().series(session, [one, two, three])
        assert {key: info.redundant for key, info in infos.items()} == {
            one: group, two: group, three: None,
        }  # fmt: skip
        with pytest.raises(StaleVersion):
            set_groups(session, lead, asset.id, [], expected_version=0)
        with pytest.raises(Forbidden):
            set_groups(session, engineer, asset.id, [])
        with pytest.raises(NotFound):
            read_groups(session, stranger, asset.id)
        with pytest.raises(NotFound):
            set_groups(session, PLATFORM, "ast_none", [])
        for bad in (
            [RedundantGroup((one, other))], [RedundantGroup((one, elsewhere))],
            [RedundantGroup((one,))], [RedundantGroup((one, one))],
            [group, RedundantGroup((two, three))], [RedundantGroup((one, two), -1.0)],
            [RedundantGroup((one, two), float("nan"))],
        ):  # fmt: skip
            with pytest.raises(InvalidGroups):
                set_groups(session, lead, asset.id, bad)
        assert read_groups(session, engineer, asset.id) == made
        set_groups(session, lead, asset.id, [])
        assert TelemetrySeries().series(session, [one])[one].redundant is None


def test_sensors_that_move_alike_are_suggested(emptied_database: Database) -> None:
    random = Random(1)
    with emptied_database.transaction() as session:
        asset = factories.asset(session)
        engineer = factories.principal(session, "engineer")
        names = ("a", "b", "c", "alone")
        series = [
            telemetry.register_series(session, asset.id, name, unit="°C", kind="temperature")
            for name in names
        ]
        lead = factories.principal(session, "desk_lead")
    now = START + timedelta(days=2)
    _store(emptied_database, series, now, random)
    with emptied_database.transaction() as session, use_clock(FakeClock(now)):
        (found,) = suggest_groups(session, engineer, asset.id)
        assert sorted(found.series_ids) == series[:3]
        assert found.correlation > 0.95
        set_groups(session, lead, asset.id, [RedundantGroup(tuple(series[:3]))])
        assert suggest_groups(session, engineer, asset.id) == []


def _store(database: Database, series: list[int], now: datetime, random: Random) -> None:
    """Two days, one reading a minute: three series follow one temperature, one does not."""
    minutes = np.arange(2880, dtype=np.int64)
    ts_us = round((now - timedelta(days=2)).timestamp()) * 1_000_000 + minutes * 60_000_000
    truth = 50 + 10 * np.sin(minutes / 40)
    noise = np.random.default_rng(random.randrange(1000)).normal
    values = [truth + noise(0, 0.3, len(minutes)) for _ in series[:3]]
    values.append(50 + noise(0, 5, len(minutes)))
    columns = ReadingColumns(
        series_id=np.repeat(np.array(series, np.int32), len(minutes)),
        ts_us=np.tile(ts_us, len(series)),
        value=np.concatenate(values),
        quality=np.zeros(len(series) * len(minutes), np.uint32),
        edge_ts_us=np.tile(ts_us, len(series)),
        recorded_at_us=int(ts_us[-1]),
    )
    telemetry.ensure_partitions(database.engine, columns)
    with database.transaction() as session:
        telemetry.store_readings(session, telemetry.prepare_readings(columns))
