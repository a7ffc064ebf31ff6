"""Coverage: the clauses, the calendar, and the trail."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warranty_parts.coverage.rules import add_months, coverage
from warranty_parts.coverage.terms import (
    Clause,
    CoverageAnswer,
    Machine,
    Piece,
    StartEvent,
    Terms,
    Verdict,
)

DELIVERED = date(2026, 1, 5)
COMMISSIONED = date(2026, 1, 15)
MACHINE = Machine(
    "pm_1",
    {StartEvent.DELIVERY: DELIVERED, StartEvent.COMMISSIONING: COMMISSIONED},
    registered=False,
)


def terms(**changes: Any) -> Terms:
    values: dict[str, Any] = {
        "id": "pol_1",
        "name_en": "Standard",
        "name_zh": "标准",
        "model_id": None,
        "family_id": None,
        "start_event": StartEvent.COMMISSIONING,
        "months": 12,
        "meter_limit": None,
        "meter_unit": "h",
        "replacement_days_min": 0,
        "effective_from": date(2020, 1, 1),
        "effective_to": None,
    }
    return Terms(**(values | changes))


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2026, 1, 15), 12, date(2027, 1, 15)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2023, 2, 28), 12, date(2024, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 31), 0, date(2026, 3, 31)),
        (date(2100, 2, 28), 12, date(2101, 2, 28)),
        (date(9999, 6, 1), 12, date.max),
    ],
)
def test_months_end_on_the_day_of_the_same_number_or_the_months_last(
    start: date, months: int, expected: date
) -> None:
    assert add_months(start, months) == expected


@given(st.dates(date(1970, 1, 1), date(2200, 1, 1)), st.integers(0, 600), st.integers(0, 600))
def test_more_months_never_end_sooner(start: date, fewer: int, more: int) -> None:
    fewer, more = sorted((fewer, more))
    assert add_months(start, fewer) <= add_months(start, more)
    ended = add_months(start, fewer)
    assert ended.day <= start.day
    assert (ended.year * 12 + ended.month) - (start.year * 12 + start.month) == fewer


@pytest.mark.parametrize(
    ("on", "covered", "code"),
    [
        (COMMISSIONED, True, "within_terms"),
        (date(2027, 1, 15), True, "within_terms"),
        (date(2027, 1, 16), False, "expired"),
        (COMMISSIONED - timedelta(days=1), False, "not_started"),
    ],
)
def test_the_first_and_the_last_day_are_covered(on: date, covered: bool, code: str) -> None:  # noqa: FBT001
    answer = coverage([terms()], MACHINE, on)
    assert (answer.covered, answer.reason.code) == (covered, code)
    assert answer.until == date(2027, 1, 15)
    assert answer.clause is Clause.MACHINE_TERMS
    assert answer.policy_id == "pol_1"
    assert "2027-01-15" in answer.reason.en + answer.trail[-1].why.en or code == "not_started"


@pytest.mark.parametrize(
    ("meter", "verdict", "code"),
    [
        ("2000", Verdict.COVERED, "within_terms"),
        ("2000.01", Verdict.NOT_COVERED, "meter_over_limit"),
        ("0", Verdict.COVERED, "within_terms"),
        (None, Verdict.UNDECIDED, "meter_unknown"),
    ],
)
def test_the_meter_counts_besides_the_date(meter: str | None, verdict: Verdict, code: str) -> None:
    limited = terms(meter_limit=Decimal(2000))
    reading = None if meter is None else Decimal(meter)
    answer = coverage([limited], MACHINE, date(2026, 6, 1), reading)
    assert (answer.verdict, answer.reason.code) == (verdict, code)
    late = coverage([limited], MACHINE, date(2027, 6, 1), reading)
    assert (late.verdict, late.reason.code) == (Verdict.NOT_COVERED, "expired")


def test_no_policy_says_so() -> None:
    answer = coverage([], MACHINE, date(2026, 6, 1))
    assert (answer.covered, answer.reason.code, answer.clause) == (False, "no_policy", None)
    assert answer.until is None


def test_an_unknown_start_is_a_question_not_a_no() -> None:
    answer = coverage([terms(start_event=StartEvent.INVOICE)], MACHINE, date(2026, 6, 1))
    assert answer.verdict is Verdict.UNDECIDED
    assert answer.reason.code == "start_unknown"
    assert "invoice" in answer.reason.en
    assert "开票" in answer.reason.zh


def test_each_start_event_counts_from_its_own_day() -> None:
    by_delivery = coverage([terms(start_event=StartEvent.DELIVERY)], MACHINE, date(2027, 1, 6))
    assert (by_delivery.covered, by_delivery.until) == (False, date(2027, 1, 5))


def test_the_policy_in_effect_on_the_first_day_decides() -> None:
    old = terms(id="old", months=24, effective_to=date(2025, 12, 31))
    new = terms(id="new", months=12, effective_from=date(2026, 1, 1))
    newer = terms(id="newer", months=6, effective_from=date(2026, 2, 1))
    answer = coverage([old, newer, new], MACHINE, date(2026, 12, 1))
    assert answer.policy_id == "new"
    assert [(step.policy_id, step.why.code) for step in answer.trail] == [
        ("newer", "not_effective"),
        ("new", "within_terms"),
    ]
    withdrawn = coverage([old], MACHINE, date(2026, 12, 1))
    assert withdrawn.reason.code == "no_policy"
    assert [step.why.code for step in withdrawn.trail] == ["withdrawn"]


def test_a_parts_terms_come_before_the_machines_and_a_models_before_all() -> None:
    policies = [
        terms(id="all"),
        terms(id="model", model_id="pm_1", months=18),
        terms(id="other_model", model_id="pm_2", months=99),
        terms(id="part", family_id="pfm_1", months=24),
        terms(id="model_part", family_id="pfm_1", model_id="pm_1", months=3),
        terms(id="other_part", family_id="pfm_2", months=99),
    ]

    def decided_by(piece: Piece | None, left: list[Terms]) -> str | None:
        return coverage(left, MACHINE, date(2026, 2, 1), None, piece).policy_id

    seal = Piece("pfm_1")
    assert decided_by(None, policies) == "model"
    assert decided_by(seal, policies) == "model_part"
    assert decided_by(seal, policies[:4]) == "part"
    assert decided_by(seal, policies[:3]) == "model"
    assert decided_by(Piece("pfm_9"), policies) == "model"
    part_answer = coverage(policies, MACHINE, date(2026, 2, 1), None, seal)
    assert part_answer.clause is Clause.PART_TERMS


@pytest.mark.parametrize(
    ("replaced_on", "on", "covered", "clause", "until"),
    [
        # Early in the term the remainder of the original is longer.
        (date(2026, 3, 1), date(2026, 12, 1), True, Clause.MACHINE_TERMS, date(2027, 1, 15)),
        # Near its end the fixed minimum is.
        (date(2026, 12, 20), date(2027, 3, 20), True, Clause.REPLACEMENT_MINIMUM,
         date(2027, 3, 20)),
        (date(2026, 12, 20), date(2027, 3, 21), False, Clause.REPLACEMENT_MINIMUM,
         date(2027, 3, 20)),
        # After the term only the minimum is left.
        (date(2027, 5, 1), date(2027, 7, 30), True, Clause.REPLACEMENT_MINIMUM,
         date(2027, 7, 30)),
    ],
)  # fmt: skip
def test_a_replacement_has_the_better_of_remainder_and_minimum(
    replaced_on: date,
    on: date,
    covered: bool,  # noqa: FBT001
    clause: Clause,
    until: date,
) -> None:
    answer = coverage(
        [terms(replacement_days_min=90)], MACHINE, on, None, Piece("pfm_1", replaced_on)
    )
    assert (answer.covered, answer.clause, answer.until) == (covered, clause, until)
    assert len(answer.trail) == 2


def test_the_minimum_runs_by_time_alone() -> None:
    limited = terms(meter_limit=Decimal(100), replacement_days_min=90)
    piece = Piece("pfm_1", date(2026, 5, 1))
    over = coverage([limited], MACHINE, date(2026, 6, 1), Decimal(500), piece)
    assert (over.covered, over.clause) == (True, Clause.REPLACEMENT_MINIMUM)
    unknown = coverage([limited], MACHINE, date(2026, 6, 1), None, piece)
    assert unknown.covered
    later = coverage([limited], MACHINE, date(2026, 10, 1), None, piece)
    assert (later.verdict, later.reason.code) == (Verdict.UNDECIDED, "meter_unknown")


_terms = st.builds(
    terms,
    id=st.sampled_from(["pol_1", "pol_2"]),
    months=st.integers(0, 48),
    meter_limit=st.none() | st.decimals(1, 9999, places=2),
    replacement_days_min=st.sampled_from([0, 30, 90]),
    start_event=st.sampled_from(list(StartEvent)),
    family_id=st.sampled_from([None, "pfm_1"]),
)
_days = st.dates(date(2025, 6, 1), date(2031, 1, 1))
_meters = st.none() | st.decimals(0, 9999, places=2)
_pieces = st.none() | st.builds(Piece, st.just("pfm_1"), st.none() | _days)


@given(st.lists(_terms, max_size=4), _days, _meters, _pieces)
def test_every_answer_is_of_a_piece_with_its_trail(
    policies: list[Terms], on: date, meter: Decimal | None, piece: Piece | None
) -> None:
    answer: CoverageAnswer = coverage(policies, MACHINE, on, meter, piece)
    assert answer.reason.en
    assert answer.reason.zh
    assert answer.as_json()["covered"] is answer.covered
    if answer.covered:
        assert answer.starts_on is not None
        assert answer.until is not None
        assert answer.starts_on <= on <= answer.until
    if answer.policy_id is not None:
        said = [step for step in answer.trail if step.verdict is not None]
        assert any(step.why == answer.reason for step in said)
        # Nothing that was looked at is better for the customer than the answer.
        assert answer.covered or not any(step.verdict is Verdict.COVERED for step in said)


@given(st.lists(_terms, max_size=4), _days, _days, _pieces)
def test_a_day_between_two_covered_days_of_one_clause_is_covered(
    policies: list[Terms], one: date, two: date, piece: Piece | None
) -> None:
    first, last = sorted((one, two))
    meter = Decimal(0)
    answers = [coverage(policies, MACHINE, day, meter, piece) for day in (first, last)]
    if all(a.covered for a in answers) and answers[0].clause == answers[1].clause:
        middle = first + (last - first) / 2
        assert coverage(policies, MACHINE, middle, meter, piece).covered
