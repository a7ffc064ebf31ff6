"""Claims: list, submit, read, and what people do with them."""

from typing import Annotated

from fastapi import Query, Response

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.claims import (
    AnswerIn,
    ClaimCreate,
    ClaimView,
    DecisionIn,
    PaymentIn,
    ReversalIn,
    StateName,
)
from warranty_parts import service
from warranty_parts.service import ClaimFacts

router = ApiRouter(prefix="/claims", tags=["claims"])

READ = requires("claims.read")
SUBMIT = requires("claims.submit")
DECIDE = requires("claims.decide")
PAY = requires("claims.pay")

StateQuery = Annotated[list[StateName], Query(description="Any of these states")]
IdQuery = Annotated[str | None, Query(max_length=64)]


def _answer(response: Response, claim: ClaimFacts) -> ClaimView:
    set_etag(response, claim.version)
    return ClaimView.model_validate(claim)


@router.get("", dependencies=[READ])
def list_claims(
    session: Db,
    actor: Actor,
    page: PageQuery,
    state: StateQuery = [],  # noqa: B006 - FastAPI copies it
    asset_id: IdQuery = None,
    work_order_id: IdQuery = None,
) -> Page[ClaimView]:
    """List claims in one's scope, the newest first."""
    rows = service.list_claims(
        session, actor, page, states=state or None, asset_id=asset_id, work_order_id=work_order_id
    )
    return Page[ClaimView].of(rows, ClaimView.model_validate)


@router.post("", status_code=201, dependencies=[SUBMIT, Idempotent])
def submit_claim(body: ClaimCreate, response: Response, session: Db, actor: Actor) -> ClaimView:
    """Submit a claim; it is answered at once.

    A refusal is an answer, not an error: the claim is kept as `refused`, and `refusal` names the earlier
    claim and the rule, or the clause. `needs_information` says in the lines' `findings` what is asked.
    """
    submit = service.draft_claim if body.draft else service.submit_claim
    return _answer(response, submit(session, actor, body.to_domain()))


@router.get("/{claim_id}", dependencies=[READ])
def read_claim(claim_id: str, response: Response, session: Db, actor: Actor) -> ClaimView:
    """Return a claim: each line covered or not, why, until when, by which clause."""
    return _answer(response, service.get_claim(session, actor, claim_id))


@router.post("/{claim_id}/submit", dependencies=[SUBMIT, Idempotent])
def submit_draft_claim(
    claim_id: str, response: Response, session: Db, actor: Actor, if_match: IfMatch
) -> ClaimView:
    """Submit a claim that was kept as a draft."""
    claim = service.submit_draft(session, actor, claim_id, expected_version=if_match)
    return _answer(response, claim)


@router.post("/{claim_id}/answer", dependencies=[SUBMIT, Idempotent])
def answer_claim(
    claim_id: str,
    body: AnswerIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> ClaimView:
    """Answer what was asked; the claim is looked at again, with what has been put right since."""
    claim = service.answer_claim(
        session, actor, claim_id, note=body.note, meter=body.meter, expected_version=if_match
    )
    return _answer(response, claim)


@router.post("/{claim_id}/decide", dependencies=[DECIDE, Idempotent])
def decide_claim(
    claim_id: str,
    body: DecisionIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> ClaimView:
    """Accept, refuse or ask about a claim that waits; lines that the rules refused stay refused."""
    claim = service.decide_claim(
        session, actor, claim_id, body.decision, reason=body.reason, expected_version=if_match
    )
    return _answer(response, claim)


@router.post("/{claim_id}/pay", dependencies=[PAY, Idempotent])
def pay_claim(
    claim_id: str,
    body: PaymentIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> ClaimView:
    """Mark an accepted claim paid."""
    claim = service.pay_claim(
        session, actor, claim_id, reference=body.reference or None, expected_version=if_match
    )
    return _answer(response, claim)


@router.post("/{claim_id}/reverse", dependencies=[READ, Idempotent])
def reverse_claim(
    claim_id: str,
    body: ReversalIn,
    response: Response,
    session: Db,
    actor: Actor,
    if_match: IfMatch,
) -> ClaimView:
    """Take a claim back, so that a corrected one may be submitted.

    An accepted or paid one needs `claims.pay`, one that waits `claims.submit` or `claims.decide`.
    """
    claim = service.reverse_claim(
        session, actor, claim_id, reason=body.reason, expected_version=if_match
    )
    return _answer(response, claim)
