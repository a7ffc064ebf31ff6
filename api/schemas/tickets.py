"""Bodies of work orders and complaints: one family of tickets."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field

from api.schemas.base import Identifier, Input, Line, Output, Patch, Text
from work_orders.service import (
    Action,
    Edit,
    Priority,
    ReplacedPart,
    Resolution,
    TicketDetail,
    WantedMove,
)

Kind = Literal["complaint", "preventive", "corrective", "inspection", "installation"]
OrderKind = Literal["preventive", "corrective", "inspection", "installation"]
StageName = Literal[
    "pending",
    "triaged",
    "assigned",
    "in_progress",
    "on_hold",
    "awaiting_confirmation",
    "closed",
    "cancelled",
]
PriorityName = Literal["P0", "P1", "P2", "P3"]
ActionName = Literal[
    "triage",
    "assign",
    "start",
    "hold",
    "resume",
    "finish",
    "close",
    "confirm",
    "reject",
    "reopen",
    "cancel",
]
HoldReason = Literal["waiting_for_parts", "waiting_for_customer", "waiting_for_access", "other"]
LinkKind = Literal["same_failure", "related"]
FailureMode = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_]*$", examples=["bearing_wear"]),
]
Prose = Annotated[str, Field(max_length=10_000)]


class TicketView(Output):
    """A work order or a complaint, as lists show it."""

    id: str
    number: str = Field(examples=["WO-2026-000123"])
    kind: Kind
    family: Literal["complaint", "work_order"]
    origin: Literal["alarm", "person"]
    organisation_id: str
    organisation_name: str
    asset_id: str | None
    asset_serial: str | None
    asset_name: str | None
    title: str
    description: str
    priority: PriorityName
    failure_mode: str
    stage: StageName
    stage_since: datetime
    open: bool
    hold_reason: HoldReason | None
    assignee_id: str | None
    assignee_name: str | None
    dispatch: dict[str, Any] | None = Field(
        description="Why the assignee was chosen, or why nobody was: `code` and its facts; for staff"
    )
    reason: dict[str, Any] | None = Field(
        description="The alarm an order was made from: `summary` in `en` and `zh`, `cause`, `contributors`"
    )
    alarm_count: int
    worst: dict[str, Any] | None = Field(
        description="The worst alarm so far: `alarm_id`, `severity`, `cause`, `at`"
    )
    fields: dict[str, str] = Field(
        description="What the kind alone has; of a complaint `category`, `urgency`, `impact`, `channel`, …"
    )
    cause: str | None
    remedy: str | None
    findings: str | None
    labour_minutes: int | None
    performed_on: date | None
    due_at: datetime | None
    created_at: datetime
    closed_at: datetime | None
    version: int


class TimelineView(Output):
    """What happened to a ticket."""

    id: int
    event_at: datetime
    actor_id: str | None = Field(description="Null for the platform itself")
    actor_name: str
    kind: Literal[
        "created",
        "comment",
        "transition",
        "assignment",
        "edit",
        "link",
        "unlink",
        "alarm_update",
        "part",
    ]
    internal: bool
    text: str | None
    data: dict[str, Any]


class LinkView(Output):
    """Another ticket that belongs to this one."""

    ticket_id: str
    number: str
    kind: Kind
    title: str
    stage: StageName
    link: LinkKind
    by_rule: bool = Field(description="Whether the platform made the link")
    made_at: datetime


class TicketAlarmView(Output):
    """An alarm behind an order."""

    alarm_id: str
    severity: Literal["critical", "high", "medium", "low"]
    onset_at: datetime
    raised_at: datetime
    cleared_at: datetime | None
    cause: dict[str, Any]
    summary: dict[str, str]


class PartView(Output):
    """A part replaced while working on an order."""

    part_number: str
    position: str
    failed_serial: str | None
    replacement_serial: str | None
    quantity: int
    fitted_on: date
    fitting_id: str


class TicketDetailView(TicketView):
    """A ticket with everything around it."""

    timeline: list[TimelineView]
    links: list[LinkView]
    alarms: list[TicketAlarmView] = Field(description="The newest 100; `alarm_count` counts all")
    parts: list[PartView]
    allowed_actions: list[ActionName] = Field(description="What you could do to it now")
    suggestions: list[LinkView] = Field(
        description="Open orders on a complaint's machine that are not linked to it"
    )

    @classmethod
    def of(cls, detail: TicketDetail) -> Self:
        """Return a ticket's detail with its own facts on top."""
        around = {name: value for name, value in vars(detail).items() if name != "ticket"}
        return cls.model_validate(
            {**vars(detail.ticket), "open": detail.ticket.open, **around}, from_attributes=True
        )


class CandidateView(Output):
    """An engineer who could take an order."""

    id: str
    name: str
    skills: list[str]
    site_match: bool
    on_shift: bool
    open_tickets: int


class CandidateList(Output):
    """Engineers who could take an order, the best suited first."""

    items: list[CandidateView]


class CodeView(Output):
    """A code and what people call it."""

    code: str
    en: str
    zh: str


class CodesView(Output):
    """What forms offer."""

    causes: list[CodeView]
    remedies: list[CodeView]
    hold_reasons: list[str]
    categories: list[str]
    channels: list[str]
    levels: list[str]


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
