"""What an accepted claim says about the machine: the failed piece is out, another is in."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from registry import audit
from registry.assets.service import AssetFacts
from registry.permissions import Principal
from warranty_parts.catalogue.service import Resolution
from warranty_parts.claims.models import Claim, ClaimLine
from warranty_parts.claims.rules import ClaimState
from warranty_parts.errors import FittingOutOfOrder, SerialFittedElsewhere
from warranty_parts.fittings.exchange import Exchange
from warranty_parts.fittings.pieces import exchange_piece


def record_replacements(
    session: Session,
    actor: Principal,
    asset: AssetFacts,
    claim: Claim,
    lines: Sequence[ClaimLine],
    *,
    parts: Mapping[str, Resolution],
) -> None:
    """Record the exchange each accepted line reports, where no work order has recorded it already.

    So the next failure of what was put in is told from a second claim for what came out. What the record
    contradicts (a person accepted the claim all the same) is left as it is and noted in the audit trail.
    """
    for line in lines:
        reported = line.replacement_serial is not None or claim.repaired_on is not None
        if line.state != ClaimState.ACCEPTED or not reported:
            continue
        exchange = Exchange(
            position=line.position,
            part=parts[line.part_number],
            failed_serial=line.failed_serial,
            replacement_serial=line.replacement_serial,
            fitted_on=claim.repaired_on or claim.failure_on,
            work_order_id=claim.work_order_id,
            quantity=line.quantity,
            origin="claim",
            recorded_by=actor.name,
        )
        try:
            exchange_piece(session, asset, exchange, failed_id=line.fitting_id)
        except (FittingOutOfOrder, SerialFittedElsewhere) as refused:
            audit.record(
                session,
                actor,
                "part.fit_contradicted",
                "claim",
                claim.id,
                organisation_id=claim.organisation_id,
                changes={"position": [None, line.position]},
                reason=refused.detail,
            )
