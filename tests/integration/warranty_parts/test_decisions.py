"""What people do with claims: decide, pay, reverse, draft; and who may."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text

from kernel.clock import FakeClock, use_clock
from kernel.errors import Forbidden, IllegalTransition, InvalidInput, NotFound, StaleVersion
from registry.permissions import PLATFORM
from tests.support import factories
from tests.support.warranty import REPAIRED_ON, World, part
from warranty_parts import service as warranty
from warranty_parts.service import ClaimFacts, ClaimLineDraft, ClaimState

pytestmark = pytest.mark.usefixtures("_in_july")


@pytest.fixture
def _in_july() -> Any:
    with use_clock(FakeClock(datetime(2026, 7, 1, 12, tzinfo=UTC))):
        yield


def topics(world: World) -> list[tuple[str, Any]]:
    with world.database.transaction() as session:
        rows = session.execute(text("SELECT topic, payload FROM kernel.outbox ORDER BY id"))
        return [(topic.removeprefix("warranty_parts."), payload) for topic, payload in rows]


def trail(world: World, claim: ClaimFacts) -> list[tuple[str, str | None]]:
    with world.database.transaction() as session:
        rows = session.execute(
            text(
                "SELECT action, reason FROM registry.audit_entries "
                "WHERE object_kind = 'claim' AND object_id = :id ORDER BY id"
            ),
            {"id": claim.id},
        )
        return [(action, reason) for action, reason in rows]


def test_an_accepted_claim_is_paid_and_may_be_reversed_for_a_corrected_one(world: World) -> None:
    claim = world.submit(failed_serial="S-1", work_order_id="wo_1", invoice_number="I-1",
                         alarm_id="alm_1")  # fmt: skip
    same = {
        "failed_serial": "S-1",
        "work_order_id": "wo_1",
        "invoice_number": "I-1",
        "alarm_id": "alm_1",
    }
    with world.database.transaction() as session:
        paid = warranty.pay_claim(
            session, PLATFORM, claim.id, expected_version=claim.version, reference="SEPA 1"
        )
        assert (paid.state, paid.lines[0].state) == (ClaimState.PAID, ClaimState.PAID)
        assert paid.paid_at is not None
    assert world.submit(**same).state is ClaimState.REFUSED
    with world.database.transaction() as session:
        back = warranty.reverse_claim(
            session, PLATFORM, claim.id, reason="wrong part", expected_version=paid.version
        )
        assert back.state is ClaimState.REVERSED
    corrected = world.submit(**same)
    assert corrected.state is ClaimState.ACCEPTED
    assert trail(world, claim) == [
        ("claim.submit", None),
        ("claim.pay", "SEPA 1"),
        ("claim.reverse", "wrong part"),
    ]
    told = topics(world)
    assert [topic for topic, _ in told] == [
        "claim_submitted", "claim_accepted", "claim_submitted", "claim_refused",
        "claim_submitted", "claim_accepted",
    ]  # fmt: skip
    assert told[1][1]["covered_until"] == "2027-01-15"
    assert told[3][1]["prior_claim_id"] == claim.id
    assert told[3][1]["rule"] == "a"


def test_a_person_decides_what_the_rules_asked_about(world: World) -> None:
    asked = world.submit(part_number="Q-1", repaired_on=REPAIRED_ON, replacement_serial="S-2")
    assert asked.state is ClaimState.NEEDS_INFORMATION
    with world.database.transaction() as session:
        accepted = warranty.decide_claim(
            session,
            PLATFORM,
            asked.id,
            "accept",
            reason="seen the part",
            expected_version=asked.version,
        )
    assert accepted.state is ClaimState.ACCEPTED
    with world.database.transaction() as session:
        old, new = warranty.fittings_of_asset(session, PLATFORM, world.asset.id)
    assert (old.id, old.ended_on) == (accepted.lines[0].fitting_id, REPAIRED_ON)
    assert (new.serial_number, new.origin) == ("S-2", "claim")
    second = world.submit(part_number="Q-2", position="NDE")
    with world.database.transaction() as session:
        refused = warranty.decide_claim(
            session, PLATFORM, second.id, "refuse", reason="not ours", expected_version=None
        )
    assert refused.refusal is not None
    assert refused.refusal["rule"] == "decision"
    assert "not ours" in refused.refusal["explanation"]["en"]
    # It is live no more.
    assert world.submit(part_number="A-100", position="NDE").state is ClaimState.ACCEPTED


def test_accepting_against_the_record_notes_the_contradiction(world: World) -> None:
    with world.database.transaction() as session:
        other = factories.asset(session)
    world.submit(asset_id=other.id, failed_serial="S-0", replacement_serial="S-2",
                 repaired_on=REPAIRED_ON)  # fmt: skip
    asked = world.submit(replacement_serial="S-2", repaired_on=REPAIRED_ON)
    assert asked.state is ClaimState.NEEDS_INFORMATION
    with world.database.transaction() as session:
        warranty.decide_claim(
            session, PLATFORM, asked.id, "accept", reason="seen it", expected_version=None
        )
    assert "part.fit_contradicted" in [action for action, _ in trail(world, asked)]
    with world.database.transaction() as session:
        (piece,) = warranty.fittings_of_asset(session, PLATFORM, world.asset.id)
        assert piece.ended_on is None


def test_a_line_the_rules_refused_stays_refused(world: World) -> None:
    first = world.submit()
    lines = [ClaimLineDraft("DE", "A-100"), ClaimLineDraft("NDE", "Q-1")]
    mixed = world.submit(lines=lines)
    assert [line.state for line in mixed.lines] == ["refused", "needs_information"]
    with world.database.transaction() as session:
        decided = warranty.decide_claim(
            session, PLATFORM, mixed.id, "accept", reason="fine", expected_version=None
        )
    assert [line.state for line in decided.lines] == ["refused", "accepted"]
    assert decided.lines[0].refusal is not None
    assert decided.lines[0].refusal["prior_claim_id"] == first.id


def test_a_draft_stands_in_nobodys_way_until_it_is_submitted(world: World) -> None:
    with world.database.transaction() as session:
        draft = warranty.draft_claim(session, PLATFORM, world.draft(alarm_id="alm_1"))
    assert draft.state is ClaimState.DRAFT
    assert draft.lines[0].covered is None
    first = world.submit(alarm_id="alm_1")
    assert first.state is ClaimState.ACCEPTED
    with world.database.transaction() as session:
        submitted = warranty.submit_draft(
            session, PLATFORM, draft.id, expected_version=draft.version
        )
    assert submitted.refusal is not None
    assert submitted.refusal["prior_claim_id"] == first.id
    with world.database.transaction() as session:
        other = warranty.draft_claim(
            session, PLATFORM, world.draft(position="NDE", alarm_id="alm_2")
        )
        accepted = warranty.submit_draft(session, PLATFORM, other.id, expected_version=None)
    assert accepted.state is ClaimState.ACCEPTED
    # Its events became live with it.
    with world.database.transaction() as session:
        part(session, "A-102", supersedes="A-100")
    later = world.submit(position="third", part_number="A-102", alarm_id="alm_2")
    assert later.refusal is not None
    assert later.refusal["rule"] == "c"


def test_steps_that_a_claims_life_does_not_have(world: World) -> None:
    claim = world.submit()
    refused = world.submit()
    with world.database.transaction() as session:
        with pytest.raises(IllegalTransition):
            warranty.decide_claim(
                session, PLATFORM, claim.id, "refuse", reason="late", expected_version=None
            )
        with pytest.raises(IllegalTransition):
            warranty.submit_draft(session, PLATFORM, claim.id, expected_version=None)
        with pytest.raises(IllegalTransition):
            warranty.answer_claim(session, PLATFORM, claim.id, note="?", expected_version=None)
        with pytest.raises(IllegalTransition):
            warranty.pay_claim(session, PLATFORM, refused.id, expected_version=None)
        with pytest.raises(IllegalTransition):
            warranty.reverse_claim(
                session, PLATFORM, refused.id, reason="no", expected_version=None
            )
        with pytest.raises(StaleVersion):
            warranty.pay_claim(session, PLATFORM, claim.id, expected_version=claim.version + 1)
        with pytest.raises(NotFound):
            warranty.pay_claim(session, PLATFORM, "clm_none", expected_version=None)
        with pytest.raises(InvalidInput):
            warranty.decide_claim(
                session, PLATFORM, claim.id, "burn", reason="x", expected_version=None
            )
        with pytest.raises(InvalidInput):
            warranty.reverse_claim(session, PLATFORM, claim.id, reason=" ", expected_version=None)
        assert warranty.get_claim(session, PLATFORM, claim.id) == claim


def test_each_verb_needs_its_right(world: World) -> None:
    accepted = world.submit()
    waiting = world.submit(position="NDE", part_number="Q-1")
    with world.database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        adjudicator = factories.principal(session, "claims_adjudicator")
        storekeeper = factories.principal(session, "storekeeper")
        for verb, arguments in (
            (warranty.decide_claim, {"decision": "accept", "reason": "x"}),
            (warranty.pay_claim, {}),
            (warranty.reverse_claim, {"reason": "x"}),
        ):
            with pytest.raises(Forbidden):
                verb(session, engineer, accepted.id, expected_version=None, **arguments)
        with pytest.raises(Forbidden):
            warranty.reverse_claim(
                session, adjudicator, accepted.id, reason="x", expected_version=None
            )
        with pytest.raises(Forbidden):
            warranty.reverse_claim(
                session, storekeeper, waiting.id, reason="x", expected_version=None
            )
        for verb in (warranty.get_claim, warranty.get_policy):
            with pytest.raises(Forbidden):
                verb(session, storekeeper, accepted.id)
        with pytest.raises(Forbidden):
            warranty.coverage(session, storekeeper, world.asset.id, date(2026, 6, 1))
        # Whoever put it in may take back what still waits.
        taken = warranty.reverse_claim(
            session, engineer, waiting.id, reason="typed wrong", expected_version=waiting.version
        )
        assert taken.state is ClaimState.REVERSED
