"""Past cases on a ticket: kept as tickets end and come back, within rights; replies; articles."""

import pytest
from sqlalchemy import text

from kernel.db import Database
from kernel.errors import Forbidden, NotFound
from kernel.outbox import relay
from tests.integration.work_orders.plant import Plant, act, complaint, order
from tests.support import factories
from work_orders import handlers
from work_orders.knowledge.articles import get_article
from work_orders.knowledge.errors import ArticleExists, NotResolved
from work_orders.knowledge.nearest import VectorIndex, index_of
from work_orders.knowledge.service import (
    ArticleText,
    Audience,
    State,
    Suggestions,
    article_from_ticket,
    create_article,
    move_article,
    suggest,
)
from work_orders.rules import TicketKind
from work_orders.service import NewComplaint, Resolution, create_complaint

assert handlers.knowledge  # subscribed
SEAL = Resolution(
    "机械密封磨损，已更换，Wang 先生在场", cause="wear", remedy="replace", labour_minutes=60
)


def _closed_order(database: Database, plant: Plant, title: str) -> str:
    with database.transaction() as session:
        made = order(session, plant, title=title, kind=TicketKind.CORRECTIVE)
        act(session, plant.lead, made, "assign", assignee_id=plant.engineer.person_id)
        act(session, plant.engineer, made, "start")
        act(session, plant.engineer, made, "finish", resolution=SEAL)
        act(session, plant.customer, made, "confirm")
    relay(database)
    return made.ticket.id


def _asked(database: Database, plant: Plant, words: str) -> str:
    with database.transaction() as session:
        return complaint(session, plant, description=words).ticket.id


def _suggested(database: Database, plant: Plant, ticket_id: str, who: str = "agent") -> Suggestions:
    with database.transaction() as session:
        return suggest(session, getattr(plant, who), ticket_id)


def _ids(told: Suggestions) -> list[str]:
    return [each.ticket.id for each in told.cases]


def test_r25_a_case_is_found_while_it_is_closed_and_only_then(
    database: Database, plant: Plant
) -> None:
    past = _closed_order(database, plant, "水泵机封漏水")
    asked = _asked(database, plant, "Water drips from the shaft seal of the pump")
    told = _suggested(database, plant, asked)
    assert _ids(told) == [past]
    (case,) = told.cases
    assert (case.findings, case.cause, case.remedy) == (SEAL.findings, "wear", "replace")
    assert case.why.same_class
    assert 0.3 < case.why.likeness <= 1
    with database.transaction() as session:
        act(session, plant.lead, past, "reopen")
    # The memory of the process still has it; the database says it is open.
    assert _ids(_suggested(database, plant, asked)) == []
    relay(database)
    assert _ids(_suggested(database, plant, asked)) == []


def test_r25_what_another_process_wrote_is_seen_by_the_next_search(
    database: Database, plant: Plant
) -> None:
    asked = _asked(database, plant, "Water drips from the shaft seal of the pump")
    assert _ids(_suggested(database, plant, asked)) == []
    past = _closed_order(database, plant, "水泵机封漏水")
    with database.transaction() as session:
        assert isinstance(index_of(session), VectorIndex)
        assert len(index_of(session)) == 0
    assert _ids(_suggested(database, plant, asked)) == [past]


def test_r25_customers_see_no_case_of_others(database: Database, plant: Plant) -> None:
    past = _closed_order(database, plant, "水泵机封漏水")
    with database.transaction() as session:
        other = factories.asset(session)
        assert other.organisation_id != plant.organisation_id
        told = create_complaint(
            session,
            plant.stranger,
            NewComplaint(description="Water drips from the shaft seal of the pump"),
        )
    own = _asked(database, plant, "Water drips from the shaft seal of the pump")
    assert _ids(_suggested(database, plant, told.ticket.id, "stranger")) == []
    assert _ids(_suggested(database, plant, own, "customer")) == [past]
    assert _suggested(database, plant, own, "customer").replies == []
    with pytest.raises(NotFound):
        _suggested(database, plant, own, "stranger")


def test_r25_replies_are_offered_and_tell_nothing_that_somebody_wrote(
    database: Database, plant: Plant
) -> None:
    _closed_order(database, plant, "水泵机封漏水")
    with database.transaction() as session:
        for audience, title in (
            (Audience.PUBLIC, "轴封漏水怎么办"),
            (Audience.INTERNAL, "轴封漏水内部说明"),
        ):
            made = create_article(
                session,
                plant.agent,
                ArticleText(title, "zh", "**停机**，更换机械密封。", audience=audience),
            )
            move_article(session, plant.lead, made.id, State.PUBLISHED, expected_version=None)
    relay(database)
    asked = _asked(database, plant, "泵轴的地方一直滴水")
    told = _suggested(database, plant, asked)
    assert {each.title for each in told.articles} == {"轴封漏水怎么办", "轴封漏水内部说明"}
    assert [(each.source, each.title) for each in told.replies][:1] == [
        ("article", "轴封漏水怎么办")
    ]
    assert told.replies[0].text == "停机，更换机械密封。"
    assert told.replies[1].source == "case"
    assert told.replies[1].text == "我们处理过类似的情况。原因是：磨损；有效的处理：更换。"
    assert "Wang" not in "".join(each.text for each in told.replies)
    with database.transaction() as session:
        said = session.execute(
            text("SELECT count(*) FROM work_orders.timeline_entries WHERE kind = 'comment'")
        ).scalar_one()
    assert said == 0


def test_r24_a_resolution_becomes_a_draft_article_once(database: Database, plant: Plant) -> None:
    past = _closed_order(database, plant, "水泵机封漏水")
    asked = _asked(database, plant, "It drips")
    with database.transaction() as session:
        made = article_from_ticket(session, plant.agent, past)
        assert (made.state, made.audience, made.language) == ("draft", "internal", "zh")
        assert made.title == "水泵机封漏水"
        assert made.equipment_classes == ["pump"]
        assert len(made.model_ids) == 1
        for part in ("## 原因\n\n磨损", "## 处理\n\n更换", SEAL.findings):
            assert part in made.body
        assert get_article(session, plant.agent, made.id).ticket_id == past
        with pytest.raises(ArticleExists):
            article_from_ticket(session, plant.lead, past)
        with pytest.raises(NotResolved):
            article_from_ticket(session, plant.agent, asked)
        with pytest.raises(Forbidden):
            article_from_ticket(session, plant.customer, past)
    assert _suggested(database, plant, past).article_id == made.id
