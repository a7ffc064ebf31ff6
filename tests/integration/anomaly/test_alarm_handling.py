"""Shelving, suppression by plan, comments and verdicts: rights, scope, times, many at once."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from anomaly import service
from anomaly.alarms import service as alarms
from anomaly.alarms import standing, suppressions
from anomaly.alarms.errors import InvalidSuppression, SuppressionEnded
from anomaly.alarms.planned import NewSuppression
from anomaly.commands import judging
from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.errors import Forbidden, InvalidInput, NotFound, StaleVersion
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from tests.integration.anomaly.alarms import NOW, apply, ended, transition
from tests.integration.anomaly.world import SECTION, World
from tests.support import factories

HOUR = timedelta(hours=1)


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


@pytest.fixture
def world(database: Database) -> World:
    return World(database, clock=FakeClock(NOW))


def one_alarm(world: World, **facts: object) -> str:
    number = world.series(world.asset())
    assert apply(world.database, world.source, transition(number, **facts)) == 1  # type: ignore[arg-type]
    return str(world.alarms()[-1].id)


def kinds(world: World) -> list[str]:
    return [row.kind for row in world.rows("SELECT kind FROM anomaly.alarm_journal ORDER BY id")]


def test_a_shelved_alarm_comes_back_when_its_time_is_over(world: World) -> None:
    alarm_id = one_alarm(world)
    with use_clock(world.clock), world.database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        shelved = alarms.shelve_alarm(
            session, engineer, alarm_id, until=NOW + HOUR, reason="Being replaced"
        )
        assert (shelved.isa_state, shelved.state) == ("shelved", "active_unacknowledged")
        for until in (NOW - HOUR, NOW, NOW + timedelta(days=2)):
            with pytest.raises(InvalidSuppression):
                alarms.shelve_alarm(session, engineer, alarm_id, until=until, reason="x")
        with pytest.raises(InvalidSuppression):
            alarms.shelve_alarm(
                session, engineer, alarm_id, until=NOW + HOUR, reason="x", series_ids=[999]
            )
        with pytest.raises(StaleVersion):
            alarms.shelve_alarm(
                session, engineer, alarm_id, until=NOW + HOUR, reason="x", expected_version=77
            )
    with world.database.transaction() as session:
        assert standing.tend(session, NOW + HOUR - timedelta(seconds=1), SECTION) == 0
        assert standing.tend(session, NOW + HOUR, SECTION) == 1
        assert service.get_alarm(session, PLATFORM, alarm_id).isa_state == "unacknowledged"
        (row,) = suppressions.list_suppressions(session, PLATFORM, PageRequest()).items
        assert (row.end_reason, row.ended_at) == ("expired", NOW + HOUR)
    # Told once, though it was hidden in between.
    assert world.topics() == ["raised"]
    assert kinds(world) == ["raised", "told", "suppressed", "unsuppressed"]


def test_an_alarm_raised_in_a_maintenance_window_is_told_after_it_if_it_lasts(
    world: World,
) -> None:
    lasting, passing = world.series(world.asset()), world.series(world.asset())
    with use_clock(world.clock), world.database.transaction() as session:
        for number in (lasting, passing):
            asset_id = world.source.directory[number].asset_id
            suppressions.suppress(
                session,
                PLATFORM,
                NewSuppression("maintenance", "Overhaul", asset_id=asset_id, ends_at=NOW + HOUR),
            )
    begun = transition(passing)
    apply(world.database, world.source, transition(lasting), begun)
    apply(world.database, world.source, ended(begun))
    assert world.topics() == []
    states = {row.state: row.suppression for row in world.alarms()}
    assert states == {"active_unacknowledged": "maintenance", "normal": None}
    with world.database.transaction() as session:
        standing.tend(session, NOW + HOUR, SECTION)
    ((topic, event),) = world.events()
    assert (topic, event["occurrence"]) == ("anomaly.alarm_raised", 1)
    assert event["raised_at"].startswith(NOW.date().isoformat())


def test_what_grew_worse_while_nobody_was_told_is_told_afterwards(world: World) -> None:
    number = world.series(world.asset())
    second = world.series(world.source.directory[number].asset_id)
    begun = transition(number, score=1.2)
    apply(world.database, world.source, begun)
    alarm_id = str(world.alarms()[0].id)
    with use_clock(world.clock), world.database.transaction() as session:
        engineer = factories.principal(session, "desk_lead")
        suppressions.suppress(
            session,
            engineer,
            NewSuppression(
                "out_of_service", "Rebuilt", asset_id=world.source.directory[number].asset_id
            ),
        )
    apply(world.database, world.source, transition(second, score=9.0, second=30))
    assert world.topics() == ["raised"]
    with use_clock(world.clock), world.database.transaction() as session:
        (row,) = suppressions.list_suppressions(session, PLATFORM, PageRequest()).items
        ended_row = suppressions.end_suppression(session, engineer, row.id, reason="Rebuilt")
        assert ended_row.end_reason == "lifted"
        with pytest.raises(SuppressionEnded):
            suppressions.end_suppression(session, engineer, row.id)
        assert service.get_alarm(session, PLATFORM, alarm_id).severity == "critical"
    assert world.topics() == ["raised", "worsened"]
    assert world.events()[1][1]["evidence_at"] == "2026-11-01T00:00:30Z"


def test_a_flood_holds_back_minor_alarms_and_lets_them_go(world: World) -> None:
    with world.database.transaction() as session:
        owner = factories.organisation(session)
        site = factories.site(session, owner)
        machines = [factories.asset(session, owner, on_site=site).id for _ in range(16)]
    numbers = [world.series(machine) for machine in machines]
    for place, number in enumerate(numbers):
        score = 9.0 if place == 14 else 1.2
        apply(world.database, world.source, transition(number, score=score))
    held = [row.suppression for row in world.alarms()]
    # The eleventh within ten minutes is one too many; a critical one comes through.
    assert held == [None] * 10 + ["flood"] * 4 + [None, "flood"]
    assert world.topics().count("raised") == 11
    quiet = NOW + timedelta(seconds=SECTION.flood_window_s)
    with world.database.transaction() as session:
        assert standing.tend(session, quiet - timedelta(seconds=1), SECTION) == 0
        assert standing.tend(session, quiet, SECTION) == 5
    assert world.topics().count("raised") == 16
    assert {row.suppression for row in world.alarms()} == {None}


def test_plans_that_make_no_sense_are_refused(world: World, database: Database) -> None:
    with use_clock(world.clock), database.transaction() as session:
        owner = factories.organisation(session)
        one, other = factories.asset(session, owner), factories.asset(session, owner)
        strange = factories.asset(session)
        lead = factories.principal(session, "desk_lead")
        engineer = factories.principal(session, "engineer")
        viewer = factories.principal(session, "claims_adjudicator")
        stranger = factories.principal(session, "customer", owner)

        def refused(field: str, kind: str, **wanted: object) -> None:
            with pytest.raises(InvalidSuppression) as error:
                suppressions.suppress(session, lead, NewSuppression(kind, "x", **wanted))  # type: ignore[arg-type]
            assert error.value.facts["field"] == field

        refused("ends_at", "maintenance", asset_id=one.id)
        refused("ends_at", "maintenance", asset_id=one.id, ends_at=NOW - HOUR)
        refused("ends_at", "out_of_service", asset_id=one.id, ends_at=NOW)
        refused("kind", "shelved", asset_id=one.id, ends_at=NOW + HOUR)
        refused("kind", "flood", site_id=one.site_id)
        refused("asset_id", "out_of_service")
        refused("asset_id", "out_of_service", asset_id=one.id, site_id=one.site_id)
        refused("category", "out_of_service", asset_id=one.id, category="ghost")
        refused("series_ids", "out_of_service", asset_id=one.id, series_ids=(7,))
        refused("site_id", "out_of_service", site_id=one.site_id, series_ids=(7,))
        refused("parent_asset_id", "parent", asset_id=one.id)
        refused("parent_asset_id", "parent", asset_id=one.id, parent_asset_id=one.id)
        refused("parent_asset_id", "parent", asset_id=one.id, parent_asset_id=strange.id)
        refused("parent_asset_id", "out_of_service", asset_id=one.id, parent_asset_id=other.id)
        under = NewSuppression("parent", "Fed by it", asset_id=one.id, parent_asset_id=other.id)
        suppressions.suppress(session, lead, under)
        refused("parent_asset_id", "parent", asset_id=other.id, parent_asset_id=one.id)
        window = NewSuppression("maintenance", "x", asset_id=one.id, ends_at=NOW + HOUR)
        for somebody, wanted in ((engineer, under), (viewer, window), (stranger, window)):
            with pytest.raises(Forbidden):
                suppressions.suppress(session, somebody, wanted)
        made = suppressions.suppress(session, engineer, window)
        with pytest.raises(Forbidden):
            suppressions.end_suppression(session, viewer, made.id)
        elsewhere = factories.principal(session, "engineer", factories.organisation(session))
        with pytest.raises(NotFound):
            suppressions.suppress(session, elsewhere, window)
        with pytest.raises(NotFound):
            suppressions.get_suppression(session, elsewhere, made.id)
        assert suppressions.list_suppressions(session, elsewhere, PageRequest()).items == []


def test_comments_and_verdicts_stay_in_the_journal(world: World) -> None:
    alarm_id = one_alarm(world)
    with use_clock(world.clock), world.database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        customer = factories.principal(session, "customer", factories.organisation(session))
        said = alarms.comment_alarm(session, engineer, alarm_id, "Bearing greased")
        assert (said.kind, said.text, said.actor_id) == (
            "comment",
            "Bearing greased",
            engineer.person_id,
        )
        with pytest.raises(InvalidInput):
            alarms.comment_alarm(session, engineer, alarm_id, "  ")
        with pytest.raises(InvalidInput):
            judging.judge_alarm(session, engineer, alarm_id, "maybe")
        judging.judge_alarm(session, engineer, alarm_id, "nuisance")
        judged = judging.judge_alarm(session, engineer, alarm_id, "true", comment="Worn after all")
        assert judged.verdict == "true"
        assert judging.judge_alarm(session, engineer, alarm_id, None).verdict is None
        for verb in (alarms.comment_alarm, judging.judge_alarm):
            with pytest.raises(Forbidden):
                verb(session, customer, alarm_id, "true")
        with pytest.raises(NotFound):
            alarms.journal_of(session, customer, alarm_id)
        entries = alarms.journal_of(session, engineer, alarm_id).items
        assert [entry.kind for entry in entries] == [
            "feedback",
            "feedback",
            "feedback",
            "comment",
            "told",
            "raised",
        ]
        assert entries[0].data == {"verdict": None, "was": "true", "detector": "ew_chart/2"}
        assert entries[1].data == {"verdict": "true", "was": "nuisance", "detector": "ew_chart/2"}
        page = alarms.journal_of(session, engineer, alarm_id, PageRequest(3), kinds=["feedback"])
        assert (len(page.items), page.next_key) == (3, None)
    for statement in (
        "DELETE FROM anomaly.alarm_journal",
        "UPDATE anomaly.alarm_journal SET text='x'",
    ):
        with (
            pytest.raises(Exception, match="permission"),
            world.database.transaction() as session,
        ):
            session.execute(text(statement))


def test_many_at_once_each_wholly_or_not_at_all(world: World) -> None:
    first, second = one_alarm(world), one_alarm(world)
    with use_clock(world.clock), world.database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        service.acknowledge_alarm(session, engineer, first)

        def acknowledge(alarm_id: str) -> service.AlarmFacts:
            return service.acknowledge_alarm(session, engineer, alarm_id)

        done, refused = alarms.for_each(
            session, engineer, [second, first, "alm_none", second], acknowledge
        )
        assert [alarm.id for alarm in done] == [second]
        assert {(each.alarm_id, each.code) for each in refused} == {
            (first, "alarm_already_acknowledged"),
            ("alm_none", "not_found"),
        }
        with pytest.raises(InvalidInput):
            alarms.for_each(session, engineer, [f"alm_{n}" for n in range(201)], acknowledge)
    assert {row.state for row in world.alarms()} == {"active_acknowledged"}


def test_an_alarm_that_somebody_else_is_changing_is_not_waited_for(world: World) -> None:
    first, second = one_alarm(world), one_alarm(world)
    with world.database.transaction() as scoring:
        scoring.execute(
            text("SELECT 1 FROM anomaly.alarms WHERE id = :id FOR UPDATE"), {"id": first}
        )
        with world.database.transaction() as session:
            engineer = factories.principal(session, "engineer")
            stranger = factories.principal(session, "engineer", factories.organisation(session))

            def judge(alarm_id: str) -> service.AlarmFacts:
                return judging.judge_alarm(session, engineer, alarm_id, "true")

            done, refused = alarms.for_each(session, engineer, [first, second], judge)
            assert [alarm.id for alarm in done] == [second]
            assert [(each.alarm_id, each.code) for each in refused] == [(first, "alarm_busy")]
            # Whoever does not see it does not learn that it is there.
            _, refused = alarms.for_each(session, stranger, [first], judge)
            assert [each.code for each in refused] == ["not_found"]


def test_history_is_hidden_by_the_plan_of_its_own_time(world: World) -> None:
    number = world.series(world.asset())
    asset_id = world.source.directory[number].asset_id
    onset = NOW - timedelta(days=1)
    with use_clock(world.clock), world.database.transaction() as session:
        suppressions.suppress(
            session,
            PLATFORM,
            NewSuppression(
                "maintenance", "Overhaul", asset_id=asset_id, starts_at=onset, ends_at=NOW + HOUR
            ),
        )
    late = transition(number, lane="backlog", second=20.5 * 86_400)
    apply(world.database, world.source, late)
    (alarm,) = world.alarms()
    assert (alarm.historical, alarm.suppression) == (True, "maintenance")
    with world.database.transaction() as session:
        standing.tend(session, NOW + 2 * HOUR, SECTION)
    # It happened in the window, whatever time it is by now.
    assert world.alarms()[0].suppression == "maintenance"
    assert world.topics() == []
