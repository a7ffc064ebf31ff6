"""Complaints: intake, links to orders, who sees what, search in two languages."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from kernel.db import Database
from kernel.errors import Forbidden, IllegalTransition, InvalidInput, NotFound
from kernel.paging import PageRequest
from registry.models import Asset
from tests.integration.work_orders.plant import Plant, act, alarm, complaint, order
from tests.support import factories
from work_orders.alarms.service import take_alarm
from work_orders.errors import DifferentOrganisations, InvalidText, UnknownSerial
from work_orders.rules import Priority, TicketKind
from work_orders.service import (
    Edit,
    NewComplaint,
    Resolution,
    TicketFilter,
    comment_on_complaint,
    create_complaint,
    edit_complaint,
    get_complaint,
    get_work_order,
    link_complaint,
    list_complaints,
    list_work_orders,
    search_tickets,
    unlink_complaint,
)


def test_a_customer_complains(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        told = complaint(
            session, plant, fields={"urgency": "high", "contact_name": "Li Na", "channel": "web"}
        )
    made = told.ticket
    assert made.number.startswith("CP-")
    assert made.title == "It makes a terrible noise"
    assert (made.stage, made.priority, made.asset_id) == ("pending", "P1", plant.asset_id)
    assert made.fields == {
        "category": "other",
        "urgency": "high",
        "impact": "medium",
        "channel": "web",
        "contact_name": "Li Na",
    }
    assert told.allowed_actions == []
    assert told.links == []


def test_a_complaint_about_no_machine(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        told = complaint(session, plant, serial_number=None)
        assert told.ticket.asset_id is None
        assert told.ticket.organisation_id == plant.organisation_id
        taken = create_complaint(
            session,
            plant.agent,
            NewComplaint("the invoice is wrong", organisation_id=plant.organisation_id),
        )
        assert taken.ticket.organisation_id == plant.organisation_id


def test_whose_machine_it_is_not(database: Database, plant: Plant) -> None:
    new = NewComplaint("noise", serial_number=plant.serial_number)
    with pytest.raises(UnknownSerial) as refused, database.transaction() as session:
        create_complaint(session, plant.stranger, new)
    assert refused.value.code == "unknown_serial"
    with pytest.raises(UnknownSerial), database.transaction() as session:
        complaint(session, plant, serial_number="SN-THAT-IS-NOT")
    with pytest.raises(NotFound), database.transaction() as session:
        create_complaint(
            session, plant.stranger, NewComplaint("x", organisation_id=plant.organisation_id)
        )
    with pytest.raises(Forbidden), database.transaction() as session:
        create_complaint(session, plant.engineer, new)


def test_it_is_linked_to_the_open_order(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        order_id = take_alarm(session, alarm(plant))
        inspection = order(session, plant, kind=TicketKind.INSPECTION)
    with database.transaction() as session:
        told = complaint(session, plant)
        (link,) = told.links
        assert (link.ticket_id, link.link, link.by_rule) == (order_id, "same_failure", True)
        assert [each.ticket_id for each in told.suggestions] == [inspection.ticket.id]
        seen = get_work_order(session, plant.lead, order_id)
    assert [each.ticket_id for each in seen.links] == [told.ticket.id]
    for detail in (told, seen):
        assert [entry.kind for entry in detail.timeline].count("link") == 1


def test_a_machine_that_changed_hands(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        take_alarm(session, alarm(plant))
        asset = session.get_one(Asset, plant.asset_id)
        asset.organisation_id = plant.stranger.organisation_id or ""
    with database.transaction() as session:
        told = create_complaint(
            session, plant.stranger, NewComplaint("loud", serial_number=plant.serial_number)
        )
        other = take_alarm(session, alarm(plant, failure_mode="seal_leak"))
        (link,) = get_complaint(session, plant.stranger, told.ticket.id).links
    assert told.links == []
    assert told.suggestions == []
    assert link.ticket_id == other


def test_an_order_made_by_hand_answers_the_complaint(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        told = complaint(session, plant)
        inspection = order(session, plant, kind=TicketKind.INSPECTION)
        made = order(session, plant)
        later = order(session, plant)
    assert [link.ticket_id for link in made.links] == [told.ticket.id]
    assert inspection.links == []
    assert later.links == []


def test_the_desk_takes_a_wrong_link_back(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        order_id = take_alarm(session, alarm(plant))
        told = complaint(session, plant)
    for _ in range(2):
        with database.transaction() as session:
            undone = unlink_complaint(session, plant.agent, told.ticket.id, order_id)
    assert undone.links == []
    assert [each.ticket_id for each in undone.suggestions] == [order_id]
    assert [entry.kind for entry in undone.timeline].count("unlink") == 1
    with database.transaction() as session:
        again = link_complaint(session, plant.agent, told.ticket.id, order_id, "related")
    assert [(link.link, link.by_rule) for link in again.links] == [("related", False)]


def test_links_that_cannot_be(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        told = complaint(session, plant).ticket.id
        foreign = create_complaint(session, plant.stranger, NewComplaint("mine")).ticket.id
    for other, error in (
        (told, InvalidInput),
        (foreign, DifferentOrganisations),
        ("wo_nothing", NotFound),
    ):
        with pytest.raises(error), database.transaction() as session:
            link_complaint(session, plant.agent, told, other)
    with pytest.raises(InvalidInput), database.transaction() as session:
        link_complaint(session, plant.agent, told, foreign, "cousins")
    with pytest.raises(Forbidden), database.transaction() as session:
        link_complaint(session, plant.customer, told, foreign)


def test_the_desk_handles_a_complaint(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        told = complaint(session, plant, serial_number=None)
        for actor, action, facts in (
            (plant.agent, "triage", {}),
            (plant.agent, "assign", {"assignee_id": plant.agent.person_id}),
            (plant.agent, "start", {}),
            (plant.agent, "finish", {"resolution": Resolution("explained the invoice")}),
        ):
            done = act(session, actor, told, action, **facts)
        assert done.ticket.stage == "awaiting_confirmation"
        assert act(session, plant.customer, told, "reject").ticket.stage == "in_progress"
    with pytest.raises(Forbidden), database.transaction() as session:
        act(session, plant.customer, told, "close", resolution=Resolution("never mind"))
    with pytest.raises(IllegalTransition), database.transaction() as session:
        act(session, plant.agent, told, "confirm")
    with database.transaction() as session:
        act(session, plant.agent, told, "close", resolution=Resolution("credit note sent"))
        again = act(session, plant.customer, told, "reopen")
    assert again.ticket.stage == "triaged"
    assert again.ticket.findings == "credit note sent"


def test_fields_change_and_stay_judged(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        told = complaint(session, plant).ticket.id
        edited = edit_complaint(
            session, plant.agent, told, Edit(priority=Priority.P0, fields={"category": "safety"})
        )
    assert edited.ticket.fields["category"] == "safety"
    assert edited.ticket.fields["urgency"] == "medium"
    for actor, wanted, error in (
        (plant.agent, Edit(fields={"category": "nonsense"}), InvalidText),
        (plant.customer, Edit(title="x"), Forbidden),
        (plant.stranger, Edit(title="x"), Forbidden),
    ):
        with pytest.raises(error), database.transaction() as session:
            edit_complaint(session, actor, told, wanted)


def test_nobody_sees_another_customers_complaint(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        told = complaint(session, plant).ticket.id
        order_id = order(session, plant).ticket.id
    for verb, ticket_id in ((get_complaint, told), (get_work_order, order_id)):
        with pytest.raises(NotFound), database.transaction() as session:
            verb(session, plant.stranger, ticket_id)
    with pytest.raises(NotFound), database.transaction() as session:
        comment_on_complaint(session, plant.stranger, told, "hello")
    with database.transaction() as session:
        for listed in (list_complaints, list_work_orders):
            assert listed(session, plant.stranger, TicketFilter(), PageRequest()).items == []
            assert len(listed(session, plant.customer, TicketFilter(), PageRequest()).items) == 1
        assert search_tickets(session, plant.stranger, "noise") == []
        assert len(search_tickets(session, plant.customer, "noise")) == 1


def test_a_customer_does_not_see_who_was_considered(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        order_id = take_alarm(session, alarm(plant))
        seen = get_work_order(session, plant.customer, order_id)
    assert seen.ticket.dispatch is None
    assert [entry for entry in seen.timeline if entry.internal] == []
    assert seen.ticket.assignee_name == "Ada"


def test_words_of_two_characters_are_found(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        chinese = complaint(session, plant, description="3号泵轴承过热, 漏油严重").ticket
        english = complaint(session, plant, description="Pump 3: 100% OFF_line, 'quoted'").ticket
        for query, found in (
            ("漏油", [chinese]),
            ("轴承", [chinese]),
            ("轴过", []),
            ("泵", [chinese]),
            ("漏油 轴承", [chinese]),
            ("漏油 pump", []),
            ("pump", [english]),
            ("100%", [english]),
            ("off_line", [english]),
            ("offxline", []),
            ("'quoted'", [english]),
            (chinese.number.lower(), [chinese]),
            ("3", [english, chinese]),
            ("  ", []),
        ):
            hits = search_tickets(session, plant.agent, query)
            assert [hit.id for hit in hits] == [ticket.id for ticket in found], query
        page = list_complaints(session, plant.agent, TicketFilter(q="漏油"), PageRequest())
        assert [each.id for each in page.items] == [chinese.id]
        edit_complaint(session, plant.agent, english.id, Edit(description="密封件"))
        assert [hit.id for hit in search_tickets(session, plant.agent, "密封")] == [english.id]


def test_search_uses_its_indexes(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        for condition, index in (
            ("search_text ILIKE '%bearing%'", "ix_tickets_search_text_trgm"),
            ("search_terms @> ARRAY['漏油']", "ix_tickets_search_terms"),
        ):
            plan = session.execute(
                text(f"EXPLAIN SELECT id FROM work_orders.tickets WHERE {condition}")
            ).scalars()
            assert index in "\n".join(plan)


def test_pages_neither_skip_nor_repeat(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = [complaint(session, plant).ticket.id for _ in range(7)]
        session.flush()
        seen: list[str] = []
        after = None
        while True:
            page = list_complaints(
                session, plant.customer, TicketFilter(), PageRequest(limit=3, after=after)
            )
            seen += [each.id for each in page.items]
            after = page.next_key
            if after is None:
                break
    assert seen == sorted(made, reverse=True)


def test_filters(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        other = factories.asset(session).id
        mine = order(session, plant, assign=True, priority=Priority.P1).ticket.id
        done = act(session, plant.lead, order(session, plant), "cancel").ticket.id
        elsewhere = order(
            session, plant, asset_id=other, kind=TicketKind.INSTALLATION, title="安装新泵"
        ).ticket.id
        for wanted, found in (
            (TicketFilter(), {mine, done, elsewhere}),
            (TicketFilter(open=True), {mine, elsewhere}),
            (TicketFilter(open=False), {done}),
            (TicketFilter(stages=("assigned", "cancelled")), {mine, done}),
            (TicketFilter(kinds=("installation",)), {elsewhere}),
            (TicketFilter(priorities=("P1",)), {mine}),
            (TicketFilter(assignee_id=plant.engineer.person_id), {mine}),
            (TicketFilter(assignee_id="none"), {done, elsewhere}),
            (TicketFilter(asset_id=other), {elsewhere}),
            (TicketFilter(organisation_id=plant.organisation_id), {mine, done}),
            (TicketFilter(q="安装"), {elsewhere}),
        ):
            page = list_work_orders(session, plant.lead, wanted, PageRequest())
            assert {each.id for each in page.items} == found, wanted


HOSTILE = (
    "'; DROP TABLE work_orders.tickets; --",
    "<script>alert(1)</script>",
    "{{7*7}} ${jndi:x} %s %(id)s \\ \" ' ` \u202e rtl \u200b",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_sql_and_html_are_only_letters(database: Database, plant: Plant, words: str) -> None:
    with database.transaction() as session:
        told = complaint(
            session, plant, title=words, description=words,
            fields={"contact_name": words, "expectation": words, "contact_phone": words[:50]},
        )  # fmt: skip
        comment_on_complaint(session, plant.customer, told.ticket.id, words)
        made = order(session, plant, title=words, description=words)
        done = act(session, plant.lead, made, "cancel", reason=words)
        seen = get_complaint(session, plant.agent, told.ticket.id)
        hits = search_tickets(session, plant.agent, words)
    assert (seen.ticket.title, seen.ticket.description) == (words, words)
    assert seen.ticket.fields["expectation"] == words
    assert [entry.text for entry in seen.timeline if entry.kind == "comment"] == [words]
    assert done.timeline[-1].text == words
    assert {hit.id for hit in hits} == {told.ticket.id, made.ticket.id}


@pytest.mark.parametrize("bad", ["", "nul\0", "x" * 10_001, "half \ud83d"])
def test_texts_that_cannot_be_kept(database: Database, plant: Plant, bad: str) -> None:
    with database.transaction() as session:
        told = complaint(session, plant).ticket.id
    for attempt in (
        lambda session: complaint(session, plant, description=bad),
        lambda session: comment_on_complaint(session, plant.agent, told, bad),
        lambda session: complaint(session, plant, fields={"contact_name": bad}),
        lambda session: edit_complaint(session, plant.agent, told, Edit(title=bad)),
        lambda session: act(session, plant.agent, told, "cancel", reason=bad),
        lambda session: act(session, plant.agent, told, "assign", assignee_id="x", reason=bad),
    ):
        with pytest.raises(InvalidInput), database.transaction() as session:
            attempt(session)
    with database.transaction() as session:
        page = list_complaints(session, plant.agent, TicketFilter(), PageRequest())
        assert [(each.id, each.stage, each.version) for each in page.items] == [
            (told, "pending", 1)
        ]


def test_a_hundred_complaints_at_once(database: Database, plant: Plant) -> None:
    def one(number: int) -> str:
        with database.transaction() as session:
            return complaint(session, plant, description=f"noise {number}").ticket.number

    with ThreadPoolExecutor(32) as pool:
        numbers = list(pool.map(one, range(100)))
    assert len(set(numbers)) == 100
