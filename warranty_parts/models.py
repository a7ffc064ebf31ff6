"""All tables of `warranty_parts`, for the migrations."""

from warranty_parts.catalogue.models import Part, PartFamily
from warranty_parts.claims.models import Claim, ClaimLine, ClaimLineEvent
from warranty_parts.coverage.models import Policy, Registration
from warranty_parts.fittings.models import Fitting
from warranty_parts.locations.models import Location
from warranty_parts.stock.models import Entry, Movement

__all__ = [
    "Claim",
    "ClaimLine",
    "ClaimLineEvent",
    "Entry",
    "Fitting",
    "Location",
    "Movement",
    "Part",
    "PartFamily",
    "Policy",
    "Registration",
]
