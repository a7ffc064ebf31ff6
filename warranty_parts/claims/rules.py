"""Pure decisions on claims: the states, what a claim must say, and what its checks amount to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from kernel.errors import IllegalTransition, InvalidInput
from warranty_parts.codes import code_key, optional_key, required_key
from warranty_parts.coverage.terms import Check, CoverageAnswer, Level, Verdict
from warranty_parts.errors import (
    DateInFuture,
    FailureBeforeManufacture,
    LineRepeated,
    RepairBeforeFailure,
)
from warranty_parts.explanations import Explanation

LINES_MAX = 100
COMPLAINTS_MAX = 50
QUANTITY_MAX = 10_000
LABOUR_MINUTES_MAX = 100_000


class ClaimState(StrEnum):
    """Where a claim stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEEDS_INFORMATION = "needs_information"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    PAID = "paid"
    REVERSED = "reversed"


LIVE_STATES = frozenset(
    {
        ClaimState.SUBMITTED,
        ClaimState.NEEDS_INFORMATION,
        ClaimState.ACCEPTED,
        ClaimState.PAID,
    }
)

_DECIDED = frozenset({ClaimState.ACCEPTED, ClaimState.REFUSED, ClaimState.NEEDS_INFORMATION})

TRANSITIONS: Mapping[ClaimState, frozenset[ClaimState]] = {
    ClaimState.DRAFT: frozenset({ClaimState.SUBMITTED}),
    ClaimState.SUBMITTED: _DECIDED | {ClaimState.REVERSED},
    ClaimState.NEEDS_INFORMATION: frozenset(
        {ClaimState.SUBMITTED, ClaimState.ACCEPTED, ClaimState.REFUSED, ClaimState.REVERSED}
    ),
    ClaimState.ACCEPTED: frozenset({ClaimState.PAID, ClaimState.REVERSED}),
    ClaimState.REFUSED: frozenset(),
    ClaimState.PAID: frozenset({ClaimState.REVERSED}),
    ClaimState.REVERSED: frozenset(),
}


def require_transition(present: ClaimState, following: ClaimState) -> None:
    """Refuse a step the life of a claim does not have.

    Raises:
        IllegalTransition: `following` cannot follow `present`.
    """
    if following not in TRANSITIONS[present]:
        raise IllegalTransition(
            f"a claim that is {present} cannot become {following}",
            state=str(present),
            requested=str(following),
        )


@dataclass(frozen=True)
class ClaimLineDraft:
    """One failed part: where it sat, what it was, and what replaced it."""

    position: str
    part_number: str
    failed_serial: str | None = None
    replacement_serial: str | None = None
    quantity: int = 1
    labour_minutes: int = 0


@dataclass(frozen=True)
class ClaimDraft:
    """A claim as somebody puts it; the machine by `serial_number` or by `asset_id`.

    `customer_paid` says that the customer was charged for the work.
    """

    lines: Sequence[ClaimLineDraft]
    failure_on: date
    serial_number: str | None = None
    asset_id: str | None = None
    repaired_on: date | None = None
    meter: Decimal | None = None
    work_order_id: str | None = None
    alarm_id: str | None = None
    complaint_ids: Sequence[str] = ()
    invoice_number: str | None = None
    customer_paid: bool = False


def check_draft(draft: ClaimDraft) -> None:
    """Refuse a claim that cannot be meant, whatever machine it is for.

    Raises:
        InvalidInput: a line, count, code or the machine is missing or cannot be used.
        LineRepeated: two lines name one position, or one failed or replacement serial of one number.
    """
    if (draft.serial_number is None) == (draft.asset_id is None):
        raise InvalidInput("name the machine by serial number or by asset", field="serial_number")
    if not 1 <= len(draft.lines) <= LINES_MAX:
        raise InvalidInput(f"a claim has between 1 and {LINES_MAX} lines", field="lines")
    if len(draft.complaint_ids) > COMPLAINTS_MAX:
        raise InvalidInput(f"at most {COMPLAINTS_MAX} complaints", field="complaint_ids")
    optional_key(draft.invoice_number, "invoice_number")
    for what in (draft.work_order_id, draft.alarm_id, *draft.complaint_ids):
        if what is not None:
            required_key(what, "reference")
    for line in draft.lines:
        _check_line(line)
    _refuse_repeated(draft.lines)


def _check_line(line: ClaimLineDraft) -> None:
    required_key(line.position, "position")
    required_key(line.part_number, "part_number")
    failed = optional_key(line.failed_serial, "failed_serial")
    replacement = optional_key(line.replacement_serial, "replacement_serial")
    if failed is not None and failed == replacement:
        raise InvalidInput("a part cannot replace itself", field="replacement_serial")
    for value, least, most, field in (
        (line.quantity, 1, QUANTITY_MAX, "quantity"),
        (line.labour_minutes, 0, LABOUR_MINUTES_MAX, "labour_minutes"),
    ):
        # A bool is an int to Python, but it is no count.
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise InvalidInput(f"{field} is a whole number between {least} and {most}", field=field)


