"""Clocks of real tickets, on real rows: every deadline told once, by many workers, killed or not."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.models import OutboxEvent
from tests.integration.work_orders.plant import Plant, act, alarm, complaint, order, started_order
from tests.support.databases import DatabaseUrls
from work_orders.alarms.service import take_alarm, worsen_alarm
from work_orders.rules import Priority
from work_orders.service import (
    Edit,
    comment_on_complaint,
    edit_work_order,
    get_complaint,
    get_work_order,
)
from work_orders.sla import repository, sweep
from work_orders.sla.models import SlaDeadline, SlaPolicy

HOUR = timedelta(hours=1)
AT = datetime(2026, 11, 23, 8, tzinfo=UTC)


def told(database: Database, topic: str = "sla_%") -> list[dict[str, Any]]:
    with database.transaction() as session:
        rows = session.scalars(
            select(OutboxEvent)
            .where(OutboxEvent.topic.like(f"work_orders.{topic}"))
            .order_by(OutboxEvent.id)
        )
        return [{**row.payload, "topic": row.topic.removeprefix("work_orders.")} for row in rows]


def tell(database: Database) -> int:
    with database.transaction() as session:
        return sweep.tell_due(session)


@pytest.mark.parametrize(
    ("priority", "response", "resolution"),
    [("P0", 0.25, 2), ("P1", 1, 24), ("P2", 2, 72), ("P3", 24, 168)],
)
def test_r16_the_shipped_targets(
    database: Database, plant: Plant, priority: str, response: float, resolution: float
) -> None:
    with use_clock(FakeClock(AT)), database.transaction() as session:
        made = order(session, plant, priority=Priority(priority)).ticket
        due = {
            row.key: row.due_at
            for row in repository.deadlines(session, [made.id])
            if row.step == "breach"
        }
    assert due == {
        "first_response:1:breach": AT + response * HOUR,
        "resolution:1:breach": AT + resolution * HOUR,
    }
    assert made.due_at == AT + resolution * HOUR


def test_r16_logistics_is_answered_within_two_hours(database: Database, plant: Plant) -> None:
    with use_clock(FakeClock(AT)), database.transaction() as session:
        made = complaint(
            session,
            plant,
            fields={"category": "logistics", "urgency": "low", "impact": "low"},
        ).ticket
        due = {row.key: row.due_at for row in repository.deadlines(session, [made.id])}
    assert due["first_response:1:breach"] == AT + 2 * HOUR


def test_r16_r14_four_hours_unhandled_asks_for_a_text_message(
    database: Database, plant: Plant
) -> None:
    clock = FakeClock(AT)
    with use_clock(clock):
        with database.transaction() as session:
            order(session, plant, priority=Priority.P3)
        clock.advance(timedelta(hours=3, minutes=59))
        tell(database)
        assert told(database, "sla_escalated") == []
        clock.advance(timedelta(minutes=1))
        tell(database)
        (step,) = told(database, "sla_escalated")
    assert step["channels"] == ["sms"]
    assert step["recipients"] == {"user_ids": [], "roles": ["desk_lead"]}
    assert (step["level"], step["target"]) == (1, "first_response")


def test_r16_warned_breached_and_escalated_once_each(database: Database, plant: Plant) -> None:
    clock = FakeClock(AT)
    with use_clock(clock):
        with database.transaction() as session:
            made = started_order(session, plant, priority=Priority.P0).ticket
        for _ in range(40):
            clock.advance(timedelta(minutes=10))
            tell(database)
        facts = told(database)
    assert [(each["topic"], each["target"], each["share"]) for each in facts] == [
        ("sla_warned", "resolution", 0.5),
        ("sla_warned", "resolution", 0.8),
        ("sla_breached", "resolution", 1.0),
        ("sla_escalated", "resolution", 1.5),
    ]
    for each in facts:
        assert each["ticket_id"] == made.id
        assert plant.engineer.person_id in each["recipients"]["user_ids"]


def test_r16_a_hold_pauses_and_a_priority_in_mid_life_forgets_no_pause(
    database: Database, plant: Plant
) -> None:
    clock = FakeClock(AT)
    with use_clock(clock):
        with database.transaction() as session:
            made = started_order(session, plant, priority=Priority.P1).ticket
        clock.advance(HOUR)
        with database.transaction() as session:
            held = act(
                session, plant.engineer, made.id, "hold", hold_reason="waiting_for_customer"
            ).ticket
            assert held.due_at is None
        clock.advance(100 * HOUR)
        assert tell(database) == 0
        with database.transaction() as session:
            resumed = act(session, plant.engineer, made.id, "resume").ticket
            assert resumed.due_at == AT + 124 * HOUR
        with database.transaction() as session:
            urgent = edit_work_order(session, plant.lead, made.id, Edit(priority=Priority.P0))
            assert urgent.ticket.due_at == AT + 102 * HOUR


def test_r16_an_alarm_that_grows_worse_shortens_the_time(database: Database, plant: Plant) -> None:
    with use_clock(FakeClock(AT)), database.transaction() as session:
        raised = alarm(plant, severity="low")
        order_id = take_alarm(session, raised)
        before = get_work_order(session, plant.lead, order_id).ticket
        worsen_alarm(session, alarm(plant, alarm_id=raised.alarm_id, severity="critical"), AT)
        after = get_work_order(session, plant.lead, order_id).ticket
    assert before.due_at is not None
    assert after.due_at == AT + 2 * HOUR < before.due_at


def test_r16_a_customers_message_starts_the_next_response(database: Database, plant: Plant) -> None:
    clock = FakeClock(AT)
    with use_clock(clock):
        with database.transaction() as session:
            made = complaint(session, plant).ticket
            comment_on_complaint(session, plant.agent, made.id, "secret", internal=True)
            comment_on_complaint(session, plant.agent, made.id, "We are on it")
            comment_on_complaint(session, plant.customer, made.id, "When?")
        clock.advance(3 * HOUR)
        tell(database)
        assert {each["target"] for each in told(database, "sla_breached")} == {"next_response"}
        with database.transaction() as session:
            comment_on_complaint(session, plant.agent, made.id, "Tomorrow")
            keys = {
                row.key
                for row in repository.deadlines(session, [made.id])
                if row.fired_at is None and row.target == "next_response"
            }
            assert keys == set()
            assert get_complaint(session, plant.agent, made.id).ticket.version == made.version


def test_r16_an_agreed_end_is_the_due_time(database: Database, plant: Plant) -> None:
    with use_clock(FakeClock(AT)), database.transaction() as session:
        made = order(session, plant, due_at=AT + 5 * HOUR).ticket
        assert made.due_at == AT + 5 * HOUR
        changed = edit_work_order(session, plant.lead, made.id, Edit(due_at=AT + 9 * HOUR)).ticket
        assert changed.due_at == AT + 9 * HOUR
        (breach,) = [
            row for row in repository.deadlines(session, [made.id])
            if row.key == "resolution:1:breach"
        ]  # fmt: skip
        assert breach.due_at == AT + 9 * HOUR


def test_r16_a_changed_policy_is_worked_out_for_what_is_open(
    database: Database, plant: Plant
) -> None:
    with use_clock(FakeClock(AT)):
        with database.transaction() as session:
            made = started_order(session, plant, priority=Priority.P0).ticket
            version = get_work_order(session, plant.lead, made.id).ticket.version
        with database.transaction() as session:
            row = session.get(SlaPolicy, "slp_shipped_1")
            assert row is not None
            targets = {**row.terms["targets"]}
            targets["resolution"] = {"minutes": 30, "calendar_id": "slc_always"}
            row.terms = {**row.terms, "targets": targets}
            repository.mark_open_stale(session)
        with database.transaction() as session:
            assert sweep.renew_stale(session) == 1
        with database.transaction() as session:
            after = get_work_order(session, plant.lead, made.id).ticket
    assert after.due_at == AT + 0.5 * HOUR
    assert after.version == version


MANY = 60


def _make_due(database: Database, plant: Plant, count: int) -> int:
    """Make tickets whose every deadline is long due; return how many deadlines there are."""
    with use_clock(FakeClock(datetime.now(UTC) - timedelta(days=30))):
        for _ in range(count):
            with database.transaction() as session:
                order(session, plant, priority=Priority.P0)
    with database.transaction() as session:
        return session.execute(select(func.count()).select_from(SlaDeadline)).scalar_one()


def _told_once(database: Database, wanted: int) -> None:
    facts = told(database)
    names = Counter(
        (each["ticket_id"], each["topic"], each["target"], each["share"]) for each in facts
    )
    assert len(facts) == wanted
    assert set(names.values()) == {1}


def test_r16_many_workers_tell_each_deadline_once(database: Database, plant: Plant) -> None:
    wanted = _make_due(database, plant, MANY)

    def work(_: int) -> int:
        taken = 0
        while True:
            with database.transaction() as session:
                now = sweep.tell_due(session, limit=7)
            if not now:
                return taken
            taken += now

    with ThreadPoolExecutor(8) as workers:
        assert sum(workers.map(work, range(8))) == wanted
    _told_once(database, wanted)


_WORKER = """
import sys
from kernel.db import Database, engine_for
from work_orders.sla import sweep
database = Database(engine_for(sys.argv[1], pool_size=1))
print("ready", flush=True)
while True:
    with database.transaction() as session:
        taken = sweep.tell_due(session, limit=3)
        session.flush()
        if not taken:
            break
"""


def test_r16_workers_killed_in_the_midst_neither_lose_nor_double_a_deadline(
    database: Database, database_urls: DatabaseUrls, plant: Plant
) -> None:
    wanted = _make_due(database, plant, MANY)
    for _ in range(4):
        before = len(told(database))
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", _WORKER, database_urls.app],
                stdout=subprocess.PIPE,
                cwd=os.getcwd(),  # noqa: PTH109 - where the packages are
            )
            for _ in range(2)
        ]
        deadline = time.monotonic() + 60
        while len(told(database)) < min(before + 20, wanted) and time.monotonic() < deadline:
            time.sleep(0.01)
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.communicate()
    while tell(database):
        pass
    _told_once(database, wanted)
    with database.transaction() as session:
        waiting = session.execute(
            text("SELECT count(*) FROM work_orders.sla_deadlines WHERE fired_at IS NULL")
        ).scalar_one()
    assert waiting == 0
