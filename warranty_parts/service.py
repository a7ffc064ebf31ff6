"""The verbs of `warranty_parts` for other packages; each is documented where it is written."""

from warranty_parts.catalogue.service import (
    PartDraft,
    PartFacts,
    create_part,
    get_part,
    list_parts,
    search_parts,
)
from warranty_parts.claims.decisions import decide_claim, pay_claim, reverse_claim
from warranty_parts.claims.facts import ClaimFacts, ClaimLineFacts
from warranty_parts.claims.rules import ClaimDraft, ClaimLineDraft, ClaimState
from warranty_parts.claims.service import (
    answer_claim,
    claims_of_asset,
    draft_claim,
    get_claim,
    list_claims,
    search_claims,
    submit_claim,
    submit_draft,
)
from warranty_parts.coverage.policies import (
    PolicyDraft,
    PolicyFacts,
    create_policy,
    end_policy,
    get_policy,
    list_policies,
)
from warranty_parts.coverage.service import (
    RegistrationFacts,
    coverage,
    coverage_by_serial,
    get_registration,
    register_machine,
)
from warranty_parts.coverage.terms import CoverageAnswer
from warranty_parts.fittings.facts import FittingDraft, FittingFacts
from warranty_parts.fittings.service import fittings_of_asset, record_fitting, record_fittings
from warranty_parts.locations.service import (
    LocationDraft,
    LocationFacts,
    create_location,
    get_location,
    list_locations,
)
from warranty_parts.stock.facts import MovementDraft, MovementFacts, StockFacts
from warranty_parts.stock.reading import (
    get_movement,
    list_movements,
    list_stock,
    stock_disagreements,
)
from warranty_parts.stock.service import move_parts, reverse_movement

__all__ = [
    "ClaimDraft",
    "ClaimFacts",
    "ClaimLineDraft",
    "ClaimLineFacts",
    "ClaimState",
    "CoverageAnswer",
    "FittingDraft",
    "FittingFacts",
    "LocationDraft",
    "LocationFacts",
    "MovementDraft",
    "MovementFacts",
    "PartDraft",
    "PartFacts",
    "PolicyDraft",
    "PolicyFacts",
    "RegistrationFacts",
    "StockFacts",
    "answer_claim",
    "claims_of_asset",
    "coverage",
    "coverage_by_serial",
    "create_location",
    "create_part",
    "create_policy",
    "decide_claim",
    "draft_claim",
    "end_policy",
    "fittings_of_asset",
    "get_claim",
    "get_location",
    "get_movement",
    "get_part",
    "get_policy",
    "get_registration",
    "list_claims",
    "list_locations",
    "list_movements",
    "list_parts",
    "list_policies",
    "list_stock",
    "move_parts",
    "pay_claim",
    "record_fitting",
    "record_fittings",
    "register_machine",
    "reverse_claim",
    "reverse_movement",
    "search_claims",
    "search_parts",
    "stock_disagreements",
    "submit_claim",
    "submit_draft",
]
