"""Putting a claim before its checks and writing down what comes of it.

The checks look under the locks, so the database's own constraints never have to speak, unless somebody
writes without this code. If they do, the claim is looked at once more, now with the other one in sight.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime

from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel.changes import announce
from kernel.outbox import publish
from registry import audit
from registry.assets.service import AssetFacts
from registry.permissions import Principal
from warranty_parts.catalogue.service import Resolution, resolve_parts
from warranty_parts.claims import repository
from warranty_parts.claims.assessment import Assessment, assess, event_ids
from warranty_parts.claims.models import Claim, ClaimLine
from warranty_parts.claims.replacement import record_replacements
from warranty_parts.claims.rules import (
    LIVE_STATES,
    ClaimState,
    Finding,
    claim_state,
    cover_of,
    refusing,
    require_transition,
)
from warranty_parts.constraints import violated
from warranty_parts.errors import DuplicateClaim
from warranty_parts.events import ClaimAccepted, ClaimQuestioned, ClaimRefused, ClaimSubmitted
from warranty_parts.explanations import Explanation
from warranty_parts.fittings.pieces import factory_piece

# The constraints that stand for the rules a-d.
_KEYS = (
    "ex_claim_lines_",
    "uq_claim_lines_b_",
    "uq_claim_lines_c_",
    "ex_claim_line_events_",
)

BY_RULES = "Forewarn"


def judge(
    session: Session,
    actor: Principal,
    asset: AssetFacts,
    claim: Claim,
    lines: Sequence[ClaimLine],
    *,
    new: bool,
    now: datetime,
) -> None:
    """Submit a claim and decide what the rules can decide. `new`: not in the database yet.

    Raises:
        IllegalTransition: it is beyond being submitted.
        DuplicateClaim: a claim written past this code stands in the way and cannot be seen.
    """
    require_transition(ClaimState(claim.state), ClaimState.SUBMITTED)
    parts = resolve_parts(session, {line.part_number for line in lines})
    try:
        _judge_once(session, actor, asset, claim, lines, parts=parts, new=new, now=now)
    except IntegrityError as error:
        if not (violated(error) or "").startswith(_KEYS):
            raise
        if new:
            _forget_generated(claim, lines)
        try:
            _judge_once(session, actor, asset, claim, lines, parts=parts, new=new, now=now)
        except IntegrityError as again:
            raise DuplicateClaim("another live claim stands in the way") from again
    _tell(session, actor, claim, lines)


def _forget_generated(claim: Claim, lines: Sequence[ClaimLine]) -> None:
    """Leave to the database again what it filled in for rows that were then rolled back."""
    for row, name in ((claim, "number"), *((line, "live") for line in lines)):
        if name in inspect(row).dict:
            delattr(row, name)


def _judge_once(
    session: Session,
    actor: Principal,
    asset: AssetFacts,
    claim: Claim,
    lines: Sequence[ClaimLine],
    *,
    parts: dict[str, Resolution],
    new: bool,
    now: datetime,
) -> None:
    assessments = assess(session, asset, claim, lines, parts)
    states = {assessment.line.id: assessment.state for assessment in assessments}
    # Only a line that will be live can break a key; what is rolled back then is written once more.
    live = any(state in LIVE_STATES for state in states.values())
    with session.begin_nested() if live else nullcontext():
        state = claim_state(list(states.values()))
        _set_fittings(session, actor, asset, claim, assessments)
        # From here to the flush nothing may ask the database: state and refusal belong together.
        for assessment in assessments:
            _write_down(assessment)
        claim.submitted_at = claim.submitted_at or now
        if state in {ClaimState.ACCEPTED, ClaimState.REFUSED}:
            claim.decided_by, claim.decided_at = BY_RULES, now
        set_state(claim, lines, state, states)
        if new:
            repository.add_claim(session, claim, lines, event_ids(claim))
        session.flush()
        if state is ClaimState.ACCEPTED:
            record_replacements(session, actor, asset, claim, lines, parts=parts)


def _write_down(assessment: Assessment) -> None:
    line, part, answer = assessment.line, assessment.part, assessment.answer
    line.part_id = part.part.id if part.part else None
    line.family_key = part.family_key
    line.coverage = answer.as_json()
    line.findings = [finding.as_json() for finding in assessment.findings]
    line.refusal = line.prior_claim_id = None
    if assessment.state is ClaimState.REFUSED:
        finding = refusing(assessment.findings)
        line.refusal = _refusal_of(finding)
        line.prior_claim_id = finding.prior_claim_id


def _refusal_of(finding: Finding) -> dict[str, object]:
    return refusal(finding.rule, finding.prior_claim_id, dict(finding.detail), finding.why)


def refusal(
    rule: str, prior_claim_id: str | None, detail: dict[str, object], why: Explanation
) -> dict[str, object]:
    """Return a refusal as stored and sent: the rule, the earlier claim, the facts and the words."""
    return {
        "prior_claim_id": prior_claim_id,
        "rule": rule,
        "detail": {**why.facts, **detail},
        "explanation": {"code": why.code, "en": why.en, "zh": why.zh},
    }


def _set_fittings(
    session: Session,
    actor: Principal,
    asset: AssetFacts,
    claim: Claim,
    assessments: Sequence[Assessment],
) -> None:
    """Give each line that will be live its piece and its time of coverage."""
    for assessment in assessments:
        line = assessment.line
        if assessment.state is ClaimState.REFUSED:
            line.fitting_id = assessment.piece.id if assessment.piece else None
            continue
        line.fitting_id = (
            assessment.piece.id
            if assessment.piece is not None
            else factory_piece(
                session,
                asset,
                position=line.position,
                family_key=assessment.part.family_key,
                serial_number=line.failed_serial,
                at_latest=claim.failure_on,
                recorded_by=actor.name,
            ).id
        )
        line.cover = repository.date_range(*cover_of(assessment.answer, claim.failure_on))


def set_state(
    claim: Claim,
    lines: Sequence[ClaimLine],
    state: ClaimState,
    own: dict[str, ClaimState] | None = None,
) -> None:
    """Set a claim's state; its lines follow, but a refused line stays refused.

    `own` gives the lines' own states where they have just been judged.
    """
    refused = ClaimState.REFUSED
    for line in lines:
        was = (own or {}).get(line.id, ClaimState(line.state))
        line.state = (refused if was is refused else state).value
    claim.state = state.value
    claim.refusal = _decisive_refusal(lines) if state is refused else None


def _decisive_refusal(lines: Sequence[ClaimLine]) -> dict[str, object] | None:
    """Return the refusal that stands for the claim: a duplicate before all else, then the first line's."""
    refusals = [line.refusal for line in lines if line.refusal is not None]
    return min(refusals, key=lambda item: item["prior_claim_id"] is None, default=None)


