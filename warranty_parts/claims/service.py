"""Verbs that put claims in and read them."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import IllegalTransition, InvalidInput, NotFound, StaleVersion
from kernel.paging import LIMIT_MAX, PageRequest, Slice
from registry import audit
from registry.assets.service import get_asset
from registry.permissions import PLATFORM, Principal
from warranty_parts.catalogue.service import resolve_parts
from warranty_parts.claims import repository
from warranty_parts.claims.assessment import event_ids
from warranty_parts.claims.facts import ClaimFacts, claim_facts, facts_of
from warranty_parts.claims.intake import build
from warranty_parts.claims.judgement import judge
from warranty_parts.claims.models import Claim, ClaimLine
from warranty_parts.claims.rules import ClaimDraft, ClaimState
from warranty_parts.codes import clean_text, code_key
from warranty_parts.coverage.service import check_meter

NOTE_LENGTH_MAX = 2000
_NUMBER = re.compile(r"(?:c-?)?(\d{1,12})", re.IGNORECASE)


def submit_claim(session: Session, actor: Principal, draft: ClaimDraft) -> ClaimFacts:
    """Submit a claim and return it with its answer: accepted, refused, or waiting and for what.

    A refusal is an answer, not an error: the refused claim is kept, and says which earlier claim and which
    rule stand against it, or which clause does not cover it. Every line has its own answer.

    Raises:
        Forbidden: without `claims.submit`.
        UnknownSerial: no machine in sight has the serial number.
        NotFound: the asset is out of sight.
        DateInFuture, FailureBeforeManufacture, RepairBeforeFailure: a date cannot be.
        LineRepeated: two lines name the same position or serial.
        InvalidInput: something else about it cannot be used.
    """
    actor.require("claims.submit")
    now = utc_now()
    asset, claim, lines = build(session, actor, draft, now)
    judge(session, actor, asset, claim, lines, new=True, now=now)
    return claim_facts(claim, lines)


def draft_claim(session: Session, actor: Principal, draft: ClaimDraft) -> ClaimFacts:
    """Keep a claim without submitting it; it stands in nobody's way. Raises what `submit_claim` does."""
    actor.require("claims.submit")
    _, claim, lines = build(session, actor, draft, utc_now())
    parts = resolve_parts(session, {line.part_number for line in lines})
    for line in lines:
        part = parts[line.part_number]
        line.family_key = part.family_key
        line.part_id = part.part.id if part.part else None
    repository.add_claim(session, claim, lines, event_ids(claim))
    _record(session, actor, claim, "claim.draft", None)
    return claim_facts(claim, lines)


def submit_draft(
    session: Session, actor: Principal, claim_id: str, *, expected_version: int | None
) -> ClaimFacts:
    """Submit a claim that was kept as a draft.

    Raises:
        Forbidden: without `claims.submit`.
        NotFound: it is out of sight.
        StaleVersion: it was changed since `expected_version`.
        IllegalTransition: it is no draft.
    """
    actor.require("claims.submit")
    claim, lines = take_claim(session, actor, claim_id, expected_version)
    _require_state(claim, ClaimState.DRAFT)
    return _judge_again(session, actor, claim, lines)


def answer_claim(
    session: Session,
    actor: Principal,
    claim_id: str,
    *,
    note: str,
    meter: Decimal | None = None,
    expected_version: int | None,
) -> ClaimFacts:
    """Answer what a claim was asked, and have it looked at again: with a meter reading given now, a part
    number or registration that has been put right since.

    Raises:
        Forbidden: without `claims.submit`.
        NotFound: it is out of sight.
        StaleVersion: it was changed since `expected_version`.
        IllegalTransition: nothing was asked.
        InvalidInput: the note is empty, or the reading cannot be.
    """  # noqa: D205 - the sentence is one
    actor.require("claims.submit")
    check_meter(meter)
    reason = clean_text(note, "note", length_max=NOTE_LENGTH_MAX)
    claim, lines = take_claim(session, actor, claim_id, expected_version)
    _require_state(claim, ClaimState.NEEDS_INFORMATION)
    if meter is not None:
        claim.meter = meter
    _record(session, actor, claim, "claim.answer", reason)
    return _judge_again(session, actor, claim, lines)


