"""Claims: states, what a claim must say, and what its findings amount to."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import ForewarnError, IllegalTransition, InvalidInput
from warranty_parts.claims.rules import (
    LIVE_STATES,
    TRANSITIONS,
    ClaimDraft,
    ClaimLineDraft,
    ClaimState,
    Effect,
    Finding,
    check_dates,
    check_draft,
    claim_state,
    line_state,
    refusing,
    require_transition,
)
from warranty_parts.coverage.terms import Check, Level
from warranty_parts.errors import (
    DateInFuture,
    FailureBeforeManufacture,
    LineRepeated,
    RepairBeforeFailure,
)
from warranty_parts.explanations import TEXTS, explain


def test_every_state_is_reached_and_final_ones_end() -> None:
    reached = {state for following in TRANSITIONS.values() for state in following}
    assert reached | {ClaimState.DRAFT} == set(ClaimState)
    assert {s for s, following in TRANSITIONS.items() if not following} == {
        ClaimState.REFUSED,
        ClaimState.REVERSED,
    }


@given(st.lists(st.sampled_from(list(ClaimState)), max_size=12))
def test_what_is_over_never_comes_back_to_life(requested: list[ClaimState]) -> None:
    state = ClaimState.DRAFT
    was_over = False
    for following in requested:
        try:
            require_transition(state, following)
        except IllegalTransition as error:
            assert error.facts == {"state": str(state), "requested": str(following)}  # noqa: PT017
            continue
        state = following
        assert not (was_over and state in LIVE_STATES)
        was_over = was_over or state in {ClaimState.REFUSED, ClaimState.REVERSED}
    assert state in ClaimState


def draft(*lines: ClaimLineDraft, **changes: Any) -> ClaimDraft:
    values: dict[str, Any] = {
        "lines": lines or (ClaimLineDraft("DE", "A-100"),),
        "failure_on": date(2026, 6, 1),
        "serial_number": "SN-1",
    }
    return ClaimDraft(**(values | changes))


def line(**changes: Any) -> ClaimLineDraft:
    return ClaimLineDraft(**({"position": "DE", "part_number": "A-100"} | changes))


@pytest.mark.parametrize(
    "make",
    [
        lambda: draft(serial_number=None),
        lambda: draft(asset_id="ast_1"),
        lambda: draft(lines=()),
        lambda: draft(*[line(position=f"P{number}") for number in range(101)]),
        lambda: draft(line(quantity=0)),
        lambda: draft(line(quantity=-1)),
        lambda: draft(line(quantity=1.5)),
        lambda: draft(line(quantity=True)),
        lambda: draft(line(labour_minutes=-1)),
        lambda: draft(line(position=" ")),
        lambda: draft(line(part_number="--")),
        lambda: draft(line(failed_serial="S-1", replacement_serial="s1")),
        lambda: draft(invoice_number="///"),
        lambda: draft(work_order_id=" "),
        lambda: draft(complaint_ids=[f"cmp_{number}" for number in range(51)]),
    ],
)
def test_a_claim_that_cannot_be_meant_is_refused(make: Callable[[], ClaimDraft]) -> None:
    with pytest.raises(InvalidInput):
        check_draft(make())


@pytest.mark.parametrize(
    "second",
    [
        line(position="d e"),
        line(position="NDE", failed_serial="s 1"),
        line(position="NDE", replacement_serial="R.1"),
    ],
)
def test_two_lines_do_not_name_one_piece(second: ClaimLineDraft) -> None:
    first = line(failed_serial="S-1", replacement_serial="R-1")
    with pytest.raises(LineRepeated):
        check_draft(draft(first, second))


def test_two_lines_of_one_kind_are_fine() -> None:
    check_draft(draft(line(failed_serial="1"), line(position="NDE", failed_serial="2")))


@pytest.mark.parametrize(
    ("failure_on", "repaired_on", "error"),
    [
        (date(2026, 6, 3), None, DateInFuture),
        (date(2026, 6, 1), date(2026, 6, 3), DateInFuture),
        (date(2025, 10, 31), None, FailureBeforeManufacture),
        (date(2026, 6, 1), date(2026, 5, 31), RepairBeforeFailure),
    ],
)
def test_dates_that_cannot_be_are_refused(
    failure_on: date, repaired_on: date | None, error: type[ForewarnError]
) -> None:
    with pytest.raises(error):
        check_dates(failure_on, repaired_on, date(2025, 11, 1), date(2026, 6, 2))
    check_dates(date(2026, 6, 1), date(2026, 6, 2), date(2025, 11, 1), date(2026, 6, 2))


def finding(check: Check, effect: Effect, level: Level, rule: str = "x") -> Finding:
    return Finding(check, effect, level, rule, explain("no_policy"))


def test_the_gravest_finding_decides_a_line() -> None:
    refuse = finding(Check.COVERAGE, Effect.REFUSE, Level.ERROR)
    ask = finding(Check.ENTITLEMENT, Effect.ASK, Level.ERROR)
    warn = finding(Check.COVERAGE, Effect.REFUSE, Level.WARNING)
    assert line_state([]) is ClaimState.ACCEPTED
    assert line_state([warn]) is ClaimState.SUBMITTED
    assert line_state([warn, ask]) is ClaimState.NEEDS_INFORMATION
    assert line_state([warn, ask, refuse]) is ClaimState.REFUSED


def test_a_duplicate_is_named_before_all_else() -> None:
    expired = finding(Check.COVERAGE, Effect.REFUSE, Level.ERROR, "coverage")
    twice = finding(Check.DUPLICATE, Effect.REFUSE, Level.ERROR, "a")
    assert refusing([expired, twice]).rule == "a"


def test_a_claim_waits_while_any_line_does() -> None:
    accepted, refused = ClaimState.ACCEPTED, ClaimState.REFUSED
    waiting, open_ = ClaimState.NEEDS_INFORMATION, ClaimState.SUBMITTED
    assert claim_state([refused, refused]) is refused
    assert claim_state([refused, accepted]) is accepted
    assert claim_state([refused, accepted, open_]) is open_
    assert claim_state([refused, accepted, open_, waiting]) is waiting


def test_every_text_is_in_both_languages() -> None:
    for code, (en, zh) in TEXTS.items():
        assert en, code
        assert zh, code
        assert any("\u4e00" <= character <= "\u9fff" for character in zh), code
