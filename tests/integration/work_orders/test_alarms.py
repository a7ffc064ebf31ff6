"""Alarms become one open order per asset and failure, given to the right engineer, however they arrive."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from anomaly.events import AlarmCleared, AlarmRaised
from kernel import outbox
from kernel.db import Database, engine_for
from tests.integration.work_orders.desk import get, orders, take
from tests.integration.work_orders.plant import AT, Plant, act, alarm, complaint, order
from tests.support import factories
from tests.support.databases import DatabaseUrls
from work_orders import handlers
from work_orders.alarms.service import RaisedAlarm, clear_alarm, take_alarm, worsen_alarm
from work_orders.rules import TicketKind
from work_orders.service import (
    get_complaint,
    get_work_order,
)

assert handlers  # subscribes


def test_an_alarm_opens_an_order_for_the_right_engineer(database: Database, plant: Plant) -> None:
    raised = alarm(plant, severity="critical")
    seen = get(database, plant, take(database, raised))
    made = seen.ticket
    assert (made.kind, made.origin, made.stage) == ("preventive", "alarm", "assigned")
    assert (made.failure_mode, made.priority, made.alarm_count) == ("bearing_wear", "P0", 1)
    assert made.assignee_name == "Ada"
    assert made.dispatch is not None
    assert made.dispatch["matched"] == ["pump"]
    assert made.title == "Vibration above its record"
    assert made.description == "Vibration above its record\n振动超过历史记录"
    assert made.reason is not None
    assert made.reason["summary"]["zh"] == "振动超过历史记录"
    assert made.reason["cause"]["expected"] == [1.0, 2.0]
    assert made.worst is not None
    assert made.worst["alarm_id"] == raised.alarm_id
    assert [each.alarm_id for each in seen.alarms] == [raised.alarm_id]
    assert [entry.kind for entry in seen.timeline] == ["created", "transition", "assignment"]
    assert {entry.actor_name for entry in seen.timeline} == {"Forewarn"}


def test_further_alarms_count_and_the_worst_is_kept(database: Database, plant: Plant) -> None:
    order_id = take(database, alarm(plant, severity="medium"))
    again = take(database, alarm(plant, severity="medium", cause={"seen": 3, "score": 1.2}))
    worst = alarm(plant, severity="high", cause={"seen": 9, "score": 4})
    last = take(database, worst)
    lesser = take(database, alarm(plant, severity="low"))
    assert {order_id} == {again, last, lesser}
    seen = get(database, plant, order_id).ticket
    assert seen.alarm_count == 4
    assert seen.priority == "P1"
    assert seen.worst is not None
    assert seen.worst["alarm_id"] == worst.alarm_id
    assert seen.worst["cause"]["seen"] == 9


def test_an_alarm_heard_of_before_adds_nothing(database: Database, plant: Plant) -> None:
    raised = alarm(plant)
    order_id = take(database, raised)
    before = get(database, plant, order_id)
    assert take(database, raised) == order_id
    assert get(database, plant, order_id) == before


def test_each_failure_and_each_machine_has_its_own_order(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        other = factories.asset(session).id
    made = {
        take(database, alarm(plant)),
        take(database, alarm(plant, failure_mode="overheating")),
        take(database, alarm(plant, asset_id=other)),
        take(database, alarm(plant, category="sensor", failure_mode="sensor_flatline")),
        take(database, alarm(plant, category="sensor", failure_mode="sensor_flatline")),
        take(database, alarm(plant, failure_mode="")),
        take(database, alarm(plant, failure_mode="unspecified")),
    }
    assert len(made) == 5
    kinds = [get(database, plant, each).ticket.kind for each in sorted(made)]
    assert sorted(kinds) == ["inspection", *["preventive"] * 4]


def test_an_order_made_by_hand_takes_the_alarm(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant, kind=TicketKind.PREVENTIVE, failure_mode="bearing_wear")
    assert take(database, alarm(plant)) == made.ticket.id
    seen = get(database, plant, made.ticket.id).ticket
    assert (seen.origin, seen.alarm_count, seen.priority) == ("person", 1, "P1")
    assert seen.reason is not None


def test_after_closing_the_next_alarm_opens_a_new_order(database: Database, plant: Plant) -> None:
    first = take(database, alarm(plant))
    with database.transaction() as session:
        act(session, plant.engineer, first, "start")
        act(session, plant.engineer, first, "close")
    assert take(database, alarm(plant)) != first


def test_nobody_fits_and_the_order_says_why(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        site = factories.site(session, factories.organisation(session))
        lonely = factories.asset(session, on_site=site).id
        compressor = factories.asset(session, equipment_class="compressor").id
    for asset_id, mode, code in (
        (lonely, "bearing_wear", "nobody_at_site"),
        (compressor, "bearing_wear", "nobody_at_site"),
    ):
        seen = get(
            database, plant, take(database, alarm(plant, asset_id=asset_id, failure_mode=mode))
        )
        assert seen.ticket.stage == "pending"
        assert seen.ticket.dispatch is not None
        assert seen.ticket.dispatch["code"] == code
        (entry,) = [entry for entry in seen.timeline if entry.kind == "assignment"]
        assert entry.internal


def test_the_engineer_with_fewest_open_orders(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        site = session.get_one(factories.Site, plant.site_id)
        factories.person(session, "engineer", skills=("pump",), sites=(site,), name="Cy")
    names = [
        get(database, plant, take(database, alarm(plant, failure_mode=mode))).ticket.assignee_name
        for mode in ("seal_leak", "overheating", "blockage", "cavitation")
    ]
    assert names == ["Ada", "Cy", "Ada", "Cy"]
    with database.transaction() as session:
        asset = session.get_one(factories.Asset, plant.asset_id)
        factories.person(session, "engineer", skills=("pump", "imbalance"), name="Di",
                         sites=(session.get_one(factories.Site, asset.site_id),))  # fmt: skip
    seen = get(database, plant, take(database, alarm(plant, failure_mode="imbalance")))
    assert seen.ticket.assignee_name == "Di"


def test_an_alarm_that_comes_back_stays_with_its_order(database: Database, plant: Plant) -> None:
    first = alarm(plant)
    order_id = take(database, first)
    with database.transaction() as session:
        clear_alarm(session, first.alarm_id, plant.asset_id, AT + timedelta(hours=1), 1)
    back = replace(first, occurrence=2, failure_mode="imbalance")
    assert take(database, back) == take(database, back) == order_id
    seen = get(database, plant, order_id)
    assert seen.ticket.alarm_count == 2
    assert seen.ticket.failure_mode == "imbalance"
    assert [(each.alarm_id, each.cleared_at) for each in seen.alarms] == [(first.alarm_id, None)]
    with database.transaction() as session:
        act(session, plant.lead, order_id, "cancel")
    assert take(database, replace(first, occurrence=3)) != order_id
    assert get(database, plant, order_id).ticket.alarm_count == 2


def test_an_alarm_that_worsens(database: Database, plant: Plant) -> None:
    first = alarm(plant, severity="medium", failure_mode="unspecified")
    order_id = take(database, first)
    worse = replace(first, severity="critical", failure_mode="seal_leak")
    with database.transaction() as session:
        assert worsen_alarm(session, worse, AT) == order_id
    seen = get(database, plant, order_id)
    assert (seen.ticket.priority, seen.ticket.failure_mode) == ("P0", "seal_leak")
    assert (seen.ticket.alarm_count, seen.alarms[0].severity) == (1, "critical")
    (entry,) = [entry for entry in seen.timeline if entry.kind == "alarm_update"]
    assert entry.data["event"] == "worsened"
    assert entry.data["changes"] == {
        "priority": ["P2", "P0"],
        "failure_mode": ["unspecified", "seal_leak"],
    }
    with database.transaction() as session:
        act(session, plant.engineer, order_id, "start")
        worsen_alarm(session, replace(worse, failure_mode="bearing_wear"), AT)
        assert get_work_order(session, plant.lead, order_id).ticket.failure_mode == "seal_leak"


def test_an_order_does_not_take_anothers_failure_mode(database: Database, plant: Plant) -> None:
    vague = alarm(plant, failure_mode="unspecified")
    vague_id = take(database, vague)
    seal_id = take(database, alarm(plant, failure_mode="seal_leak"))
    with database.transaction() as session:
        assert worsen_alarm(session, replace(vague, failure_mode="seal_leak"), AT) == vague_id
    assert get(database, plant, vague_id).ticket.failure_mode == "unspecified"
    assert get(database, plant, seal_id).ticket.alarm_count == 1


def test_a_complaint_that_came_first_joins_the_order(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        told = complaint(session, plant)
        assert told.links == []
    order_id = take(database, alarm(plant))
    with database.transaction() as session:
        (link,) = get_complaint(session, plant.customer, told.ticket.id).links
    assert (link.ticket_id, link.link, link.by_rule) == (order_id, "same_failure", True)
    other = take(database, alarm(plant, failure_mode="overheating"))
    assert get(database, plant, other).links == []


def test_ten_alarms_a_line_each_ten_thousand_a_few(database: Database, plant: Plant) -> None:
    order_id = ""
    with database.transaction() as session:
        for _ in range(60):
            order_id = take_alarm(session, alarm(plant))
    seen = get(database, plant, order_id)
    assert seen.ticket.alarm_count == 60
    counts = [entry.data["count"] for entry in seen.timeline if entry.kind == "alarm_update"]
    assert counts == [2, 3, 5, 10, 20, 50]


def test_32_threads_one_order(database: Database, plant: Plant) -> None:
    alarms = [alarm(plant, severity="medium") for _ in range(96)]
    with ThreadPoolExecutor(32) as pool:
        made = set(pool.map(lambda each: take(database, each), alarms))
    assert orders(database, plant) == [*made]
    (order_id,) = made
    seen = get(database, plant, order_id)
    assert seen.ticket.alarm_count == 96
    assert len(seen.timeline) == len({entry.id for entry in seen.timeline})


def test_32_threads_that_open_close_complain_and_clear(database: Database, plant: Plant) -> None:
    """Everything that locks, at once, on one machine: no deadlock, never two open orders."""

    def one(number: int) -> None:
        raised = alarm(plant)
        order_id = take(database, raised)
        with database.transaction() as session:
            told = complaint(session, plant).ticket.id
        with database.transaction() as session:
            clear_alarm(session, raised.alarm_id, plant.asset_id, AT, 1)
        if number % 4 == 0:
            with database.transaction() as session:
                if get_work_order(session, plant.lead, order_id).ticket.open:
                    act(session, plant.lead, order_id, "cancel", reason=f"try {number}")
        elif number % 4 == 1:
            with database.transaction() as session:
                act(session, plant.lead, told, "cancel")

    with ThreadPoolExecutor(32) as pool:
        outcomes = [pool.submit(one, number) for number in range(64)]
    errors = [outcome.exception() for outcome in outcomes if outcome.exception()]
    # Two may cancel the same order; the second is told so. Nothing else may go wrong.
    assert {type(error).__name__ for error in errors} <= {"IllegalTransition"}
    with database.transaction() as session:
        still_open, linked = session.execute(
            text(
                "SELECT count(*) FILTER (WHERE kind = 'preventive' AND closed_at IS NULL), "
                "count(*) FILTER (WHERE kind = 'complaint') FROM work_orders.tickets"
            )
        ).one()
        alarms = session.execute(text("SELECT count(*) FROM work_orders.ticket_alarms")).scalar()
    assert still_open <= 1
    assert (linked, alarms) == (64, 64)


def test_the_database_refuses_a_second_open_order(database: Database, plant: Plant) -> None:
    order_id = take(database, alarm(plant))
    copy = text(
        "INSERT INTO work_orders.tickets (id, number, kind, organisation_id, asset_id, title, priority, "
        "failure_mode, stage, stage_since, created_at) SELECT 'wo_2', 'WO-2', kind, organisation_id, "
        "asset_id, title, priority, failure_mode, 'pending', stage_since, created_at "
        "FROM work_orders.tickets WHERE id = :id"
    )
    with (
        pytest.raises(IntegrityError, match="uq_tickets_open_preventive"),
        database.transaction() as session,
    ):
        session.execute(copy, {"id": order_id})


def test_history_cannot_be_rewritten(database: Database) -> None:
    with database.transaction() as session:
        for table in ("timeline_entries", "ticket_parts"):
            for right, held in (
                ("INSERT", True),
                ("UPDATE", False),
                ("DELETE", False),
                ("TRUNCATE", False),
            ):
                allowed = session.execute(
                    text("SELECT has_table_privilege(current_user, :name, :right)"),
                    {"name": f"work_orders.{table}", "right": right},
                ).scalar()
                assert allowed is held, (table, right)


def test_events_reach_the_desk_through_the_outbox(
    database: Database, plant: Plant, database_urls: DatabaseUrls
) -> None:
    live, past = alarm(plant), alarm(plant, failure_mode="seal_leak")
    with database.transaction() as session:
        for raised, historical in ((live, False), (past, True)):
            outbox.publish(
                session,
                AlarmRaised(
                    organisation_id=plant.organisation_id,
                    historical=historical,
                    **{name: getattr(raised, name) for name in RaisedAlarm.__dataclass_fields__},
                ),
            )
        outbox.publish(
            session,
            AlarmCleared(
                alarm_id=live.alarm_id,
                asset_id=plant.asset_id,
                historical=False,
                cleared_at=AT,
                occurrence=1,
            ),
        )
    other = Database(engine_for(database_urls.app))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(outbox.relay, (database, other)))
    other.dispose()
    (order_id,) = orders(database, plant)
    (only,) = get(database, plant, order_id).alarms
    assert only.alarm_id == live.alarm_id
    assert only.cleared_at == AT