def _judge_again(
    session: Session, actor: Principal, claim: Claim, lines: Sequence[ClaimLine]
) -> ClaimFacts:
    asset = get_asset(session, PLATFORM, claim.asset_id)
    judge(session, actor, asset, claim, lines, new=False, now=utc_now())
    return claim_facts(claim, lines)


def _require_state(claim: Claim, state: ClaimState) -> None:
    if claim.state != state:
        raise IllegalTransition(
            f"the claim is {claim.state}, not {state}", state=claim.state, required=str(state)
        )


def _record(
    session: Session, actor: Principal, claim: Claim, action: str, reason: str | None
) -> None:
    audit.record(
        session,
        actor,
        action,
        "claim",
        claim.id,
        organisation_id=claim.organisation_id,
        changes={"state": [None, claim.state]},
        reason=reason,
    )
    announce(session, "claim", claim.id, claim.organisation_id)


def take_claim(
    session: Session, actor: Principal, claim_id: str, expected_version: int | None
) -> tuple[Claim, Sequence[ClaimLine]]:
    """Return a claim and its lines, locked until the transaction ends.

    Raises:
        NotFound: it is not there or out of sight.
        StaleVersion: it was changed since `expected_version`.
    """
    claim = repository.claim_for_update(session, claim_id)
    if claim is None:
        raise NotFound(f"no claim {claim_id}")
    actor.require_sees(claim.organisation_id, f"claim {claim_id}")
    if expected_version not in {None, claim.version}:
        raise StaleVersion(f"claim {claim_id} is at version {claim.version}")
    return claim, repository.lines_of(session, [claim_id])


def get_claim(session: Session, actor: Principal, claim_id: str) -> ClaimFacts:
    """Return a claim.

    Raises:
        Forbidden: without `claims.read`.
        NotFound: it is not there or out of sight.
    """
    actor.require("claims.read")
    claim = repository.claim(session, claim_id)
    if claim is None:
        raise NotFound(f"no claim {claim_id}")
    actor.require_sees(claim.organisation_id, f"claim {claim_id}")
    return facts_of(session, [claim])[0]


def list_claims(
    session: Session,
    actor: Principal,
    page: PageRequest,
    *,
    states: Collection[str] | None = None,
    asset_id: str | None = None,
    work_order_id: str | None = None,
) -> Slice[ClaimFacts]:
    """Return claims in sight, newest first.

    Raises:
        Forbidden: without `claims.read`.
        InvalidInput: a state is none.
    """
    actor.require("claims.read")
    for state in states or ():
        if state not in set(ClaimState):
            raise InvalidInput(f"no state {state}", field="state")
    found = repository.claims(
        session,
        organisation_ids=actor.scope,
        states=states,
        asset_id=asset_id,
        work_order_id=work_order_id,
        after_id=page.after_id(),
        limit=page.limit + 1,
    )
    cut = Slice.cut(found, page.limit, lambda claim: (claim.id,))
    return Slice(facts_of(session, cut.items), cut.next_key)


def claims_of_asset(
    session: Session, actor: Principal, asset_id: str, limit: int = LIMIT_MAX
) -> list[ClaimFacts]:
    """Return an asset's newest claims. Raises what `list_claims` does, and NotFound out of sight."""
    get_asset(session, actor, asset_id)
    return list_claims(session, actor, PageRequest(limit), asset_id=asset_id).items


def search_claims(
    session: Session, actor: Principal, query: str, limit: int = 10
) -> list[ClaimFacts]:
    """Return claims for the search over everything: by number, id, work order, invoice or any serial.

    None without `claims.read`, or for a blank.
    """
    text = query.strip()
    key = code_key(text)
    if not actor.may("claims.read") or not key:
        return []
    number = _NUMBER.fullmatch(text)
    found = repository.search(
        session,
        organisation_ids=actor.scope,
        text=text,
        number=int(number[1]) if number else None,
        serial_key=key,
        limit=limit,
    )
    return facts_of(session, found)
