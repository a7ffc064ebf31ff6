"""Work orders and complaints as they are shown: one family of tickets."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import Field

from api.schemas.base import Output
from work_orders.service import TicketDetail

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
        "attachment",
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
    summary: dict[str, str] | None = Field(
        description="What its alarm says, in `en` and `zh`; null where it was made from none"
    )
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


class WatcherView(Output):
    """Somebody who follows a ticket."""

    id: str
    name: str


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
    watchers: list[WatcherView] = Field(description="Who follows it; for staff")
    watching: bool = Field(description="Whether you follow it")

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