def _tell(session: Session, actor: Principal, claim: Claim, lines: Sequence[ClaimLine]) -> None:
    audit.record(
        session,
        actor,
        "claim.submit",
        "claim",
        claim.id,
        organisation_id=claim.organisation_id,
        changes={"state": [None, claim.state], "refusal": [None, claim.refusal]},
    )
    publish(session, ClaimSubmitted(**_who(claim), state=claim.state))
    tell_decision(session, claim, lines)
    announce(session, "claim", claim.id, claim.organisation_id)


def tell_decision(session: Session, claim: Claim, lines: Sequence[ClaimLine]) -> None:
    """Tell other packages of an acceptance, a refusal or a question, if it is one."""
    if claim.state == ClaimState.ACCEPTED:
        ends = [
            line.coverage["until"]
            for line in lines
            if line.state == ClaimState.ACCEPTED and line.coverage and line.coverage["until"]
        ]
        publish(session, ClaimAccepted(**_who(claim), covered_until=max(ends, default=None)))
    elif claim.state == ClaimState.REFUSED:
        reason = claim.refusal or {}
        publish(
            session,
            ClaimRefused(
                **_who(claim), prior_claim_id=reason.get("prior_claim_id"), rule=reason["rule"]
            ),
        )
    elif claim.state == ClaimState.NEEDS_INFORMATION:
        publish(session, ClaimQuestioned(**_who(claim)))


def _who(claim: Claim) -> dict[str, str | None]:
    return {
        "claim_id": claim.id,
        "asset_id": claim.asset_id,
        "organisation_id": claim.organisation_id,
        "work_order_id": claim.work_order_id,
    }
