"""The end of an alarm and the end of its order: what is told late, twice or out of order adds nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import text

from anomaly.events import AlarmWorsened
from kernel import outbox
from kernel.db import Database
from tests.integration.work_orders.desk import get, orders, take
from tests.integration.work_orders.plant import AT, Plant, act, alarm
from work_orders import handlers
from work_orders.alarms.service import clear_alarm, worsen_alarm

assert handlers  # subscribes


def test_recovery_is_noted_and_closes_nothing(database: Database, plant: Plant) -> None:
    raised = alarm(plant)
    order_id = take(database, raised)
    for _ in range(2):
        with database.transaction() as session:
            clear_alarm(session, raised.alarm_id, plant.asset_id, AT + timedelta(hours=1), 1)
    seen = get(database, plant, order_id)
    assert seen.ticket.stage == "assigned"
    assert seen.alarms[0].cleared_at == AT + timedelta(hours=1)
    (entry,) = [entry for entry in seen.timeline if entry.kind == "alarm_update"]
    assert entry.data["event"] == "cleared"
    assert entry.data["active"] == 0


def test_facts_may_come_out_of_order(database: Database, plant: Plant) -> None:
    raised = alarm(plant)
    with database.transaction() as session:
        clear_alarm(session, raised.alarm_id, plant.asset_id, AT + timedelta(hours=1), 1)
    seen = get(database, plant, take(database, raised))
    assert seen.alarms[0].cleared_at == AT + timedelta(hours=1)


FACTS = ("raise 1", "clear 1", "raise 2", "clear 2")


@pytest.mark.parametrize(
    "heard",
    [FACTS, FACTS[::-1], *(pytest.param(o, marks=pytest.mark.long) for o in permutations(FACTS))],
)
def test_the_end_of_an_occurrence_is_not_that_of_the_next(
    database: Database, plant: Plant, heard: tuple[str, ...]
) -> None:
    """Whatever order they are heard in: it is over once the second end is heard, and not before."""
    first = alarm(plant)
    for place, fact in enumerate(heard):
        verb, occurrence = fact.split()
        if verb == "raise":
            take(database, replace(first, occurrence=int(occurrence)))
        else:
            with database.transaction() as session:
                at = AT + timedelta(hours=int(occurrence))
                clear_alarm(session, first.alarm_id, plant.asset_id, at, int(occurrence))
        if "raise 2" in heard[: place + 1]:
            (seen,) = get(database, plant, orders(database, plant)[0]).alarms
            over = "clear 2" in heard[: place + 1]
            assert seen.cleared_at == (AT + timedelta(hours=2) if over else None), fact
    with database.transaction() as session:
        assert session.execute(text("SELECT 1 FROM work_orders.alarm_clearances")).all() == []


def test_only_evidence_from_after_its_end_opens_a_new_order(
    database: Database, plant: Plant
) -> None:
    first = alarm(plant, severity="medium", occurrence=2)
    order_id = take(database, first)
    with database.transaction() as session:
        act(session, plant.engineer, order_id, "start")
        ended = act(session, plant.engineer, order_id, "close").ticket.closed_at
    assert ended is not None
    worse = replace(first, severity="critical")

    def worsens(evidence_at: datetime, occurrence: int = 2) -> str:
        with database.transaction() as session:
            return worsen_alarm(session, replace(worse, occurrence=occurrence), evidence_at)

    before = get(database, plant, order_id)
    assert worsens(ended - timedelta(minutes=1)) == worsens(ended) == order_id
    assert orders(database, plant) == [order_id]
    assert get(database, plant, order_id) == before
    later = ended + timedelta(microseconds=1)
    assert worsens(later, occurrence=1) == order_id
    again = worsens(later)
    assert again != order_id
    # Told again, and what else is told of it: that order has it.
    assert worsens(later) == take(database, first) == again
    assert sorted(orders(database, plant)) == sorted([order_id, again])


def test_an_ended_order_stays_ended_when_older_readings_are_told_of_late(
    database: Database, plant: Plant
) -> None:
    raised = alarm(plant, severity="medium")
    order_id = take(database, raised)
    with database.transaction() as session:
        act(session, plant.engineer, order_id, "start")
        ended = act(session, plant.engineer, order_id, "close").ticket.closed_at
    assert ended is not None

    def tell(evidence_at: datetime) -> list[str]:
        facts = {"severity": "critical", "category": "machine", "failure_mode": "bearing_wear"}
        told = {"summary": raised.summary, "cause": raised.cause, "contributors": []}
        with database.transaction() as session:
            outbox.publish(
                session,
                AlarmWorsened.model_validate(
                    {
                        "alarm_id": raised.alarm_id,
                        "asset_id": plant.asset_id,
                        "organisation_id": plant.organisation_id,
                        "historical": False,
                        "evidence_at": evidence_at,
                        "occurrence": 1,
                        **facts,
                        **told,
                    }
                ),
            )
        outbox.relay(database)
        return orders(database, plant)

    assert tell(ended - timedelta(seconds=1)) == [order_id]
    assert len(tell(ended + timedelta(seconds=1))) == 2
