"""Bodies of coverage, policies, registrations and fitted pieces."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field

from api.schemas.base import Identifier, Input, Line, OptionalLine, Output
from warranty_parts.service import FittingFacts, PolicyDraft

VerdictName = Literal["covered", "not_covered", "undecided"]
ClauseName = Literal["machine_terms", "part_terms", "replacement_minimum"]
StartEventName = Literal["invoice", "delivery", "installation", "commissioning"]
LevelName = Literal["error", "warning", "skip"]
Meter = Annotated[Decimal, Field(ge=0, le=Decimal(10) ** 11, decimal_places=2, examples=["1250"])]


class Reasoning(Output):
    """Why: a code for programs, a sentence in each language for people, and the facts behind it."""

    code: str = Field(examples=["expired"])
    en: str = Field(examples=["The warranty ended on 2027-01-15."])
    zh: str = Field(examples=["保修期已于 2027-01-15 届满。"])
    facts: dict[str, Any] = Field(default_factory=dict)


class Name(Output):
    """A name, by language."""

    en: str
    zh: str


class ClauseView(Output):
    """One clause looked at; without a verdict it did not apply."""

    clause: ClauseName
    policy_id: str
    policy_name: Name
    verdict: VerdictName | None
    starts_on: date | None
    until: date | None
    why: Reasoning


class CoverageView(Output):
    """Whether something is covered on a day, until when, by which clause, and how that was found."""

    covered: bool
    verdict: VerdictName = Field(description="`undecided`: a fact that decides is not known")
    starts_on: date | None
    until: date | None = Field(description="Last day, also when it is over")
    clause: ClauseName | None
    policy_id: str | None
    reason: Reasoning
    trail: list[ClauseView] = Field(description="Every clause looked at, in order")


class PolicyView(Output):
    """Terms of warranty, of whole machines or of a kind of part, of one model or of any."""

    id: str
    name_en: str
    name_zh: str
    start_event: StartEventName
    months: int
    effective_from: date
    effective_to: date | None
    model_id: str | None
    family_id: str | None
    meter_limit: Decimal | None
    meter_unit: str
    replacement_days_min: int
    checks: dict[str, LevelName]
    version: int
    created_at: datetime


class PolicyCreate(Input):
    """New terms, for warranties that start from `effective_from` on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name_en": "Standard warranty",
                    "name_zh": "标准保修",
                    "start_event": "commissioning",
                    "months": 12,
                    "effective_from": "2026-01-01",
                    "meter_limit": "8000",
                    "replacement_days_min": 90,
                }
            ]
        }
    )
    name_en: Line
    name_zh: Line
    start_event: StartEventName
    months: int = Field(ge=0, le=600)
    effective_from: date
    effective_to: date | None = None
    model_id: Identifier | None = None
    family_id: Identifier | None = None
    part_number: OptionalLine = Field(default=None, description="Terms of this kind of part alone")
    meter_limit: Annotated[Decimal, Field(gt=0, le=Decimal(10) ** 11, decimal_places=2)] | None = (
        None
    )
    meter_unit: Annotated[Line, Field(max_length=20)] = "h"
    replacement_days_min: int = Field(default=0, ge=0, le=3660)
    checks: dict[Literal["registration", "coverage", "entitlement", "duplicate"], LevelName] = (
        Field(default_factory=dict, description="Levels of single checks; duplicates are an error")
    )

    def to_domain(self) -> PolicyDraft:
        """Return it as the domain takes it."""
        values = self.model_dump()
        values["part_number"] = values["part_number"] or None
        return PolicyDraft(**values)


class PolicyEnd(Input):
    """The last day on which a warranty may still start under these terms."""

    effective_to: date


class RegistrationView(Output):
    """A machine's registration for warranty."""

    asset_id: str
    invoiced_on: date | None
    installed_on: date | None
    registered_by: str
    registered_at: datetime
    version: int


class RegistrationIn(Input):
    """The dates a warranty may start from that the asset does not carry."""

    invoiced_on: date | None = None
    installed_on: date | None = None


class FittingView(Output):
    """A piece that sits, or sat, at a position of a machine."""

    id: str
    position: str
    part_number: str | None
    part_id: str | None
    serial_number: str | None
    removed_serial: str | None = Field(description="What was read when it came out")
    quantity: int
    fitted_on: date
    ended_on: date | None
    origin: Literal["factory", "work_order", "claim"]
    replaces_id: str | None
    work_order_id: str | None
    movement_id: str | None


class FittingList(Output):
    """The pieces of a machine, by position and date."""

    items: list[FittingView]

    @classmethod
    def of(cls, fittings: list[FittingFacts]) -> Self:
        """Return fittings' facts as a list."""
        return cls(items=[FittingView.model_validate(item) for item in fittings])
