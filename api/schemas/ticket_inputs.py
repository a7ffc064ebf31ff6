"""Bodies that are sent to work orders and complaints."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.base import Identifier, Input, Line, Patch, Text
from api.schemas.tickets import ActionName, HoldReason, LinkKind, OrderKind, PriorityName
from work_orders.service import Action, Edit, Priority, ReplacedPart, Resolution, WantedMove

FailureMode = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_]*$", examples=["bearing_wear"]),
]
Prose = Annotated[str, Field(max_length=10_000)]


class PartIn(Input):
    """A part that was replaced."""

    part_number: Line = Field(examples=["B-6205"])
    position: Line = Field(examples=["drive end"])
    failed_serial: Line | None = None
    replacement_serial: Line | None = None
    quantity: Annotated[int, Field(ge=1, le=10_000)] = 1
    from_location: Identifier | None = Field(
        default=None, description="Where it was taken from; left out, the engineer's own van"
    )


class ResolutionIn(Input):
    """What was found and done. An order needs `cause`, `remedy` and `labour_minutes` as well."""

    findings: Annotated[str, Field(min_length=1, max_length=10_000)]
    cause: str | None = Field(default=None, examples=["wear"])
    remedy: str | None = Field(default=None, examples=["replace"])
    labour_minutes: Annotated[int, Field(ge=0, le=100_000)] | None = None
    failure_mode: FailureMode | None = Field(
        default=None, description="As confirmed on the machine; left out, the suspected one stays"
    )
    performed_on: date | None = Field(
        default=None, description="Local day of the work; left out, today in UTC"
    )
    parts: list[PartIn] = Field(default_factory=list, max_length=100)

    def to_domain(self) -> Resolution:
        """Return it as the service takes it."""
        values = self.model_dump(exclude={"parts"})
        return Resolution(
            **values, parts=tuple(ReplacedPart(**part.model_dump()) for part in self.parts)
        )


class ActionIn(Input):
    """What an action needs.

    `assign`: `assignee_id`; `hold`: `hold_reason`; `reject`, `reopen`, `cancel`: `reason`; `finish`, `close`:
    `resolution`. A `reason` may be given with any.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "resolution": {
                        "findings": "Drive end bearing worn, replaced",
                        "cause": "wear",
                        "remedy": "replace",
                        "labour_minutes": 90,
                        "failure_mode": "bearing_wear",
                        "parts": [
                            {
                                "part_number": "B-6205",
                                "position": "drive end",
                                "failed_serial": "SKF-1001",
                                "replacement_serial": "SKF-2002",
                            }
                        ],
                    }
                },
                {"hold_reason": "waiting_for_parts", "reason": "bearing arrives on Monday"},
                {"assignee_id": "per_01k9zq4m7v8w9x0y1z2a3b4c5d"},
            ]
        }
    )
    reason: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None
    hold_reason: HoldReason | None = None
    assignee_id: Identifier | None = None
    resolution: ResolutionIn | None = None

    def to_domain(self, action: ActionName) -> WantedMove:
        """Return it as the service takes it."""
        return WantedMove(
            Action(action),
            reason=self.reason,
            hold_reason=self.hold_reason,
            assignee_id=self.assignee_id,
            resolution=self.resolution.to_domain() if self.resolution else None,
        )


class CommentIn(Input):
    """A comment; an internal one is for the manufacturer's own people."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "We come on Monday at nine", "internal": False}]}
    )
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    internal: bool = False
    mentions: list[Identifier] = Field(
        default_factory=list,
        max_length=20,
        description="Ids of people to tell; each must be able to read it, and follows the ticket from now on",
    )


class LinkIn(Input):
    """Another ticket of the same customer that belongs to this one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"ticket_id": "wo_01k9zq4m7v8w9x0y1z2a3b4c5d", "kind": "same_failure"}]
        }
    )
    ticket_id: Identifier
    kind: LinkKind = "same_failure"


class OrderCreate(Input):
    """A new work order; `asset_id` or `serial_number` names the machine."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "corrective",
                    "title": "Pump 7 is loud",
                    "serial_number": "CP-2024-0007",
                    "priority": "P1",
                    "failure_mode": "bearing_wear",
                    "assign": True,
                }
            ]
        }
    )
    kind: OrderKind
    title: Line
    description: Prose = ""
    asset_id: Identifier | None = None
    serial_number: Line | None = None
    priority: PriorityName = "P2"
    failure_mode: FailureMode | None = None
    due_at: AwareDatetime | None = None
    assign: bool = Field(
        default=False, description="Let the platform choose the engineer by skill and site"
    )


class TicketPatch(Patch):
    """What can change about an open ticket."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"priority": "P1", "title": "Pump 7"}]}
    )
    nullable: ClassVar[frozenset[str]] = frozenset()
    title: Line | None = None
    description: Prose | None = None
    priority: PriorityName | None = None
    failure_mode: FailureMode | None = None
    due_at: AwareDatetime | None = None

    def to_domain(self) -> Edit:
        """Return it as the service takes it."""
        values = self.changes()
        if "priority" in values:
            values["priority"] = Priority(values["priority"])
        return Edit(**values)


class ComplaintPatch(TicketPatch):
    """What can change about an open complaint."""

    fields: dict[str, str | None] | None = Field(
        default=None, description="Only the fields that change", examples=[{"category": "safety"}]
    )


class ComplaintCreate(Input):
    """A new complaint.

    `serial_number` is the machine it is about, case and dashes aside; left out for a complaint about
    something else. `organisation_id` is the customer where there is no machine; left out, one's own.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "description": "3号泵轴承过热 / pump 3 runs hot and is loud",
                    "serial_number": "CP-2024-0007",
                    "category": "machine_failure",
                    "urgency": "high",
                    "impact": "medium",
                    "channel": "phone",
                    "contact_name": "Li Na",
                    "contact_phone": "+86 571 5555 0101",
                }
            ]
        }
    )
    description: Annotated[str, Field(min_length=1, max_length=10_000)]
    title: Line | None = None
    serial_number: Line | None = None
    asset_id: Identifier | None = None
    organisation_id: Identifier | None = None
    failure_mode: FailureMode | None = None
    priority: PriorityName | None = Field(
        default=None, description="Left out, worked out from impact and urgency"
    )
    category: str | None = Field(default=None, examples=["machine_failure"])
    urgency: Literal["high", "medium", "low"] | None = None
    impact: Literal["high", "medium", "low"] | None = None
    channel: str | None = Field(default=None, examples=["phone"])
    contact_name: Line | None = None
    contact_phone: Line | None = None
    contact_email: Line | None = None
    expectation: Text | None = Field(default=None, description="What the customer wants")
