"""Bodies of claims."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.base import Identifier, Input, Line, OptionalLine, Output
from api.schemas.coverage import ClauseName, CoverageView, LevelName, Meter, Reasoning
from warranty_parts.service import ClaimDraft, ClaimLineDraft

StateName = Literal[
    "draft", "submitted", "needs_information", "accepted", "refused", "paid", "reversed"
]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class RefusalView(Output):
    """What stands against a claim or a line."""

    prior_claim_id: str | None = Field(description="The earlier claim, if it is a duplicate")
    rule: str = Field(
        description="a same fitted part, b same failed serial, c same failure, d same invoice or paid by "
        "the customer; else the check that failed, or `decision`",
        examples=["a"],
    )
    detail: dict[str, Any] = Field(
        description="Facts: number of the earlier claim, its line, overlap, all rules that apply"
    )
    explanation: Reasoning


class FindingView(Output):
    """A check that a line fails."""

    check: Literal["registration", "coverage", "entitlement", "duplicate"]
    effect: Literal["refuse", "ask"]
    level: LevelName
    rule: str
    prior_claim_id: str | None
    detail: dict[str, Any]
    why: Reasoning


class ClaimLineView(Output):
    """One failed part of a claim with its answer."""

    id: str
    number: int
    state: StateName
    position: str
    part_number: str
    part_id: str | None = Field(description="Null: the catalogue has no such number")
    fitting_id: str | None = Field(description="The fitted piece that failed")
    failed_serial: str | None
    replacement_serial: str | None
    quantity: int
    labour_minutes: int
    covered: bool | None
    covered_until: date | None = Field(validation_alias="until")
    clause: ClauseName | None
    coverage: CoverageView | None
    findings: list[FindingView]
    refusal: RefusalView | None


class ClaimView(Output):
    """A claim. A refused one says which earlier claim and which rule, or which clause, is against it."""

    id: str
    number: str = Field(examples=["C-000042"])
    state: StateName
    organisation_id: str
    asset_id: str
    serial_number: str
    failure_on: date
    repaired_on: date | None
    meter: Decimal | None
    work_order_id: str | None
    alarm_id: str | None
    complaint_ids: list[str]
    invoice_number: str | None
    customer_paid: bool
    claimant_id: str | None
    claimant_name: str
    refusal: RefusalView | None
    decision_reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    submitted_at: datetime | None
    paid_at: datetime | None
    reversed_at: datetime | None
    created_at: datetime
    version: int
    lines: list[ClaimLineView]


class ClaimLineIn(Input):
    """One failed part."""

    position: Line = Field(examples=["drive end"])
    part_number: Line = Field(examples=["BRG-6204-2RS"])
    failed_serial: OptionalLine = None
    replacement_serial: OptionalLine = None
    quantity: int = Field(default=1, ge=1, le=10_000, strict=True)
    labour_minutes: int = Field(default=0, ge=0, le=100_000, strict=True)


class ClaimCreate(Input):
    """A claim for one failure of one machine, named by its serial number or its id."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "serial_number": "P200-000123",
                    "failure_on": "2026-06-01",
                    "repaired_on": "2026-06-03",
                    "work_order_id": "wo_01k9zq4m7v8w9x0y1z2a3b4c5d",
                    "lines": [
                        {
                            "position": "drive end",
                            "part_number": "BRG-6204-2RS",
                            "failed_serial": "B-4711",
                            "replacement_serial": "B-9001",
                            "labour_minutes": 90,
                        }
                    ],
                }
            ]
        }
    )
    serial_number: Line | None = None
    asset_id: Identifier | None = None
    failure_on: date
    repaired_on: date | None = None
    meter: Meter | None = None
    work_order_id: Identifier | None = None
    alarm_id: Identifier | None = None
    complaint_ids: list[Identifier] = Field(default_factory=list, max_length=50)
    invoice_number: OptionalLine = None
    customer_paid: bool = Field(default=False, description="The customer was charged for the work")
    lines: list[ClaimLineIn] = Field(min_length=1, max_length=100)
    draft: bool = Field(default=False, description="Keep it without submitting it")

    def to_domain(self) -> ClaimDraft:
        """Return it as the domain takes it."""
        lines = [ClaimLineDraft(**line.model_dump()) for line in self.lines]
        return ClaimDraft(**self.model_dump(exclude={"draft", "lines"}), lines=lines)


class DecisionIn(Input):
    """A person's decision of a claim that waits."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decision": "accept", "reason": "Part inspected"}]}
    )
    decision: Literal["accept", "refuse", "ask"]
    reason: Reason


class AnswerIn(Input):
    """The answer to what was asked; the claim is looked at again."""

    note: Reason
    meter: Meter | None = None


class PaymentIn(Input):
    """A payment."""

    reference: OptionalLine = None


class ReversalIn(Input):
    """Why something is taken back."""

    reason: Reason
