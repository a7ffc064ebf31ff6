"""Orders from making to closing, with rights, versions, repeats, parts and what others are told."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from kernel.clock import FakeClock, use_clock, utc_now
from kernel.db import Database
from kernel.errors import Forbidden, IllegalTransition, InvalidInput, NotFound, StaleVersion
from tests.integration.work_orders.plant import (
    RESOLUTION,
    Plant,
    act,
    assigned_order,
    complaint,
    order,
    started_order,
)
from tests.support import factories
from warranty_parts.errors import UnknownPart
from work_orders.errors import (
    NotYourOrder,
    OpenOrderExists,
    ReopenWindowOver,
    TicketEnded,
    UnfitAssignee,
    UnknownSerial,
)
from work_orders.rules import Priority, TicketKind
from work_orders.service import (
    Edit,
    NewOrder,
    ReplacedPart,
    Resolution,
    comment_on_work_order,
    create_work_order,
    edit_work_order,
    get_complaint,
    get_work_order,
    link_complaint,
    list_candidates,
)

PARTS = (
    ReplacedPart("B-6205", "drive end", "S-OLD", "S-NEW"),
    ReplacedPart("O-RING", "cover", quantity=4),
)


def _events(database: Database, topic: str) -> list[dict[str, object]]:
    with database.transaction() as session:
        rows = session.execute(
            text("SELECT payload FROM kernel.outbox WHERE topic = :topic ORDER BY id"),
            {"topic": f"work_orders.{topic}"},
        )
        return [row.payload for row in rows]


def test_a_whole_order(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant, kind=TicketKind.PREVENTIVE, failure_mode="bearing_wear")
    assert made.ticket.number.startswith(f"WO-{utc_now().year}-")
    assert made.ticket.organisation_id == plant.organisation_id
    assert made.ticket.asset_serial == plant.serial_number
    for actor, action, facts in (
        (plant.agent, "triage", {}),
        (plant.lead, "assign", {"assignee_id": plant.engineer.person_id}),
        (plant.engineer, "start", {}),
        (plant.engineer, "hold", {"reason": "no bearing in the van"}),
        (plant.engineer, "resume", {}),
        (plant.engineer, "finish", {}),
        (plant.customer, "reject", {}),
        (plant.engineer, "finish", {}),
        (plant.customer, "confirm", {}),
    ):
        with database.transaction() as session:
            done = act(session, actor, made, action, **facts)
    assert done.ticket.stage == "closed"
    assert done.ticket.closed_at is not None
    assert (done.ticket.cause, done.ticket.remedy) == ("wear", "replace")
    with database.transaction() as session:
        seen = get_work_order(session, plant.lead, made.ticket.id)
        audited = session.execute(
            text("SELECT action FROM registry.audit_entries WHERE object_id = :id ORDER BY id"),
            {"id": made.ticket.id},
        ).scalars()
        assert list(audited) == [
            f"work_order.{verb}"
            for verb in ("create", "triage", "assign", "start", "hold", "resume", "finish",
                         "reject", "finish", "confirm")
        ]  # fmt: skip
    moves = [entry for entry in seen.timeline if entry.kind == "transition"]
    assert [entry.data["to"] for entry in moves] == [
        "triaged", "assigned", "in_progress", "on_hold", "in_progress", "awaiting_confirmation",
        "in_progress", "awaiting_confirmation", "closed",
    ]  # fmt: skip
    assert moves[3].text == "no bearing in the van"
    assert moves[3].data["hold_reason"] == "waiting_for_parts"
    assert moves[1].data["assignee_name"] == "Ada"
    assert [event["work_order_id"] for event in _events(database, "work_order_opened")] == [
        made.ticket.id
    ]
    assert len(_events(database, "work_order_closed")) == 1


def test_closing_records_the_parts_once(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = started_order(session, plant)
    resolution = Resolution(
        "worn", "wear", "replace", 60, failure_mode="bearing_wear",
        performed_on=date(2026, 11, 20), parts=PARTS,
    )  # fmt: skip
    for _ in range(2):
        with database.transaction() as session:
            closed = act(session, plant.engineer, made, "close", resolution=resolution)
        assert closed.ticket.stage == "closed"
        assert closed.ticket.failure_mode == "bearing_wear"
        assert [(part.part_number, part.quantity) for part in closed.parts] == [
            ("B-6205", 1),
            ("O-RING", 4),
        ]
        assert len([entry for entry in closed.timeline if entry.kind == "part"]) == 2
    (event,) = _events(database, "work_order_closed")
    assert event["failure_mode"] == "bearing_wear"
    fittings = {part.fitting_id for part in closed.parts}
    assert {part["fitting_id"] for part in event["parts"]} == fittings  # type: ignore[attr-defined,index]
    with database.transaction() as session:
        rows = session.execute(
            text("SELECT id, work_order_id FROM warranty_parts.fittings WHERE work_order_id = :id"),
            {"id": made.ticket.id},
        ).all()
        assert {row.id for row in rows} == fittings


def test_a_repeat_with_other_facts_is_no_repeat(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = started_order(session, plant)
        act(session, plant.engineer, made, "close")
    for actor, facts in (
        (plant.engineer, {"resolution": Resolution("other", "wear", "replace", 1)}),
        (plant.lead, {}),
    ):
        with (
            pytest.raises(IllegalTransition) as refused,
            database.transaction() as session,
        ):
            act(session, actor, made, "close", **facts)
        assert refused.value.facts["stage"] == "closed"
        assert refused.value.facts["allowed"] == (["reopen"] if actor is plant.lead else [])


def test_closing_needs_a_resolution(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = started_order(session, plant)
    for bad in (None, Resolution("no codes"), Resolution("x", "wear", "replace", 10**6)):
        with pytest.raises(InvalidInput), database.transaction() as session:
            act(session, plant.engineer, made, "close", resolution=bad)
    with database.transaction() as session:
        assert get_work_order(session, plant.lead, made.ticket.id).ticket.stage == "in_progress"


def test_a_part_the_ledger_refuses_leaves_the_order_as_it_was(
    database: Database, plant: Plant
) -> None:
    with database.transaction() as session:
        made = started_order(session, plant)
    parts = (ReplacedPart("B-6205", "drive end", from_location="loc_nowhere"),)
    with pytest.raises(UnknownPart), database.transaction() as session:
        act(
            session, plant.engineer, made, "close",
            resolution=Resolution("worn", "wear", "replace", 60, parts=parts),
        )  # fmt: skip
    with database.transaction() as session:
        seen = get_work_order(session, plant.lead, made.ticket.id)
    assert seen.ticket.stage == "in_progress"
    assert seen.ticket.findings is None
    assert seen.parts == []
    assert _events(database, "work_order_closed") == []


def test_nobody_works_on_somebody_elses_order(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = assigned_order(session, plant)
    with pytest.raises(NotYourOrder), database.transaction() as session:
        act(session, plant.other_engineer, made, "start")
    with database.transaction() as session:
        assert act(session, plant.lead, made, "start").ticket.stage == "in_progress"


def test_who_may_not(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant)
    for actor in (plant.agent, plant.engineer, plant.customer):
        with pytest.raises(Forbidden), database.transaction() as session:
            act(session, actor, made, "assign", assignee_id=plant.engineer.person_id)
    for actor in (plant.engineer, plant.customer):
        new = NewOrder(TicketKind.CORRECTIVE, "x", asset_id=plant.asset_id)
        with pytest.raises(Forbidden), database.transaction() as session:
            create_work_order(session, actor, new)
    with pytest.raises(NotFound), database.transaction() as session:
        act(session, plant.stranger, made, "confirm")
    with pytest.raises(NotFound), database.transaction() as session:
        get_work_order(session, plant.stranger, made.ticket.id)


def test_who_cannot_be_assigned(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant)
        dealer = factories.organisation(session, "dealer")
        foreign = factories.person(session, "engineer", dealer)
    for person_id in ("per_nobody", plant.agent.person_id, foreign.id):
        with pytest.raises(UnfitAssignee), database.transaction() as session:
            act(session, plant.lead, made, "assign", assignee_id=person_id)


def test_the_second_save_is_told_about_the_first(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant)
    version = made.ticket.version
    with database.transaction() as session:
        edited = edit_work_order(
            session, plant.lead, made.ticket.id, Edit(title="Pump 7 is loud"),
            expected_version=version,
        )  # fmt: skip
    assert edited.ticket.version > version
    with pytest.raises(StaleVersion) as refused, database.transaction() as session:
        act(session, plant.agent, made, "triage", expected_version=version)
    assert refused.value.facts["version"] == edited.ticket.version
    with database.transaction() as session:
        act(session, plant.agent, made, "triage", expected_version=edited.ticket.version)
    # A lost answer asked for again, with the version of before: it happened, it is not stale.
    with database.transaction() as session:
        again = act(session, plant.agent, made, "triage", expected_version=edited.ticket.version)
    assert again.ticket.stage == "triaged"


def test_edits_are_told(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant)
        wanted = Edit(
            description="轴承异响", priority=Priority.P0, due_at=utc_now() + timedelta(hours=1)
        )
        edited = edit_work_order(session, plant.agent, made.ticket.id, wanted)
        same = edit_work_order(session, plant.agent, made.ticket.id, wanted)
    assert same.ticket.version == edited.ticket.version
    (entry,) = [entry for entry in same.timeline if entry.kind == "edit"]
    assert entry.data["changes"]["priority"] == ["P2", "P0"]
    assert entry.actor_name == plant.agent.name
    with database.transaction() as session:
        act(session, plant.lead, made, "cancel")
    with pytest.raises(TicketEnded), database.transaction() as session:
        edit_work_order(session, plant.agent, made.ticket.id, Edit(title="x"))


def test_one_open_preventive_order_per_failure(database: Database, plant: Plant) -> None:
    preventive = {"kind": TicketKind.PREVENTIVE, "failure_mode": "seal_leak"}
    with database.transaction() as session:
        first = order(session, plant, **preventive)
    with pytest.raises(OpenOrderExists) as refused, database.transaction() as session:
        order(session, plant, **preventive)
    assert refused.value.facts["number"] == first.ticket.number
    with database.transaction() as session:
        other = order(session, plant, kind=TicketKind.PREVENTIVE, failure_mode="overheating")
        order(session, plant, failure_mode="seal_leak")  # corrective ones may be many
        order(session, plant, failure_mode="seal_leak")
    with pytest.raises(OpenOrderExists), database.transaction() as session:
        edit_work_order(session, plant.lead, other.ticket.id, Edit(failure_mode="seal_leak"))
    with database.transaction() as session:
        act(session, plant.lead, first, "cancel")
        second = order(session, plant, **preventive)
    with pytest.raises(OpenOrderExists), database.transaction() as session:
        act(session, plant.lead, first, "reopen")
    with database.transaction() as session:
        act(session, plant.lead, second, "cancel")
        assert act(session, plant.lead, first, "reopen").ticket.stage == "triaged"


def test_reopening_is_possible_for_a_while(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = started_order(session, plant)
        closed = act(session, plant.engineer, made, "close").ticket
    assert closed.closed_at is not None
    with (
        use_clock(FakeClock(closed.closed_at + timedelta(days=15))),
        pytest.raises(ReopenWindowOver),
        database.transaction() as session,
    ):
        act(session, plant.agent, made, "reopen")
    with (
        use_clock(FakeClock(closed.closed_at + timedelta(days=13))),
        database.transaction() as session,
    ):
        again = act(session, plant.agent, made, "reopen")
    assert again.ticket.closed_at is None
    assert len(_events(database, "work_order_opened")) == 2


def test_comments_inside_and_outside(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant)
        comment_on_work_order(
            session, plant.lead, made.ticket.id, "they never grease it", internal=True
        )
        comment_on_work_order(session, plant.customer, made.ticket.id, "when will you come?")
    with pytest.raises(InvalidInput), database.transaction() as session:
        comment_on_work_order(session, plant.customer, made.ticket.id, "psst", internal=True)
    with database.transaction() as session:
        inside = get_work_order(session, plant.engineer, made.ticket.id)
        outside = get_work_order(session, plant.customer, made.ticket.id)

    def texts(detail: object) -> list[str]:
        return [entry.text for entry in detail.timeline if entry.kind == "comment"]  # type: ignore[attr-defined]

    assert texts(inside) == ["they never grease it", "when will you come?"]
    assert texts(outside) == ["when will you come?"]


def test_the_platform_may_choose_the_engineer(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        made = order(session, plant, assign=True)
        names = [each.name for each in list_candidates(session, plant.lead, made.ticket.id)]
    assert made.ticket.stage == "assigned"
    assert made.ticket.assignee_name == "Ada"
    assert made.ticket.dispatch is not None
    assert made.ticket.dispatch["code"] == "chosen"
    assert names == ["Ada", "Bo"]
    with pytest.raises(Forbidden), database.transaction() as session:
        list_candidates(session, plant.agent, made.ticket.id)


def test_an_order_needs_a_machine_that_is_there(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        found = order(session, plant, asset_id=None, serial_number=plant.serial_number.lower())
        assert found.ticket.asset_id == plant.asset_id
    with pytest.raises(UnknownSerial), database.transaction() as session:
        order(session, plant, asset_id=None, serial_number="NOPE-1")
    with pytest.raises(InvalidInput), database.transaction() as session:
        order(session, plant, asset_id=None)
    with pytest.raises(InvalidInput), database.transaction() as session:
        order(session, plant, kind=TicketKind.COMPLAINT)


def test_closing_takes_the_linked_complaints_along(database: Database, plant: Plant) -> None:
    with database.transaction() as session:
        first = started_order(session, plant, kind=TicketKind.PREVENTIVE)
        told = complaint(session, plant)
        second = started_order(session, plant)
        assert [link.ticket_id for link in told.links] == [first.ticket.id]
    with database.transaction() as session:
        link_complaint(session, plant.agent, told.ticket.id, second.ticket.id)
        act(session, plant.engineer, first, "close", resolution=RESOLUTION)
        assert get_complaint(session, plant.agent, told.ticket.id).ticket.stage == "pending"
        act(session, plant.engineer, second, "close", resolution=RESOLUTION)
        waiting = get_complaint(session, plant.customer, told.ticket.id)
    assert waiting.ticket.stage == "awaiting_confirmation"
    assert waiting.allowed_actions == ["confirm", "reject"]
    events = _events(database, "work_order_closed")
    assert [event["complaint_ids"] for event in events] == [[told.ticket.id]] * 2
    with database.transaction() as session:
        assert act(session, plant.customer, told, "confirm").ticket.stage == "closed"
