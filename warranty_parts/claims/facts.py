"""Claims as others see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from warranty_parts.claims import repository
from warranty_parts.claims.models import Claim, ClaimLine
from warranty_parts.claims.rules import ClaimState


@dataclass(frozen=True)
class ClaimLineFacts:
    """One line: what failed, whether it is covered, why, until when and by which clause.

    Attributes:
        coverage: the whole answer with its trail; None for a draft.
        findings: checks the line fails, each with its level and reason.
        refusal: `{prior_claim_id, rule, detail, explanation}` when it is refused.
    """

    id: str
    number: int
    state: ClaimState
    position: str
    part_number: str
    part_id: str | None
    fitting_id: str | None
    failed_serial: str | None
    replacement_serial: str | None
    quantity: int
    labour_minutes: int
    covered: bool | None
    until: date | None
    clause: str | None
    reason: dict[str, Any] | None
    coverage: dict[str, Any] | None
    findings: list[dict[str, Any]]
    refusal: dict[str, Any] | None


@dataclass(frozen=True)
class ClaimFacts:
    """A claim with its lines. `refusal` is that of the line which decided it."""

    id: str
    number: str
    state: ClaimState
    organisation_id: str
    asset_id: str
    serial_number: str
    failure_on: date
    repaired_on: date | None
    meter: Decimal | None
    work_order_id: str | None
    alarm_id: str | None
    complaint_ids: tuple[str, ...]
    invoice_number: str | None
    customer_paid: bool
    claimant_id: str | None
    claimant_name: str
    refusal: dict[str, Any] | None
    decision_reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    submitted_at: datetime | None
    paid_at: datetime | None
    reversed_at: datetime | None
    created_at: datetime
    version: int
    lines: tuple[ClaimLineFacts, ...]


def claim_number(number: int) -> str:
    """Return a claim's number as people say it: `C-000042`."""
    return f"C-{number:06d}"


def line_facts(line: ClaimLine) -> ClaimLineFacts:
    """Return a line's facts."""
    answer = line.coverage
    until = answer["until"] if answer else None
    return ClaimLineFacts(
        id=line.id,
        number=line.number,
        state=ClaimState(line.state),
        position=line.position,
        part_number=line.part_number,
        part_id=line.part_id,
        fitting_id=line.fitting_id,
        failed_serial=line.failed_serial,
        replacement_serial=line.replacement_serial,
        quantity=line.quantity,
        labour_minutes=line.labour_minutes,
        covered=answer["covered"] if answer else None,
        until=date.fromisoformat(until) if until else None,
        clause=answer["clause"] if answer else None,
        reason=answer["reason"] if answer else None,
        coverage=answer,
        findings=line.findings,
        refusal=line.refusal,
    )


def claim_facts(claim: Claim, lines: Sequence[ClaimLine]) -> ClaimFacts:
    """Return a claim's facts."""
    return ClaimFacts(
        id=claim.id,
        number=claim_number(claim.number),
        state=ClaimState(claim.state),
        organisation_id=claim.organisation_id,
        asset_id=claim.asset_id,
        serial_number=claim.serial_number,
        failure_on=claim.failure_on,
        repaired_on=claim.repaired_on,
        meter=claim.meter,
        work_order_id=claim.work_order_id,
        alarm_id=claim.alarm_id,
        complaint_ids=tuple(claim.complaint_ids),
        invoice_number=claim.invoice_number,
        customer_paid=claim.customer_paid,
        claimant_id=claim.claimant_id,
        claimant_name=claim.claimant_name,
        refusal=claim.refusal,
        decision_reason=claim.decision_reason,
        decided_by=claim.decided_by,
        decided_at=claim.decided_at,
        submitted_at=claim.submitted_at,
        paid_at=claim.paid_at,
        reversed_at=claim.reversed_at,
        created_at=claim.created_at,
        version=claim.version,
        lines=tuple(line_facts(line) for line in sorted(lines, key=lambda line: line.number)),
    )


def facts_of(session: Session, claims: Sequence[Claim]) -> list[ClaimFacts]:
    """Return claims' facts, in their order, with one query for the lines."""
    lines: dict[str, list[ClaimLine]] = {claim.id: [] for claim in claims}
    for line in repository.lines_of(session, lines):
        lines[line.claim_id].append(line)
    return [claim_facts(claim, lines[claim.id]) for claim in claims]
