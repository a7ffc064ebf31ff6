"""Verbs by which people decide claims: accept, refuse, ask; pay; reverse."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy.orm import Session

from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import Forbidden, InvalidInput
from registry import audit
from registry.assets.service import get_asset
from registry.permissions import PLATFORM, Principal
from warranty_parts import locks
from warranty_parts.catalogue.service import resolve_parts
from warranty_parts.claims.facts import ClaimFacts, claim_facts
from warranty_parts.claims.judgement import refusal, set_state, tell_decision
from warranty_parts.claims.models import Claim, ClaimLine
from warranty_parts.claims.replacement import record_replacements
from warranty_parts.claims.rules import ClaimState, require_transition
from warranty_parts.claims.service import NOTE_LENGTH_MAX, take_claim
from warranty_parts.codes import clean_text
from warranty_parts.explanations import explain


class Decision(StrEnum):
    """What a person may decide of a claim that waits."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask"


_OUTCOMES = {
    Decision.ACCEPT: ClaimState.ACCEPTED,
    Decision.REFUSE: ClaimState.REFUSED,
    Decision.ASK: ClaimState.NEEDS_INFORMATION,
}


def decide_claim(
    session: Session,
    actor: Principal,
    claim_id: str,
    decision: str,
    *,
    reason: str,
    expected_version: int | None,
) -> ClaimFacts:
    """Decide a claim that waits for a person. Lines that the rules refused stay refused.

    Raises:
        Forbidden: without `claims.decide`.
        NotFound: it is out of sight.
        StaleVersion: it was changed since `expected_version`.
        IllegalTransition: it does not wait for a decision.
        InvalidInput: there is no such decision, or no reason.
    """
    actor.require("claims.decide")
    if decision not in set(Decision):
        raise InvalidInput(f"no decision {decision}", field="decision")
    reason = clean_text(reason, "reason", length_max=NOTE_LENGTH_MAX)
    claim, lines = take_claim(session, actor, claim_id, expected_version)
    before, after = ClaimState(claim.state), _OUTCOMES[Decision(decision)]
    require_transition(before, after)
    own = {line.id: ClaimState(line.state) for line in lines}
    if after is ClaimState.REFUSED:
        own = _refuse_lines(actor, lines, reason)
    set_state(claim, lines, after, own)
    claim.decided_by, claim.decided_at = actor.name, utc_now()
    claim.decision_reason = reason
    session.flush()
    if after is ClaimState.ACCEPTED:
        _record_replacements(session, actor, claim, lines)
    tell_decision(session, claim, lines)
    return _finish(
        session, actor, claim, lines, action=f"claim.{decision}", before=before, reason=reason
    )


def _refuse_lines(
    actor: Principal, lines: Sequence[ClaimLine], reason: str
) -> dict[str, ClaimState]:
    why = explain("decided", by=actor.name, reason=reason)
    for line in lines:
        if line.refusal is None:
            line.refusal = refusal("decision", None, {}, why)
    return {line.id: ClaimState.REFUSED for line in lines}


def _record_replacements(
    session: Session, actor: Principal, claim: Claim, lines: Sequence[ClaimLine]
) -> None:
    locks.take(session, {locks.position_lock(claim.asset_id, line.position_key) for line in lines})
    asset = get_asset(session, PLATFORM, claim.asset_id)
    parts = resolve_parts(session, {line.part_number for line in lines})
    record_replacements(session, actor, asset, claim, lines, parts=parts)


def pay_claim(
    session: Session,
    actor: Principal,
    claim_id: str,
    *,
    expected_version: int | None,
    reference: str | None = None,
) -> ClaimFacts:
    """Mark an accepted claim paid; `reference` is the payment's.

    Raises:
        Forbidden: without `claims.pay`.
        NotFound: it is out of sight.
        StaleVersion: it was changed since `expected_version`.
        IllegalTransition: it is not accepted.
    """
    actor.require("claims.pay")
    note = None if reference is None else clean_text(reference, "reference")
    claim, lines = take_claim(session, actor, claim_id, expected_version)
    before = ClaimState(claim.state)
    require_transition(before, ClaimState.PAID)
    set_state(claim, lines, ClaimState.PAID)
    claim.paid_at = utc_now()
    return _finish(session, actor, claim, lines, action="claim.pay", before=before, reason=note)


def reverse_claim(
    session: Session,
    actor: Principal,
    claim_id: str,
    *,
    reason: str,
    expected_version: int | None,
) -> ClaimFacts:
    """Take a claim back. It is live no more, so a corrected one may be submitted.

    Raises:
        Forbidden: without `claims.pay` for one that is accepted or paid; without `claims.submit` or
            `claims.decide` for one that still waits.
        NotFound: it is out of sight.
        StaleVersion: it was changed since `expected_version`.
        IllegalTransition: it is a draft, refused or reversed.
        InvalidInput: no reason is given.
    """
    reason = clean_text(reason, "reason", length_max=NOTE_LENGTH_MAX)
    if not any(actor.may(right) for right in ("claims.pay", "claims.submit", "claims.decide")):
        raise Forbidden("this needs the permission claims.pay", permission="claims.pay")
    claim, lines = take_claim(session, actor, claim_id, expected_version)
    before = ClaimState(claim.state)
    require_transition(before, ClaimState.REVERSED)
    if before in {ClaimState.ACCEPTED, ClaimState.PAID}:
        actor.require("claims.pay")
    elif not actor.may("claims.decide"):
        actor.require("claims.submit")
    set_state(claim, lines, ClaimState.REVERSED)
    claim.reversed_at = utc_now()
    return _finish(
        session, actor, claim, lines, action="claim.reverse", before=before, reason=reason
    )


def _finish(
    session: Session,
    actor: Principal,
    claim: Claim,
    lines: Sequence[ClaimLine],
    *,
    action: str,
    before: ClaimState,
    reason: str | None,
) -> ClaimFacts:
    session.flush()
    audit.record(
        session,
        actor,
        action,
        "claim",
        claim.id,
        organisation_id=claim.organisation_id,
        changes={"state": [str(before), claim.state]},
        reason=reason,
    )
    announce(session, "claim", claim.id, claim.organisation_id)
    return claim_facts(claim, lines)
