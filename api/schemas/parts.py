"""Bodies of part numbers, locations, movements and stock."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.base import Identifier, Input, Line, OptionalLine, Output
from warranty_parts.service import LocationDraft, MovementDraft, PartDraft

LocationKind = Literal["supplier", "warehouse", "van", "asset", "customer", "scrap"]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["CNY"])]


class PartFactsView(Output):
    """A part number. Numbers of one family supersede each other."""

    id: str
    number: str
    family_id: str
    name_en: str
    name_zh: str
    serialised: bool
    unit_price_minor: int | None = Field(description="In minor units of the currency")
    currency: str | None
    version: int


class PartCreate(Input):
    """A new part number."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": "BRG-6204-2RS",
                    "name_en": "Deep groove ball bearing 6204",
                    "name_zh": "深沟球轴承 6204",
                    "serialised": True,
                    "unit_price_minor": 18900,
                    "currency": "CNY",
                }
            ]
        }
    )
    number: Line
    name_en: Line
    name_zh: Line
    supersedes: OptionalLine = Field(default=None, description="A number of the same family")
    family_id: Identifier | None = None
    serialised: bool = False
    unit_price_minor: Annotated[int, Field(ge=0, le=10**15)] | None = None
    currency: Currency | None = None

    def to_domain(self) -> PartDraft:
        """Return it as the domain takes it."""
        values = self.model_dump()
        values["supersedes"] = values["supersedes"] or None
        return PartDraft(**values)


class LocationView(Output):
    """A place that holds parts."""

    id: str
    kind: LocationKind
    name: str
    organisation_id: str
    asset_id: str | None
    person_id: str | None = Field(description="Whose van it is")
    version: int


class LocationCreate(Input):
    """A new place. A van may name its engineer: what they fit comes from there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "van",
                    "name": "Li Na's van",
                    "organisation_id": "org_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "person_id": "per_01k9zq4m7v8w9x0y1z2a3b4c5d",
                }
            ]
        }
    )
    kind: LocationKind
    name: Line
    organisation_id: Identifier
    asset_id: Identifier | None = None
    person_id: Identifier | None = None

    def to_domain(self) -> LocationDraft:
        """Return it as the domain takes it."""
        return LocationDraft(**self.model_dump())


class MovementView(Output):
    """A quantity of one part that went from one place to another. Never changed, only reversed."""

    id: str
    part_id: str
    part_number: str
    quantity: int
    from_location: LocationView
    to_location: LocationView
    reverses_id: str | None
    work_order_id: str | None
    serial_number: str | None
    reason: str | None
    actor_id: str | None
    actor_name: str
    moved_at: datetime = Field(description="When it happened")
    recorded_at: datetime = Field(description="When it was written")


class MovementCreate(Input):
    """A movement to be written."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "part_number": "BRG-6204-2RS",
                    "from_location_id": "loc_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "to_location_id": "loc_01k9zq4m7v8w9x0y1z2a3b4c5e",
                    "quantity": 2,
                    "reason": "Van stock",
                }
            ]
        }
    )
    part_number: Line
    from_location_id: Identifier
    to_location_id: Identifier
    quantity: int = Field(ge=1, le=1_000_000, strict=True)
    reason: Annotated[str, Field(max_length=2000)] | None = None
    work_order_id: Identifier | None = None
    serial_number: OptionalLine = None
    moved_at: AwareDatetime | None = None

    def to_domain(self) -> MovementDraft:
        """Return it as the domain takes it."""
        values = self.model_dump()
        for name in ("reason", "serial_number"):
            values[name] = (values[name] or "").strip() or None
        return MovementDraft(**values)


class StockView(Output):
    """How many pieces of a part are somewhere; below zero only at a supplier or a customer."""

    location: LocationView
    part: PartFactsView
    quantity: int
