"""Claims: accepted with their coverage, refused with the earlier claim and the rule, or asked about."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from kernel.clock import FakeClock, use_clock
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from tests.support import factories
from tests.support.warranty import FAILED_ON, REPAIRED_ON, World, part, policy
from warranty_parts import service as warranty
from warranty_parts.service import ClaimFacts, ClaimLineDraft, ClaimState

PAGE = PageRequest()
pytestmark = pytest.mark.usefixtures("_in_july")


@pytest.fixture
def _in_july() -> Any:
    with use_clock(FakeClock(datetime(2026, 7, 1, 12, tzinfo=UTC))):
        yield


def refused_for(claim: ClaimFacts) -> tuple[str, str | None]:
    assert claim.state is ClaimState.REFUSED
    assert claim.refusal is not None
    assert claim.refusal["explanation"]["en"]
    assert claim.refusal["explanation"]["zh"]
    return claim.refusal["rule"], claim.refusal["prior_claim_id"]


def asked_about(claim: ClaimFacts) -> list[str]:
    assert claim.state is ClaimState.NEEDS_INFORMATION, claim.state
    return [finding["why"]["code"] for line in claim.lines for finding in line.findings]


def test_a_first_claim_is_accepted_with_its_coverage(world: World) -> None:
    claim = world.submit(failed_serial="S-1", replacement_serial="S-2", repaired_on=REPAIRED_ON)
    (line,) = claim.lines
    assert (claim.state, line.state) == (ClaimState.ACCEPTED, ClaimState.ACCEPTED)
    assert (line.covered, line.until, line.clause) == (True, date(2027, 1, 15), "machine_terms")
    assert line.coverage is not None
    assert line.coverage["trail"]
    assert claim.number.startswith("C-")
    with world.database.transaction() as session:
        assert warranty.get_claim(session, PLATFORM, claim.id) == claim


def test_a_second_claim_on_the_same_fitting_is_refused_by_rule_a(world: World) -> None:
    first = world.submit()
    second = world.submit(failure_on=FAILED_ON + timedelta(days=5))
    assert refused_for(second) == ("a", first.id)
    assert second.refusal is not None
    assert second.refusal["detail"]["overlap"] == {"from": "2026-01-15", "before": "2027-01-16"}
    assert second.lines[0].covered is True
    with world.database.transaction() as session:
        assert warranty.get_claim(session, PLATFORM, second.id) == second


def test_the_failed_serial_is_claimed_once_wherever_it_sits_by_rule_b(world: World) -> None:
    first = world.submit(failed_serial="S-1")
    assert refused_for(world.submit(position="NDE", failed_serial="s 1")) == ("b", first.id)
    with world.database.transaction() as session:
        other = factories.asset(session)
    elsewhere = world.submit(asset_id=other.id, failed_serial="S1")
    assert refused_for(elsewhere) == ("b", first.id)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"work_order_id": "wo_1"}, {"work_order_id": "wo_1"}),
        ({"alarm_id": "alm_1"}, {"alarm_id": "alm_1"}),
        ({"complaint_ids": ["cmp_1", "cmp_2"]}, {"complaint_ids": ["cmp_3", "cmp_2"]}),
        (
            {"work_order_id": "wo_1", "alarm_id": "alm_1", "complaint_ids": ["cmp_1"]},
            {"complaint_ids": ["cmp_1"]},
        ),
    ],
)
def test_one_failure_is_claimed_once_for_a_part_by_rule_c(
    world: World, one: dict[str, Any], other: dict[str, Any]
) -> None:
    first = world.submit(**one)
    assert refused_for(world.submit(position="NDE", **other)) == ("c", first.id)
    with world.database.transaction() as session:
        part(session, "B-200")
    # Another part at another position may have failed with it.
    assert world.submit(position="seal", part_number="B-200", **other).state == "accepted"


def test_one_invoice_is_claimed_once_by_rule_d(world: World) -> None:
    first = world.submit(invoice_number="INV 2026/17")
    second = world.submit(position="NDE", invoice_number="inv-2026-17")
    assert refused_for(second) == ("d", first.id)


def test_what_the_customer_paid_is_not_claimed_as_well(world: World) -> None:
    claim = world.submit(customer_paid=True)
    assert refused_for(claim) == ("d", None)
    assert world.submit().state is ClaimState.ACCEPTED


def test_supersession_and_spelling_do_not_hide_a_duplicate(world: World) -> None:
    with world.database.transaction() as session:
        part(session, "A-101", supersedes="a100")
        part(session, "Z-9")
    first = world.submit(failed_serial="S-1", work_order_id="wo_1")
    spelt = world.submit(position="NDE", part_number="a 100", failed_serial="S1")
    assert refused_for(spelt) == ("b", first.id)
    newer = world.submit(position="NDE", part_number="A101", failed_serial="S-1")
    assert refused_for(newer) == ("b", first.id)
    assert newer.refusal is not None
    assert newer.refusal["detail"]["same_family_as"] == "A-100"
    by_order = world.submit(position="NDE", part_number="A101", work_order_id="wo_1")
    assert refused_for(by_order) == ("c", first.id)
    # The same serial on another kind of part is another piece.
    other = world.submit(position="NDE", part_number="Z-9", failed_serial="S-1")
    assert other.state is ClaimState.ACCEPTED


def test_the_next_failure_of_the_replacement_passes(world: World) -> None:
    world.submit(failed_serial="S-1", replacement_serial="S-2", repaired_on=REPAIRED_ON)
    again = world.submit(failed_serial="S-2", failure_on=date(2026, 6, 20))
    assert again.state is ClaimState.ACCEPTED
    third = world.submit(failed_serial="S-2", failure_on=date(2026, 6, 21))
    assert refused_for(third)[0] == "a"


def test_without_serials_the_dates_tell_the_replacement_from_what_it_replaced(
    world: World,
) -> None:
    first = world.submit(repaired_on=REPAIRED_ON)
    assert refused_for(world.submit(failure_on=REPAIRED_ON)) == ("a", first.id)
    second = world.submit(failure_on=REPAIRED_ON + timedelta(days=1))
    assert second.state is ClaimState.ACCEPTED


def test_without_a_repair_nothing_was_replaced(world: World) -> None:
    first = world.submit()
    later = world.submit(failure_on=date(2026, 6, 30))
    assert refused_for(later) == ("a", first.id)


def test_the_fitting_recorded_by_the_work_order_is_the_one_claimed(world: World) -> None:
    with world.database.transaction() as session:
        fitted = warranty.record_fitting(
            session,
            PLATFORM,
            asset_id=world.asset.id,
            position="DE",
            part_number="A-100",
            failed_serial="S-1",
            replacement_serial="S-2",
            fitted_on=FAILED_ON,
            work_order_id="wo_1",
        )
    story = {
        "work_order_id": "wo_1",
        "alarm_id": "alm_1",
        "complaint_ids": ["cmp_1"],
        "failed_serial": "S-1",
        "replacement_serial": "S-2",
        "repaired_on": FAILED_ON,
    }
    first = world.submit(**story)
    assert first.state is ClaimState.ACCEPTED
    assert first.lines[0].fitting_id == fitted.replaces_id
    second = world.submit(**story)
    assert refused_for(second) == ("a", first.id)
    assert second.refusal is not None
    assert second.refusal["detail"]["rules"] == ["a", "b", "c"]
    with world.database.transaction() as session:
        pieces = warranty.fittings_of_asset(session, PLATFORM, world.asset.id)
    assert [piece.id for piece in pieces] == [fitted.replaces_id, fitted.id]


def test_each_line_has_its_own_answer(world: World) -> None:
    with world.database.transaction() as session:
        wearing = part(session, "W-1")
        policy(session, family_id=wearing.family_id, months=3, replacement_days_min=0)
    lines = [
        ClaimLineDraft("DE", "A-100", failed_serial="1"),
        ClaimLineDraft("NDE", "A-100", failed_serial="2"),
        ClaimLineDraft("belt", "W-1"),
    ]
    claim = world.submit(lines=lines, work_order_id="wo_1", invoice_number="I-1")
    assert claim.state is ClaimState.ACCEPTED
    assert [line.state for line in claim.lines] == ["accepted", "accepted", "refused"]
    belt = claim.lines[2]
    assert (belt.covered, belt.until, belt.clause) == (False, date(2026, 4, 15), "part_terms")
    assert belt.refusal is not None
    assert belt.refusal["rule"] == "coverage"
    assert claim.refusal is None
    # A refused line stands in nobody's way.
    with world.database.transaction() as session:
        live = session.execute(
            text("SELECT position FROM warranty_parts.claim_lines WHERE live ORDER BY number")
        ).scalars()
        assert list(live) == ["DE", "NDE"]


def test_after_the_term_a_claim_is_refused_and_says_when_it_ended(world: World) -> None:
    with world.database.transaction() as session:
        old = factories.asset(session, commissioned_on=date(2025, 1, 1))
        session.execute(
            text("UPDATE registry.assets SET manufactured_on = '2024-12-01' WHERE id = :id"),
            {"id": old.id},
        )
    claim = world.submit(asset_id=old.id)
    assert refused_for(claim) == ("coverage", None)
    assert claim.lines[0].until == date(2026, 1, 1)
    assert claim.refusal is not None
    assert "2026-01-01" in claim.refusal["explanation"]["zh"]


def test_a_missing_meter_is_asked_for_and_the_answer_decides(world: World) -> None:
    with world.database.transaction() as session:
        policy(session, meter_limit=Decimal(2000), effective_from=date(2021, 1, 1))
    claim = world.submit()
    assert asked_about(claim) == ["meter_unknown"]
    # It is live: nobody else gets past it meanwhile.
    assert refused_for(world.submit()) == ("a", claim.id)
    with world.database.transaction() as session:
        answered = warranty.answer_claim(
            session,
            PLATFORM,
            claim.id,
            note="read off the panel",
            meter=Decimal(1999),
            expected_version=claim.version,
        )
    assert answered.state is ClaimState.ACCEPTED
    assert answered.meter == Decimal(1999)
    over = world.submit(position="NDE", meter=Decimal("2000.5"))
    assert refused_for(over)[0] == "coverage"


def test_an_unknown_part_and_a_look_alike_are_asked_about(world: World) -> None:
    unknown = world.submit(part_number="Q-777")
    assert asked_about(unknown) == ["unknown_part"]
    alike = world.submit(position="NDE", part_number="A-1O0")
    assert asked_about(alike) == ["look_alike_part"]
    assert alike.lines[0].findings[0]["why"]["facts"]["candidates"] == "A-100"
    # Once the catalogue knows the number, the answer can be had.
    with world.database.transaction() as session:
        part(session, "Q777", supersedes="A-100")
        answered = warranty.answer_claim(
            session, PLATFORM, unknown.id, note="added", expected_version=None
        )
        assert answered.state is ClaimState.ACCEPTED
        assert answered.lines[0].part_id is not None


def test_resolving_a_part_finds_the_duplicate_it_hid(world: World) -> None:
    unknown = world.submit(
        position="NDE", part_number="Q-777", failed_serial="S-1", alarm_id="alm_1"
    )
    first = world.submit(failed_serial="S-1", alarm_id="alm_1")
    assert first.state is ClaimState.ACCEPTED
    with world.database.transaction() as session:
        part(session, "Q777", supersedes="A-100")
        answered = warranty.answer_claim(
            session, PLATFORM, unknown.id, note="added", expected_version=None
        )
    assert refused_for(answered) == ("b", first.id)


def test_a_serial_that_looks_like_a_claimed_one_is_asked_about(world: World) -> None:
    first = world.submit(failed_serial="S-100")
    alike = world.submit(position="NDE", failed_serial="S1O0")
    assert asked_about(alike) == ["look_alike_serial"]
    assert alike.lines[0].findings[0]["prior_claim_id"] == first.id


def test_what_contradicts_the_record_is_asked_about(world: World) -> None:
    with world.database.transaction() as session:
        part(session, "B-200")
        warranty.record_fitting(
            session,
            PLATFORM,
            asset_id=world.asset.id,
            position="DE",
            part_number="A-100",
            failed_serial=None,
            replacement_serial="S-2",
            fitted_on=date(2026, 5, 1),
            work_order_id="wo_1",
        )
    assert asked_about(world.submit(failed_serial="X-9")) == ["serial_differs"]
    with world.database.transaction() as session:
        other = factories.asset(session)
    elsewhere = world.submit(asset_id=other.id, replacement_serial="S-2")
    assert asked_about(elsewhere) == ["fitted_elsewhere"]
    early = world.submit(
        asset_id=world.asset.id, position="DE", failed_serial="S-2", failure_on=date(2026, 4, 1)
    )
    assert refused_for(early)[0] == "a"
    with world.database.transaction() as session:
        warranty.reverse_claim(
            session, PLATFORM, refused_for(early)[1] or "", reason="wrong", expected_version=None
        )
    early = world.submit(failed_serial="S-2", failure_on=date(2026, 4, 1))
    assert asked_about(early) == ["not_fitted_then"]
    with world.database.transaction() as session:
        warranty.reverse_claim(session, PLATFORM, early.id, reason="wrong", expected_version=None)
    assert asked_about(world.submit(part_number="B-200")) == ["part_differs"]


def test_checks_are_set_by_the_policy(world: World) -> None:
    with world.database.transaction() as session:
        policy(
            session,
            effective_from=date(2021, 1, 1),
            months=1,
            checks={"registration": "error", "coverage": "warning", "entitlement": "skip"},
        )
    unregistered = world.submit()
    assert asked_about(unregistered) == ["expired", "not_registered"]
    with world.database.transaction() as session:
        warranty.register_machine(
            session,
            PLATFORM,
            world.asset.id,
            invoiced_on=None,
            installed_on=None,
            expected_version=None,
        )
    warned = world.submit(position="NDE", part_number="Q-1")
    assert warned.state is ClaimState.SUBMITTED
    assert [finding["check"] for finding in warned.lines[0].findings] == ["coverage"]
    with world.database.transaction() as session:
        decided = warranty.decide_claim(
            session,
            PLATFORM,
            warned.id,
            "accept",
            reason="goodwill of the region",
            expected_version=warned.version,
        )
    assert decided.state is ClaimState.ACCEPTED
    assert decided.decided_by == PLATFORM.name
