"""What promised times do about other packages' facts: claims are followed until they are decided."""

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.outbox import subscribe
from warranty_parts.events import ClaimAccepted, ClaimQuestioned, ClaimRefused, ClaimSubmitted
from work_orders.sla.claims import follow_claim


@subscribe(ClaimSubmitted, "work_orders.time_claim")
@subscribe(ClaimQuestioned, "work_orders.rest_claim")
@subscribe(ClaimAccepted, "work_orders.stop_accepted_claim")
@subscribe(ClaimRefused, "work_orders.stop_refused_claim")
def on_claim(
    session: Session, event: ClaimSubmitted | ClaimQuestioned | ClaimAccepted | ClaimRefused
) -> None:
    """Bring the clocks of a claim in line with it."""
    follow_claim(session, event.claim_id, utc_now())
