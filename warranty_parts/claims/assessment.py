"""Looking at every line of a claim: which piece failed, is it covered, was it claimed before.

All locks a claim needs are taken here, once and in order, before anything they guard is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.assets.service import AssetFacts
from warranty_parts import locks
from warranty_parts.catalogue.service import Resolution
from warranty_parts.claims import repository
from warranty_parts.claims.facts import claim_number
from warranty_parts.claims.models import Claim, ClaimLine
from warranty_parts.claims.repository import LineKey, Rival
from warranty_parts.claims.rules import (
    ClaimState,
    Effect,
    Finding,
    cover_of,
    coverage_finding,
    line_state,
)
from warranty_parts.codes import code_key, optional_key
from warranty_parts.coverage import rules as coverage_rules
from warranty_parts.coverage.service import load
from warranty_parts.coverage.terms import Check, CoverageAnswer, Level, Machine, Piece
from warranty_parts.explanations import Explanation, explain
from warranty_parts.fittings.pieces import pieces_at_positions, serial_in_place
from warranty_parts.fittings.rules import Failure, FittedPiece, failed_piece


@dataclass(frozen=True)
class Assessment:
    """What was found out about one line."""

    line: ClaimLine
    part: Resolution
    piece: FittedPiece | None
    answer: CoverageAnswer
    findings: tuple[Finding, ...]

    @property
    def state(self) -> ClaimState:
        """What it amounts to."""
        return line_state(self.findings)


def event_ids(claim: Claim) -> list[str]:
    """Return the failure events a claim answers for, besides its work order."""
    alarms = [claim.alarm_id] if claim.alarm_id else []
    return sorted(
        {f"alarm:{alarm_id}" for alarm_id in alarms}
        | {f"complaint:{complaint_id}" for complaint_id in claim.complaint_ids}
    )


def _lock(
    session: Session, claim: Claim, lines: Sequence[ClaimLine], parts: Mapping[str, Resolution]
) -> None:
    keys = {locks.position_lock(claim.asset_id, line.position_key) for line in lines}
    for line in lines:
        if line.failed_serial_look:
            # Look-alikes wait for each other too.
            family = parts[line.part_number].family_key
            keys.add(locks.claim_lock("b", f"{family}/{line.failed_serial_look}"))
    if claim.work_order_id:
        keys.add(locks.claim_lock("c", claim.work_order_id))
    keys |= {locks.claim_lock("c", event_id) for event_id in event_ids(claim)}
    invoice = optional_key(claim.invoice_number, "invoice_number")
    if invoice:
        keys.add(locks.claim_lock("d", f"{claim.organisation_id}/{invoice}"))
    locks.take(session, keys)


def assess(
    session: Session,
    asset: AssetFacts,
    claim: Claim,
    lines: Sequence[ClaimLine],
    parts: Mapping[str, Resolution],
) -> list[Assessment]:
    """Return what there is to say about each line; the transaction holds their locks from here on.

    `parts` maps each line's written part number to what it stands for.
    """
    _lock(session, claim, lines, parts)
    pieces = pieces_at_positions(session, asset.id, {line.position_key for line in lines})
    policies, machine = load(session, asset, {part.family_key for part in parts.values()})
    assessments = []
    for line in lines:
        part = parts[line.part_number]
        failure = Failure(
            line.failed_serial_key,
            line.replacement_serial_key,
            claim.work_order_id,
            claim.failure_on,
        )
        piece = failed_piece(pieces.get(line.position_key, ()), failure)
        replaced_on = piece.fitted_on if piece is not None and piece.is_replacement else None
        answer = coverage_rules.coverage(
            policies,
            machine,
            claim.failure_on,
            claim.meter,
            Piece(part.family_key, replaced_on),
        )
        findings = [
            *_duplicates(session, claim, line, part, piece=piece, answer=answer),
            *_coverage(answer),
            *_registration(machine, answer),
            *_entitlement(session, claim, line, part, piece=piece, answer=answer),
        ]
        weighed = tuple(finding for finding in findings if finding.level is not Level.SKIP)
        assessments.append(Assessment(line, part, piece, answer, weighed))
    return assessments


def _coverage(answer: CoverageAnswer) -> list[Finding]:
    finding = coverage_finding(answer)
    return [] if finding is None else [finding]


def _registration(machine: Machine, answer: CoverageAnswer) -> list[Finding]:
    if machine.registered:
        return []
    return [_ask(Check.REGISTRATION, answer, explain("not_registered"))]


def _ask(check: Check, answer: CoverageAnswer, why: Explanation) -> Finding:
    return Finding(check, Effect.ASK, answer.checks[check], str(check), why)


def _entitlement(
    session: Session,
    claim: Claim,
    line: ClaimLine,
    part: Resolution,
    *,
    piece: FittedPiece | None,
    answer: CoverageAnswer,
) -> list[Finding]:
    """Ask where what is claimed does not fit what is on record."""
    reasons = []
    if part.part is None and part.look_alikes:
        candidates = ", ".join(part.look_alikes)
        reasons.append(
            explain("look_alike_part", part_number=line.part_number, candidates=candidates)
        )
    elif part.part is None:
        reasons.append(explain("unknown_part", part_number=line.part_number))
    if piece is not None:
        reasons += _against_record(claim, line, piece, part)
    key = line.replacement_serial_key
    if key is not None:
        place = serial_in_place(session, part.family_key, key)
        if place not in {None, (line.asset_id, line.position_key)}:
            reasons.append(explain("fitted_elsewhere", serial=line.replacement_serial))
    return [_ask(Check.ENTITLEMENT, answer, why) for why in reasons]


def _against_record(
    claim: Claim, line: ClaimLine, piece: FittedPiece, part: Resolution
) -> list[Explanation]:
    reasons = []
    known_family = not piece.family_key.startswith("number:")
    if part.part is not None and known_family and piece.family_key != part.family_key:
        reasons.append(
            explain("part_differs", position=line.position, on_record=piece.part_number or "-")
        )
    key = line.failed_serial_key
    on_record = piece.removed_serial_key or piece.serial_key
    if key is not None and on_record is not None and not piece.has_serial(key):
        reasons.append(
            explain(
                "serial_differs",
                position=line.position,
                on_record=on_record,
                serial=line.failed_serial,
            )
        )
    elif not piece.was_in_place(claim.failure_on):
        reasons.append(
            explain(
                "not_fitted_then",
                serial=line.failed_serial or on_record or "-",
                failure_on=claim.failure_on,
            )
        )
    return reasons


def _duplicates(
    session: Session,
    claim: Claim,
    line: ClaimLine,
    part: Resolution,
    *,
    piece: FittedPiece | None,
    answer: CoverageAnswer,
) -> list[Finding]:
    found = []
    if claim.customer_paid:
        found.append(
            Finding(
                Check.DUPLICATE, Effect.REFUSE, Level.ERROR, "d", explain("customer_paid"), None
            )
        )
    key = LineKey(
        claim_id=claim.id,
        organisation_id=claim.organisation_id,
        asset_id=claim.asset_id,
        position_key=line.position_key,
        family_key=part.family_key,
        fitting_id=None if piece is None else piece.id,
        cover=cover_of(answer, claim.failure_on),
        failed_serial_key=line.failed_serial_key,
        failed_serial_look=line.failed_serial_look,
        work_order_id=claim.work_order_id,
        event_ids=tuple(event_ids(claim)),
        invoice_key=line.invoice_key,
    )
    rivals = repository.rivals(session, key)
    same = [rival for rival in rivals if rival.rule != "look"]
    if same:
        return [_refusal(claim, line, same, answer), *found]
    return [*found, *(_look_alike(line, rival) for rival in rivals[:1])]


def _refusal(
    claim: Claim, line: ClaimLine, rivals: Sequence[Rival], answer: CoverageAnswer
) -> Finding:
    first = rivals[0]
    event = (first.event_id or "").removeprefix("alarm:").removeprefix("complaint:")
    facts: dict[str, tuple[str, str | None]] = {
        "a": ("position", line.position),
        "b": ("serial", line.failed_serial),
        "c": ("event", event),
        "d": ("invoice", claim.invoice_number),
    }
    name, value = facts[first.rule]
    why = explain(
        f"duplicate_{first.rule}", prior=claim_number(first.claim_number), **{name: value}
    )
    detail: list[tuple[str, object]] = [("prior_line_id", first.line_id)]
    if first.rule == "a":
        detail.append(("overlap", _overlap(claim, first, answer)))
    others = sorted({rival.rule for rival in rivals if rival.claim_id == first.claim_id})
    detail.append(("rules", others))
    if code_key(first.part_number) != code_key(line.part_number):
        detail.append(("same_family_as", first.part_number))
    return Finding(
        Check.DUPLICATE, Effect.REFUSE, Level.ERROR, first.rule, why, first.claim_id, tuple(detail)
    )


def _overlap(claim: Claim, rival: Rival, answer: CoverageAnswer) -> dict[str, str | None]:
    both = rival.cover.intersection(repository.date_range(*cover_of(answer, claim.failure_on)))
    # A range of dates comes back with its upper end left out.
    return {
        "from": both.lower.isoformat() if both.lower else None,
        "before": both.upper.isoformat() if both.upper else None,
    }


def _look_alike(line: ClaimLine, rival: Rival) -> Finding:
    why = explain(
        "look_alike_serial",
        serial=line.failed_serial,
        other=rival.failed_serial,
        prior=claim_number(rival.claim_number),
    )
    return Finding(
        Check.DUPLICATE, Effect.ASK, Level.ERROR, str(Check.DUPLICATE), why, rival.claim_id
    )
