"""What `warranty_parts` tells other packages."""

from datetime import date
from typing import ClassVar

from kernel.events import Event


class _ClaimEvent(Event):
    claim_id: str
    asset_id: str
    organisation_id: str
    work_order_id: str | None


class ClaimSubmitted(_ClaimEvent):
    """A claim was put in; `state` is what came of it in the same moment."""

    topic: ClassVar[str] = "warranty_parts.claim_submitted"
    state: str


class ClaimAccepted(_ClaimEvent):
    """A claim was accepted, by the rules or by a person; `covered_until` is the latest of its lines'."""

    topic: ClassVar[str] = "warranty_parts.claim_accepted"
    covered_until: date | None


class ClaimRefused(_ClaimEvent):
    """A claim was refused; `rule` is a–d for a duplicate of `prior_claim_id`, else the check that failed."""  # noqa: RUF002

    topic: ClassVar[str] = "warranty_parts.claim_refused"
    prior_claim_id: str | None
    rule: str


class ClaimQuestioned(_ClaimEvent):
    """A claim waits for what its claimant is asked."""

    topic: ClassVar[str] = "warranty_parts.claim_questioned"
