"""R22: people mentioned in what is said are told and follow the ticket; only who may read it can be."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.db import Database
from kernel.errors import Forbidden, NotFound
from kernel.models import OutboxEvent
from registry.models import Person
from registry.permissions import PLATFORM, Principal
from tests.integration.work_orders.plant import Plant, act, complaint, order
from work_orders.errors import UnfitMention
from work_orders.models import Ticket, TicketWatcher
from work_orders.rules import Family
from work_orders.service import (
    TicketDetail,
    comment_on_complaint,
    comment_on_work_order,
    get_complaint,
    get_work_order,
    unwatch,
    watch,
    watchers_of,
)


def _id(person: Principal) -> str:
    assert person.person_id is not None
    return person.person_id


def _mentioned(session: Session) -> list[tuple[str, str | None]]:
    rows = session.scalars(
        select(OutboxEvent)
        .where(OutboxEvent.topic == "work_orders.person_mentioned")
        .order_by(OutboxEvent.id)
    )
    return [(row.payload["person_id"], row.payload["by_id"]) for row in rows]


def _names(detail: TicketDetail) -> list[str]:
    return [each.id for each in detail.watchers]


def test_r22_who_is_mentioned_is_told_once_and_follows(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant).ticket
        engineer, agent = _id(plant.engineer), _id(plant.agent)
        said = comment_on_work_order(
            session,
            plant.lead,
            made.id,
            "@Ada please look",
            internal=True,
            mentions=[engineer, agent, engineer],
        )
        assert sorted(_names(said)) == sorted([engineer, agent])
        assert said.timeline[-1].data["mentions"] == [
            {"id": engineer, "name": plant.engineer.name},
            {"id": agent, "name": plant.agent.name},
        ]
        comment_on_work_order(session, plant.lead, made.id, "again", mentions=[engineer])
    with database.transaction() as session:
        lead = plant.lead.person_id
        assert _mentioned(session) == [(engineer, lead), (agent, lead), (engineer, lead)]
        assert get_work_order(session, plant.engineer, made.id).watching
        assert not get_work_order(session, plant.other_engineer, made.id).watching


@pytest.mark.parametrize("who", ["customer", "stranger", "nobody", "inactive"])
def test_r22_who_may_not_read_it_cannot_be_mentioned(
    database: Database, plant: Plant, who: str
) -> None:
    with database.transaction() as session:
        made = complaint(session, plant).ticket
        if who == "inactive":
            session.get_one(Person, _id(plant.agent)).active = False
    known = {"customer": plant.customer, "stranger": plant.stranger, "inactive": plant.agent}
    person_id = _id(known[who]) if who in known else "per_nobody"
    with pytest.raises(UnfitMention) as refused, database.transaction() as session:
        comment_on_complaint(
            session,
            plant.lead,
            made.id,
            "between us",
            internal=True,
            mentions=[_id(plant.engineer), person_id],
        )
    assert refused.value.code == "unfit_mention"
    with database.transaction() as session:
        # Nothing half done: neither the words nor who could have been mentioned.
        seen = get_complaint(session, plant.lead, made.id)
        assert [each.kind for each in seen.timeline] == ["created"]
        assert seen.watchers == []
        assert _mentioned(session) == []


def test_the_customer_can_be_mentioned_in_what_the_customer_reads(
    database: Database, plant: Plant
) -> None:
    with database.transaction() as session:
        made = complaint(session, plant).ticket
        comment_on_complaint(
            session, plant.agent, made.id, "when can we come?", mentions=[_id(plant.customer)]
        )
    with database.transaction() as session:
        seen = get_complaint(session, plant.customer, made.id)
        assert seen.watching
        # Who of the manufacturer follows it is the manufacturer's own affair.
        assert seen.watchers == []
        assert _names(get_complaint(session, plant.agent, made.id)) == [_id(plant.customer)]


def test_at_most_twenty_are_mentioned_at_once(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant).ticket
    with pytest.raises(UnfitMention), database.transaction() as session:
        comment_on_work_order(
            session, plant.lead, made.id, "all", mentions=[f"per_{n}" for n in range(21)]
        )


def test_following_and_following_no_more(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant).ticket
        version = made.version
        for _ in range(2):
            watch(session, plant.customer, Family.WORK_ORDER, made.id)
            watch(session, plant.lead, Family.WORK_ORDER, made.id)
        seen = get_work_order(session, plant.lead, made.id)
        assert sorted(_names(seen)) == sorted([_id(plant.customer), _id(plant.lead)])
        # Following changes nothing of the ticket: nobody's form becomes stale by it.
        assert seen.ticket.version == version
        for _ in range(2):
            unwatch(session, plant.lead, Family.WORK_ORDER, made.id)
        assert _names(get_work_order(session, plant.lead, made.id)) == [_id(plant.customer)]
    for actor, error in ((plant.stranger, NotFound), (PLATFORM, Forbidden)):
        with pytest.raises(error), database.transaction() as session:
            watch(session, actor, Family.WORK_ORDER, made.id)
    with pytest.raises(NotFound), database.transaction() as session:
        watch(session, plant.lead, Family.COMPLAINT, made.id)


def test_who_may_not_read_it_any_more_is_not_told(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant).ticket
        watch(session, plant.engineer, Family.WORK_ORDER, made.id)
        session.add(
            TicketWatcher(
                ticket_id=made.id,
                person_id=_id(plant.stranger),
                since=made.created_at,
            )
        )
        session.flush()
        ticket = session.get_one(Ticket, made.id)
        assert [each.id for each in watchers_of(session, ticket)] == [_id(plant.engineer)]
        session.get_one(Person, _id(plant.engineer)).active = False
        session.flush()
        assert watchers_of(session, ticket) == []


def test_r22_a_transfer_says_who_when_and_why(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant).ticket
        act(session, plant.lead, made.id, "assign", assignee_id=plant.engineer.person_id)
        act(
            session,
            plant.lead,
            made.id,
            "assign",
            assignee_id=plant.other_engineer.person_id,
            reason="Ada is on leave",
        )
    with database.transaction() as session:
        last = get_work_order(session, plant.customer, made.id).timeline[-1]
        assert (last.actor_name, last.text) == (plant.lead.name, "Ada is on leave")
        assert last.data["assignee_name"] == plant.other_engineer.name
        assert last.event_at >= made.created_at