def _refuse_repeated(lines: Sequence[ClaimLineDraft]) -> None:
    seen: set[tuple[str, ...]] = set()
    for line in lines:
        keys: list[tuple[str, ...]] = [("position", code_key(line.position))]
        number = code_key(line.part_number)
        if line.failed_serial:
            keys.append(("failed_serial", number, code_key(line.failed_serial)))
        if line.replacement_serial:
            keys.append(("replacement_serial", number, code_key(line.replacement_serial)))
        for key in keys:
            if key in seen:
                raise LineRepeated(f"two lines name {key[0]} {key[-1]}", field=key[0])
            seen.add(key)


def check_dates(
    failure_on: date, repaired_on: date | None, manufactured_on: date | None, today: date
) -> None:
    """Refuse dates that cannot be; `today` is the date where it is latest on Earth.

    Raises:
        DateInFuture: the failure or the repair has not come yet.
        FailureBeforeManufacture: the machine had not been made.
        RepairBeforeFailure: the repair came first.
    """
    for day, field in ((failure_on, "failure_on"), (repaired_on, "repaired_on")):
        if day is not None and day > today:
            raise DateInFuture(f"{day.isoformat()} has not come yet", field=field)
    if manufactured_on is not None and failure_on < manufactured_on:
        raise FailureBeforeManufacture(
            f"the machine was made on {manufactured_on.isoformat()}", field="failure_on"
        )
    if repaired_on is not None and repaired_on < failure_on:
        raise RepairBeforeFailure("the repair is dated before the failure", field="repaired_on")


class Effect(StrEnum):
    """What a failed check calls for when it is an error."""

    REFUSE = "refuse"
    ASK = "ask"


@dataclass(frozen=True)
class Finding:
    """A check that a line fails, how much that matters, and why.

    `rule` is a-d for a duplicate of `prior_claim_id` (None when the customer paid), else the check's name.
    """

    check: Check
    effect: Effect
    level: Level
    rule: str
    why: Explanation
    prior_claim_id: str | None = None
    detail: tuple[tuple[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as stored and sent."""
        return {
            "check": str(self.check),
            "effect": str(self.effect),
            "level": str(self.level),
            "rule": self.rule,
            "prior_claim_id": self.prior_claim_id,
            "detail": {**self.why.facts, **dict(self.detail)},
            "why": self.why.as_json(),
        }


def coverage_finding(answer: CoverageAnswer) -> Finding | None:
    """Return what the coverage's answer means for a claim; None when it is covered."""
    if answer.verdict is Verdict.COVERED:
        return None
    effect = Effect.REFUSE if answer.verdict is Verdict.NOT_COVERED else Effect.ASK
    level = answer.checks[Check.COVERAGE]
    return Finding(Check.COVERAGE, effect, level, str(Check.COVERAGE), answer.reason)


def line_state(findings: Sequence[Finding]) -> ClaimState:
    """Return what a line's findings amount to: the gravest decides."""
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    if any(finding.effect is Effect.REFUSE for finding in errors):
        return ClaimState.REFUSED
    if errors:
        return ClaimState.NEEDS_INFORMATION
    # A warning is for a person to weigh.
    return ClaimState.SUBMITTED if findings else ClaimState.ACCEPTED


def claim_state(lines: Sequence[ClaimState]) -> ClaimState:
    """Return a claim's state: it waits while any line does, and is refused when all of them are."""
    for state in (ClaimState.NEEDS_INFORMATION, ClaimState.SUBMITTED, ClaimState.ACCEPTED):
        if state in lines:
            return state
    return ClaimState.REFUSED


def refusing(findings: Sequence[Finding]) -> Finding:
    """Return the finding that a refused line is refused for; a duplicate is named before all else."""
    grave = [f for f in findings if f.level is Level.ERROR and f.effect is Effect.REFUSE]
    return min(grave, key=lambda finding: finding.check is not Check.DUPLICATE)


def cover_of(answer: CoverageAnswer, failure_on: date) -> tuple[date, date | None]:
    """Return the first and last day of the coverage a live line draws on; no last day if unknown.

    It always holds the day of the failure, so it is never empty.
    """
    first = failure_on if answer.starts_on is None else min(answer.starts_on, failure_on)
    last = None if answer.until is None else max(answer.until, failure_on)
    if last is not None and last >= date.max - timedelta(days=1):
        last = None
    return first, last
