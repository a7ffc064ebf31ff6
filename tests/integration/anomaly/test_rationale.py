"""Why alarms exist and what to do: as shipped, as somebody has written, for a class of equipment."""

import pytest
from sqlalchemy import text

from anomaly.deviations import Record
from anomaly.rationale.service import (
    drop_rationale,
    list_rationales,
    rationale_of_alarm,
    write_rationale,
)
from anomaly.rationale.shipped import SHIPPED, Rationale, Text
from anomaly.rules import SEVERITIES, SUSPICIONS, severity_of
from kernel.db import Database
from kernel.errors import Forbidden, InvalidInput, NotFound, StaleVersion
from tests.integration.anomaly.alarms import apply, transition
from tests.integration.anomaly.world import World
from tests.support import factories

WORDS = Text("a", "b")


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


def test_every_failure_mode_that_alarms_suspect_has_a_text_in_both_languages() -> None:
    assert {line.failure_mode for line in SUSPICIONS} <= SHIPPED.keys()
    for each in SHIPPED.values():
        for said in (each.cause, each.consequence, each.response):
            assert said.en.isascii()
            assert not said.zh.isascii()
        assert each.priority in (None, *SEVERITIES)


def test_what_holds_is_the_closest_that_somebody_has_written(database: Database) -> None:
    world = World(database)
    apply(database, world.source, transition(world.series(world.asset("pump"))))
    alarm_id = world.alarms()[0].id
    with database.transaction() as session:
        lead, viewer = (factories.principal(session, role) for role in ("desk_lead", "engineer"))

        def holds() -> tuple[int, int]:
            found = rationale_of_alarm(session, viewer, alarm_id)
            assert found.failure_mode == "bearing_wear"
            return found.respond_within_min, found.version

        assert holds() == (24 * 60, 0)
        write_rationale(session, lead, Rationale("bearing_wear", "", WORDS, WORDS, 60, WORDS))
        assert holds() == (60, 1)
        write_rationale(session, lead, Rationale("bearing_wear", "pump", WORDS, WORDS, 30, WORDS))
        write_rationale(session, lead, Rationale("bearing_wear", "spindle", WORDS, WORDS, 5, WORDS))
        assert holds() == (30, 1)
        again = Rationale("bearing_wear", "pump", WORDS, WORDS, 20, WORDS)
        with pytest.raises(StaleVersion):
            write_rationale(session, lead, again, expected_version=7)
        assert write_rationale(session, lead, again, expected_version=1).version == 2
        listed = list_rationales(session, viewer)
        # The three written ones stand in for the one shipped.
        assert len(listed) == len(SHIPPED) + 2
        drop_rationale(session, lead, "bearing_wear", "pump")
        drop_rationale(session, lead, "bearing_wear", "")
        assert holds() == (24 * 60, 0)
        with pytest.raises(NotFound):
            drop_rationale(session, lead, "bearing_wear", "")


def test_an_alarm_takes_the_priority_of_its_rationale_and_a_limit_keeps_its_own(
    database: Database,
) -> None:
    world = World(database)
    with database.transaction() as session:
        lead = factories.principal(session, "desk_lead")
        write_rationale(
            session, lead, Rationale("bearing_wear", "pump", WORDS, WORDS, 60, WORDS, "low")
        )
        write_rationale(
            session, lead, Rationale("bearing_wear", "", WORDS, WORDS, 60, WORDS, "critical")
        )
    pump, spindle = world.series(world.asset("pump")), world.series(world.asset("spindle"))
    for number in (pump, spindle):
        apply(database, world.source, transition(number, score=2.0))
    assert [row.severity for row in world.alarms()] == ["low", "critical"]
    assert [payload["severity"] for _, payload in world.events()] == ["low", "critical"]
    limit = transition(pump, record=Record.LIMIT_H)
    limit.deviation.severity = "medium"
    apply(database, world.source, limit)
    assert world.alarms()[0].severity == "medium"
    # However much farther out it goes, it is the priority that counts.
    apply(
        database,
        world.source,
        transition(world.series(world.source.directory[pump].asset_id), score=50.0),
    )
    assert world.alarms()[0].severity == "medium"


def test_without_a_priority_the_score_says_it_and_shipped_ones_leave_sensors_as_they_were(
    database: Database,
) -> None:
    world = World(database)
    for score, record in ((2.0, Record.HIGH), (1.0, Record.GAP), (1.0, Record.FLATLINE)):
        number = world.series(world.asset("pump"))
        apply(database, world.source, transition(number, score=score, record=record))
        assert world.alarms()[-1].severity == severity_of(record, score)
    with database.transaction() as session:
        lead = factories.principal(session, "desk_lead")
        write_rationale(session, lead, Rationale("sensor_gap", "", WORDS, WORDS, 60, WORDS, "high"))
    number = world.series(world.asset("pump"))
    apply(database, world.source, transition(number, score=1.0, record=Record.GAP))
    assert world.alarms()[-1].severity == "high"


def test_what_was_written_before_causes_were_asked_for_shows_the_shipped_one(
    database: Database,
) -> None:
    with database.transaction() as session:
        lead = factories.principal(session, "desk_lead")
        write_rationale(session, lead, Rationale("seal_leak", "", WORDS, WORDS, 60, WORDS))
        session.execute(text("UPDATE anomaly.rationales SET cause = NULL"))
        session.expire_all()
        (found,) = [each for each in list_rationales(session, lead) if each.version]
        assert (found.cause, found.priority) == (SHIPPED["seal_leak"].cause, None)


def test_what_makes_no_sense_and_who_may_not(database: Database) -> None:
    with database.transaction() as session:
        lead, viewer = (factories.principal(session, role) for role in ("desk_lead", "engineer"))
        good = Rationale("bearing_wear", "", WORDS, WORDS, 60, WORDS)
        for wrong in (
            Rationale("ghosts", "", WORDS, WORDS, 60, WORDS),
            Rationale("bearing_wear", "", WORDS, WORDS, 0, WORDS),
            Rationale("bearing_wear", "", WORDS, WORDS, 60, WORDS, "urgent"),
            Rationale("bearing_wear", "", WORDS, WORDS, 10**9, WORDS),
        ):
            with pytest.raises(InvalidInput):
                write_rationale(session, lead, wrong)
        with pytest.raises(Forbidden):
            write_rationale(session, viewer, good)
        with pytest.raises(Forbidden):
            drop_rationale(session, viewer, "bearing_wear", "")
        with pytest.raises(Forbidden):
            list_rationales(session, factories.principal(session, "storekeeper"))
