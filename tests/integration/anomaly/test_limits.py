"""Limits beside models: alarms with the severity that was set, the same after any restart."""

from dataclasses import replace

import pytest

from anomaly.directory import TelemetrySeries
from anomaly.limits.errors import InvalidLimits
from anomaly.limits.of_models import limits_of_model, set_limits_of_model
from anomaly.limits.service import inherit_limits, limits_of_asset, read_limits, set_limits
from anomaly.scoring.memory import Memory
from anomaly.sources import Limit
from kernel.db import Database
from kernel.errors import Forbidden, InvalidInput, NotFound, StaleVersion
from registry.permissions import PLATFORM
from telemetry import service as telemetry
from tests.integration.anomaly.world import World, steady
from tests.support import factories

HIGH = Limit("h", 30, deadband=2, on_delay_s=5, off_delay_s=5, severity="high")
TRIP = Limit("hh", 60, severity="critical")


def a_machine_beyond_its_limits(world: World, memory: Memory | None) -> None:
    """Beyond H before anything is learnt, then beyond HH, then well again."""
    asset = world.asset()
    watched = world.series(asset, limits=(HIGH, TRIP))
    other = world.series(asset, "temperature")
    for frames, level in ((3, 10.0), (2, 40.0), (2, 70.0), (2, 40.0), (3, 10.0)):
        world.send("gw", [watched, other], frames, s1=steady(level))
        world.score("gw", memory or Memory())


def test_limits_raise_one_alarm_of_the_machine_whatever_is_restarted(
    emptied_database: Database, database: Database
) -> None:
    world = World(emptied_database)
    a_machine_beyond_its_limits(world, world.memory)
    (alarm,) = world.alarms()
    assert (alarm.category, alarm.severity, alarm.detector) == (
        "machine", "critical", "limit/limit_h",
    )  # fmt: skip
    assert alarm.failure_mode == "bearing_wear"
    assert alarm.state == "returned_unacknowledged"
    assert "limit 60 mm/s" in alarm.summary["en"] or "limit 30 mm/s" in alarm.summary["en"]
    high, trip = world.deviations()
    assert (high.record, high.high, high.severity) == ("limit_h", 30, "high")
    assert (trip.record, trip.high, trip.severity) == ("limit_hh", 60, "critical")
    assert trip.ended_at < high.ended_at
    assert (high.onset_seq, high.onset_index) == (3, 0)
    assert world.topics() == ["raised", "worsened", "cleared"]
    # Another plant, whose worker forgets everything between any two runs and hardly saves anything.
    restarted = World(database)
    rarely = {"snapshot_readings": 10**6, "snapshot_s": 1e6}
    restarted.section = restarted.section.model_copy(update=rarely)
    a_machine_beyond_its_limits(restarted, None)
    assert restarted.outcome() == world.outcome()


def test_a_limit_that_is_taken_away_ends_its_alarm_and_one_that_is_set_begins_one(
    emptied_database: Database,
) -> None:
    world = World(emptied_database)
    number = world.series(world.asset(), limits=(HIGH,))
    world.send("gw", [number], 3, s1=steady(40))
    world.score("gw")
    assert [row.state for row in world.alarms()] == ["active_unacknowledged"]
    world.source.directory[number] = replace(world.source.directory[number], limits=(TRIP,))
    # Facts about series are kept for a minute; another worker asks at once, restart or not.
    world.send("gw", [number], 1)
    world.score("gw", Memory())
    assert [row.state for row in world.alarms()] == ["returned_unacknowledged"]
    world.send("gw", [number], 1, s1=steady(70))
    world.score("gw")
    assert [row.record for row in world.deviations()] == ["limit_h", "limit_hh"]


