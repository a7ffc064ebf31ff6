"""Turning what somebody wrote into a claim and its lines, not yet looked at."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel.ids import new_id
from registry.assets.service import AssetFacts, find_asset, get_asset
from registry.permissions import Principal
from warranty_parts.claims.models import Claim, ClaimLine
from warranty_parts.claims.rules import (
    ClaimDraft,
    ClaimLineDraft,
    ClaimState,
    check_dates,
    check_draft,
)
from warranty_parts.codes import clean_text, code_key, look_alike_key, optional_key
from warranty_parts.coverage.service import check_meter
from warranty_parts.errors import UnknownSerial
from warranty_parts.fittings.service import EARLIEST_ZONE


def build(
    session: Session, actor: Principal, draft: ClaimDraft, now: datetime
) -> tuple[AssetFacts, Claim, list[ClaimLine]]:
    """Return the machine, and a claim with its lines as drafts that are not in the session.

    Raises:
        UnknownSerial, NotFound, DateInFuture, FailureBeforeManufacture, RepairBeforeFailure, LineRepeated,
            InvalidInput: as `submit_claim` says.
    """
    check_draft(draft)
    check_meter(draft.meter)
    asset = _asset(session, actor, draft)
    today = (now + EARLIEST_ZONE).date()
    check_dates(draft.failure_on, draft.repaired_on, asset.manufactured_on, today)
    claim = Claim(
        id=new_id("clm"),
        state=ClaimState.DRAFT.value,
        organisation_id=asset.organisation_id,
        asset_id=asset.id,
        serial_number=asset.serial_number,
        failure_on=draft.failure_on,
        repaired_on=draft.repaired_on,
        meter=draft.meter,
        work_order_id=draft.work_order_id,
        alarm_id=draft.alarm_id,
        complaint_ids=sorted(set(draft.complaint_ids)),
        invoice_number=_written(draft.invoice_number, "invoice_number"),
        customer_paid=draft.customer_paid,
        claimant_id=actor.person_id,
        claimant_name=actor.name,
        claimant_organisation_id=actor.organisation_id,
        created_at=now,
    )
    lines = [_line(claim, number, line) for number, line in enumerate(draft.lines, start=1)]
    return asset, claim, lines


def _asset(session: Session, actor: Principal, draft: ClaimDraft) -> AssetFacts:
    if draft.asset_id is not None:
        return get_asset(session, actor, draft.asset_id)
    assert draft.serial_number is not None  # check_draft has seen to it
    serial_number = clean_text(draft.serial_number, "serial_number")
    asset = find_asset(session, actor, serial_number)
    if asset is None:
        raise UnknownSerial(
            f"no machine has the serial number {serial_number}", serial_number=serial_number
        )
    return asset


def _written(text: str | None, what: str) -> str | None:
    return clean_text(text, what) if text is not None and text.strip() else None


def _line(claim: Claim, number: int, draft: ClaimLineDraft) -> ClaimLine:
    position = clean_text(draft.position, "position")
    failed_key = optional_key(draft.failed_serial, "failed_serial")
    return ClaimLine(
        id=new_id("cln"),
        claim_id=claim.id,
        number=number,
        state=ClaimState.DRAFT.value,
        organisation_id=claim.organisation_id,
        asset_id=claim.asset_id,
        position=position,
        position_key=code_key(position),
        part_number=clean_text(draft.part_number, "part_number"),
        failed_serial=_written(draft.failed_serial, "failed_serial"),
        failed_serial_key=failed_key,
        failed_serial_look=look_alike_key(failed_key) if failed_key else None,
        replacement_serial=_written(draft.replacement_serial, "replacement_serial"),
        replacement_serial_key=optional_key(draft.replacement_serial, "replacement_serial"),
        work_order_id=claim.work_order_id,
        invoice_key=optional_key(claim.invoice_number, "invoice_number"),
        quantity=draft.quantity,
        labour_minutes=draft.labour_minutes,
        findings=[],
    )
