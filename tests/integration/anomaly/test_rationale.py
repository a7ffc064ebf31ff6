"""Why alarms exist and what to do: as shipped, as somebody has written, for a class of equipment."""

import pytest

from anomaly.rationale.service import (
    drop_rationale,
    list_rationales,
    rationale_of_alarm,
    write_rationale,
)
from anomaly.rationale.shipped import SHIPPED, Rationale, Text
from anomaly.rules import SUSPICIONS
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
        for text in (each.consequence, each.response):
            assert text.en.isascii()
            assert not text.zh.isascii()


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
        write_rationale(session, lead, Rationale("bearing_wear", "", WORDS, WORDS, 60))
        assert holds() == (60, 1)
        write_rationale(session, lead, Rationale("bearing_wear", "pump", WORDS, WORDS, 30))
        write_rationale(session, lead, Rationale("bearing_wear", "spindle", WORDS, WORDS, 5))
        assert holds() == (30, 1)
        again = Rationale("bearing_wear", "pump", WORDS, WORDS, 20)
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


def test_what_makes_no_sense_and_who_may_not(database: Database) -> None:
    with database.transaction() as session:
        lead, viewer = (factories.principal(session, role) for role in ("desk_lead", "engineer"))
        good = Rationale("bearing_wear", "", WORDS, WORDS, 60)
        for wrong in (
            Rationale("ghosts", "", WORDS, WORDS, 60),
            Rationale("bearing_wear", "", WORDS, WORDS, 0),
            Rationale("bearing_wear", "", WORDS, WORDS, 10**9),
        ):
            with pytest.raises(InvalidInput):
                write_rationale(session, lead, wrong)
        with pytest.raises(Forbidden):
            write_rationale(session, viewer, good)
        with pytest.raises(Forbidden):
            drop_rationale(session, viewer, "bearing_wear", "")
        with pytest.raises(Forbidden):
            list_rationales(session, factories.principal(session, "storekeeper"))