def test_limits_are_set_by_series_and_reach_scoring(emptied_database: Database) -> None:
    with emptied_database.transaction() as session:
        asset = factories.asset(session)
        lead = factories.principal(session, "desk_lead")
        engineer = factories.principal(session, "engineer")
        stranger = factories.principal(session, "customer", factories.organisation(session))
        series_id = telemetry.register_series(session, asset.id, "vibration", kind="vibration")
        assert read_limits(session, engineer, series_id).version == 0
        made = set_limits(session, lead, series_id, [TRIP, HIGH], expected_version=0)
        assert (made.version, made.limits, made.updated_by_name) == (1, (TRIP, HIGH), lead.name)
        assert read_limits(session, engineer, series_id) == made
        with pytest.raises(StaleVersion):
            set_limits(session, lead, series_id, [], expected_version=0)
        with pytest.raises(Forbidden):
            set_limits(session, engineer, series_id, [])
        with pytest.raises(InvalidLimits):
            set_limits(session, lead, series_id, [TRIP, TRIP])
        with pytest.raises(NotFound):
            read_limits(session, stranger, series_id)
        with pytest.raises(NotFound):
            set_limits(session, PLATFORM, 999_999, [])
        info = TelemetrySeries().series(session, [series_id])[series_id]
        assert info.limits == (TRIP, HIGH)
        set_limits(session, lead, series_id, [])
        assert TelemetrySeries().series(session, [series_id])[series_id].limits == ()


def test_machines_inherit_what_their_model_has_unless_they_have_their_own(
    database: Database,
) -> None:
    with database.transaction() as session:
        one, other = factories.asset(session), factories.asset(session, equipment_class="fan")
        model_id = one.model_id
        mine, theirs = (
            telemetry.register_series(
                session, each.id, name="speed", unit="rpm", kind="speed", data_type="number"
            )
            for each in (one, other)
        )
        lead = factories.principal(session, "desk_lead")
        made = set_limits_of_model(session, lead, model_id, "speed", [HIGH], expected_version=0)
        assert (made.version, made.limits) == (1, (HIGH,))

        def scored() -> dict[int, tuple[Limit, ...]]:
            found = TelemetrySeries().series(session, [mine, theirs])
            return {key: info.limits for key, info in found.items()}

        assert scored() == {mine: (HIGH,), theirs: ()}
        found = read_limits(session, lead, mine)
        assert (found.applies, found.version, found.limits) == ("product_model", 0, (HIGH,))
        assert read_limits(session, lead, theirs).applies == "none"
        # Its own counts, even where it is nothing.
        own = set_limits(session, lead, mine, [], expected_version=0)
        assert (own.applies, own.limits, own.of_model) == ("series", (), (HIGH,))
        assert scored()[mine] == ()
        set_limits(session, lead, mine, [TRIP])
        assert scored()[mine] == (TRIP,)
        ((series, listed),) = limits_of_asset(session, lead, one.id)
        assert (series.name, listed.applies, listed.limits) == ("speed", "series", (TRIP,))
        with pytest.raises(StaleVersion):
            inherit_limits(session, lead, mine, expected_version=9)
        back = inherit_limits(session, lead, mine, expected_version=2)
        assert (back.applies, back.limits) == ("product_model", (HIGH,))
        assert scored()[mine] == (HIGH,)
        set_limits_of_model(session, lead, model_id, "speed", [], expected_version=1)
        assert limits_of_model(session, lead, model_id) == []
        assert scored()[mine] == ()


def test_limits_of_models_are_the_manufacturers(database: Database) -> None:
    with database.transaction() as session:
        asset = factories.asset(session)
        customer = factories.principal(session, "desk_lead", factories.organisation(session))
        lead = factories.principal(session, "desk_lead")
        engineer = factories.principal(session, "engineer")
        for actor in (customer, engineer):
            with pytest.raises(Forbidden):
                set_limits_of_model(session, actor, asset.model_id, "speed", [HIGH])
        with pytest.raises(NotFound):
            set_limits_of_model(session, lead, "mod_none", "speed", [HIGH])
        with pytest.raises(InvalidLimits):
            set_limits_of_model(session, lead, asset.model_id, "speed", [HIGH, HIGH])
        with pytest.raises(InvalidInput):
            set_limits_of_model(session, lead, asset.model_id, " ", [HIGH])
        set_limits_of_model(session, lead, asset.model_id, "speed", [HIGH])
        with pytest.raises(StaleVersion):
            set_limits_of_model(session, lead, asset.model_id, "speed", [], expected_version=0)
