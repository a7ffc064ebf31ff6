"""Clocks of claims: they run while a claim waits for a decision, and rest while its claimant is asked."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel.errors import NotFound
from registry.permissions import PLATFORM
from warranty_parts.service import ClaimFacts, ClaimState, get_claim
from work_orders.sla import documents, repository
from work_orders.sla.history import INFORMATION, History
from work_orders.sla.models import SlaSubject
from work_orders.sla.rules import CLAIM, Facts
from work_orders.sla.service import work_out

_WAITING = (ClaimState.SUBMITTED, ClaimState.NEEDS_INFORMATION)


def follow_claim(session: Session, claim_id: str, now: datetime) -> None:
    """Bring a claim's clocks in line with the claim as it is now: facts may come late or out of order."""
    try:
        claim = get_claim(session, PLATFORM, claim_id)
    except NotFound:
        return
    if claim.submitted_at is None:
        return
    subject = repository.subject(session, claim_id)
    if subject is None:
        if claim.state not in _WAITING:
            # Decided as it was submitted: nothing was ever waited for.
            return
        subject = SlaSubject(
            id=claim.id,
            kind=CLAIM,
            number=claim.number,
            organisation_id=claim.organisation_id,
            facts=documents.facts_document(Facts(kind=CLAIM, asset_id=claim.asset_id)),
            history=documents.history_document(History(started_at=claim.submitted_at)),
        )
        session.add(subject)
        session.flush()
    past = documents.history_of(subject.history)
    subject.history = documents.history_document(_brought_up(past, claim, now))
    work_out(session, subject, now)


def _brought_up(past: History, claim: ClaimFacts, now: datetime) -> History:
    if claim.state not in _WAITING:
        return past if past.ended_at else past.ending(claim.decided_at or now, cancelled=False)
    asked = claim.state is ClaimState.NEEDS_INFORMATION
    rests = bool(past.standstills) and past.standstills[-1].ends is None
    if asked == rests:
        return past
    return past.standing_still(INFORMATION if asked else None, now)


def still_waits(session: Session, claim_id: str) -> bool:
    """Tell whether a claim waits for the manufacturer's decision now."""
    return get_claim(session, PLATFORM, claim_id).state is ClaimState.SUBMITTED


def work_out_claim(session: Session, claim_id: str, now: datetime) -> bool:
    """Work out a stale claim's deadlines anew; tell whether it was to be done."""
    subject = repository.subject(session, claim_id)
    if subject is None or not subject.stale:
        return False
    work_out(session, subject, now)
    return True
