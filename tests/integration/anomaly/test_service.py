"""Listing, reading and acknowledging alarms: scope, rights, versions, pages."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from anomaly import service
from anomaly.deviations import Record
from anomaly.errors import AlarmAlreadyAcknowledged
from kernel.db import Database
from kernel.errors import Forbidden, ForewarnError, InvalidInput, NotFound, StaleVersion
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from telemetry import service as telemetry
from tests.integration.anomaly.alarms import apply, ended, transition
from tests.integration.anomaly.world import START, World, steady
from tests.support import factories


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def one_alarm(world: World, **facts: object) -> str:
    number = world.series(world.asset())
    assert apply(world.database, world.source, transition(number, **facts)) == 1  # type: ignore[arg-type]
    return str(world.alarms()[-1].id)


def test_filters_and_pages(world: World, database: Database) -> None:
    pump, other = world.asset(), world.asset()
    first, second, third = world.series(pump), world.series(other), world.series(other, "flow")
    begun = transition(first, score=9.0)
    apply(database, world.source, begun, transition(second, second=7200.0))
    apply(database, world.source, transition(third, record=Record.GAP, lane="backlog"))
    apply(database, world.source, ended(begun))
    with database.transaction() as session:

        def listed(**wanted: object) -> list[tuple[str, str, str]]:
            query = service.AlarmQuery(**wanted)  # type: ignore[arg-type]
            found = service.list_alarms(session, PLATFORM, query).items
            return [(alarm.asset_id, alarm.category, alarm.state) for alarm in found]

        a = (pump, "machine", "returned_unacknowledged")
        b = (other, "machine", "active_unacknowledged")
        c = (other, "sensor", "active_unacknowledged")
        assert listed() == [c, b, a]
        assert listed(asset_id=pump) == [a]
        assert listed(severity="critical") == [a]
        assert listed(active=True) == [c, b]
        assert listed(active=False) == [a]
        assert listed(states=("returned_unacknowledged", "normal")) == [a]
        assert listed(states=("normal",), active=True) == []
        assert listed(category="sensor") == [c]
        assert listed(historical=True) == [c]
        assert listed(historical=False) == [b, a]
        assert listed(since=START + timedelta(hours=1)) == [b]
        page = service.list_alarms(session, PLATFORM, page=PageRequest(2))
        rest = service.list_alarms(session, PLATFORM, page=PageRequest(2, page.next_key))
        assert [alarm.id for alarm in page.items + rest.items] == [
            alarm.id for alarm in service.list_alarms(session, PLATFORM).items
        ]
        assert rest.next_key is None
        assert [x.asset_id for x in service.alarms_of_asset(session, PLATFORM, other)] == [
            other
        ] * 2
        for wrong in ({"severity": "dire"}, {"states": ("on",)}, {"category": "ghost"}):
            with pytest.raises(InvalidInput):
                listed(**wrong)


def test_only_alarms_in_scope_are_seen_and_only_by_those_who_may(
    world: World, database: Database
) -> None:
    alarm_id = one_alarm(world)
    with database.transaction() as session:
        stranger = factories.principal(session, "customer", factories.organisation(session))
        storekeeper = factories.principal(session, "storekeeper")
        viewer = factories.principal(session, "claims_adjudicator")
        asset_id = world.alarms()[0].asset_id
        assert service.list_alarms(session, stranger).items == []
        with pytest.raises(NotFound):
            service.get_alarm(session, stranger, alarm_id)
        with pytest.raises(NotFound):
            service.alarms_of_asset(session, stranger, asset_id)
        for verb in (service.list_alarms, service.get_alarm, service.alarms_of_asset):
            arguments = () if verb is service.list_alarms else (alarm_id,)
            with pytest.raises(Forbidden):
                verb(session, storekeeper, *arguments)
        with pytest.raises(Forbidden):
            service.acknowledge_alarm(session, viewer, alarm_id)
        with pytest.raises(NotFound):
            service.get_alarm(session, PLATFORM, "alm_none")


def test_acknowledging_is_recorded_with_who_and_why(world: World, database: Database) -> None:
    alarm_id = one_alarm(world)
    with database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        before = service.get_alarm(session, engineer, alarm_id)
        with pytest.raises(StaleVersion):
            service.acknowledge_alarm(
                session, engineer, alarm_id, expected_version=before.version + 1
            )
        after = service.acknowledge_alarm(
            session, engineer, alarm_id, expected_version=before.version, comment="I look at it"
        )
    assert after.state == "active_acknowledged"
    assert after.acknowledged_by == engineer.person_id
    assert after.version == before.version + 1
    (entry,) = world.rows("SELECT action, actor_name, reason, changes FROM registry.audit_entries")
    assert entry == (
        "alarm.acknowledge",
        engineer.name,
        "I look at it",
        {"state": ["active_unacknowledged", "active_acknowledged"]},
    )
    assert world.topics()[-1] == "acknowledged"
    with database.transaction() as session, pytest.raises(AlarmAlreadyAcknowledged):
        service.acknowledge_alarm(session, engineer, alarm_id)


def test_an_acknowledged_alarm_that_returns_is_normal_and_must_be_acknowledged_anew_if_it_comes_back(
    world: World, database: Database
) -> None:
    number = world.series(world.asset())
    begun = transition(number)
    apply(database, world.source, begun)
    (alarm,) = world.alarms()
    with database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        service.acknowledge_alarm(session, engineer, alarm.id)
    apply(database, world.source, ended(begun))
    assert world.alarms()[0].state == "normal"
    apply(database, world.source, transition(number, second=120.0))
    (alarm,) = world.alarms()
    assert (alarm.state, alarm.acknowledged_by, alarm.occurrences) == (
        "active_unacknowledged",
        None,
        2,
    )


def test_of_many_who_acknowledge_at_once_one_does(world: World, database: Database) -> None:
    alarm_id = one_alarm(world)
    with database.transaction() as session:
        engineer = factories.principal(session, "engineer")

    def acknowledge(_: int) -> str:
        try:
            with database.transaction() as session:
                service.acknowledge_alarm(session, engineer, alarm_id)
        except ForewarnError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(acknowledge, range(32)))
    assert answers.count("done") == 1
    assert answers.count("alarm_already_acknowledged") == 31


def test_scoring_and_acknowledging_at_once_keep_both(world: World, database: Database) -> None:
    numbers = [world.series(world.asset()) for _ in range(8)]
    begun = [transition(number) for number in numbers]
    apply(database, world.source, *begun)
    ids = [row.id for row in world.alarms()]
    with database.transaction() as session:
        engineer = factories.principal(session, "engineer")

    def acknowledge(alarm_id: str) -> None:
        with database.transaction() as session:
            service.acknowledge_alarm(session, engineer, alarm_id)

    with ThreadPoolExecutor(16) as pool:
        work: list[Future[Any]] = [pool.submit(acknowledge, alarm_id) for alarm_id in ids]
        work += [pool.submit(apply, database, world.source, ended(one)) for one in begun]
        for one in work:
            one.result()
    assert {row.state for row in world.alarms()} == {"normal"}


def test_the_same_deviation_again_changes_nothing_even_after_its_alarm_is_over(
    world: World, database: Database
) -> None:
    number = world.series(world.asset())
    begun = transition(number)
    assert apply(database, world.source, begun, begun) == 1
    assert apply(database, world.source, ended(begun), ended(begun), begun) == 0
    assert len(world.alarms()) == len(world.deviations()) == 1
    assert world.topics() == ["raised", "cleared"]


def test_the_database_refuses_a_second_open_alarm_and_a_state_that_makes_no_sense(
    world: World, database: Database
) -> None:
    one_alarm(world)
    for statement in (
        """INSERT INTO anomaly.alarms SELECT (jsonb_populate_record(
            a, jsonb_build_object('id', 'alm_2', 'onset_seq', 99999))).* FROM anomaly.alarms a""",
        "UPDATE anomaly.alarms SET returned_at = now()",
        "UPDATE anomaly.alarms SET state = 'fine'",
        "DELETE FROM anomaly.alarms",
    ):
        with (
            pytest.raises(Exception, match=r"unique|check|permission"),
            database.transaction() as s,
        ):
            s.execute(text(statement))


def test_the_expected_band_of_a_series(world: World, database: Database) -> None:
    asset = world.asset()
    with database.transaction() as session:
        known = telemetry.register_series(session, asset, "vibration", kind="vibration")
        other = telemetry.register_series(session, asset, "speed", kind="speed")
        engineer = factories.principal(session, "engineer")
    assert world.series(asset) == known
    world.send("gw", [known], 100, s1=steady())
    world.score("gw")
    with database.transaction() as session:
        band = service.expected_band(session, engineer, known)
        assert band.warm
        assert band.learnt >= 200
        assert band.low is not None
        assert band.high is not None
        assert band.low < 10 < band.high
        assert band.detector == "ew_chart/2"
        unknown = service.expected_band(session, engineer, other)
        assert (unknown.warm, unknown.low, unknown.learnt) == (False, None, 0)
        with pytest.raises(NotFound):
            service.expected_band(session, engineer, 999)
        assert service.series_warm(session, [known, other]) == {known: True, other: False}


def test_frames_are_needed_back_to_the_snapshot_not_the_cursor(
    world: World, database: Database
) -> None:
    world.section = world.section.model_copy(update={"snapshot_readings": 10**6, "snapshot_s": 1e6})
    number = world.series(world.asset())
    world.send("gw", [number], 20)
    world.score("gw")
    world.send("gw", [number], 20)
    world.score("gw")
    with database.transaction() as session:
        (needed,) = service.frames_needed_from(session).values()
    assert needed == 20
