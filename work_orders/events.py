"""Facts that work orders tell other packages."""

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from kernel.events import Event


class PartReplaced(BaseModel):
    """A part that was replaced while working on an order; `fitting_id` is the parts ledger's."""

    model_config = ConfigDict(frozen=True)

    part_number: str
    position: str
    failed_serial: str | None
    replacement_serial: str | None
    quantity: int
    fitted_on: date
    fitting_id: str


class WorkOrderOpened(Event):
    """A work order was made, or an ended one was reopened."""

    topic: ClassVar[str] = "work_orders.work_order_opened"

    work_order_id: str
    number: str
    kind: str
    asset_id: str
    organisation_id: str
    failure_mode: str
    priority: str
    alarm_ids: list[str]


class WorkOrderClosed(Event):
    """The work on an order is done and accepted. A reopened order is closed again later."""

    topic: ClassVar[str] = "work_orders.work_order_closed"

    work_order_id: str
    number: str
    kind: str
    asset_id: str
    organisation_id: str
    failure_mode: str
    closed_at: datetime
    alarm_ids: list[str]
    complaint_ids: list[str]
    parts: list[PartReplaced]


class SlaRecipients(BaseModel):
    """Who is to be told: people by id, the assignee among them, and everybody of these roles."""

    model_config = ConfigDict(frozen=True)

    user_ids: list[str]
    roles: list[str]


class _SlaEvent(Event):
    """A clock of a ticket, or of a claim, has come to a point.

    `kind` is the ticket's kind, or `claim`; then `ticket_id` is the claim's id. `share` is the part of the
    target that is used up, 1 at the breach.
    """

    ticket_id: str
    number: str
    kind: str
    organisation_id: str
    priority: str | None
    target: Literal["first_response", "next_response", "resolution"]
    share: float
    due_at: datetime
    recipients: SlaRecipients


class SlaWarned(_SlaEvent):
    """So much of a target's working time is used up."""

    topic: ClassVar[str] = "work_orders.sla_warned"


class SlaBreached(_SlaEvent):
    """A target was missed."""

    topic: ClassVar[str] = "work_orders.sla_breached"


class SlaEscalated(_SlaEvent):
    """A step of the escalation chain is reached; `channels` are to be used beside people's own."""

    topic: ClassVar[str] = "work_orders.sla_escalated"

    level: int
    channels: list[str]


class TicketMoved(Event):
    """A ticket was made, or moved along the state machine.

    Attributes:
        from_stage: None when it was made just now.
        action: one of `work_orders.rules.Action`, or `create`.
        actor_id: who did it; None for the platform itself.
        reason: what was said with it.
    """

    topic: ClassVar[str] = "work_orders.ticket_moved"

    ticket_id: str
    number: str
    kind: str
    family: str
    from_stage: str | None
    to_stage: str
    action: str
    actor_id: str | None
    organisation_id: str
    reason: str | None


class MessageAdded(Event):
    """Something was said on a ticket.

    Attributes:
        entry_id: the entry of the ticket's timeline that holds the words.
        internal: for the manufacturer's own people only.
        by_customer: somebody outside the manufacturer said it.
    """

    topic: ClassVar[str] = "work_orders.message_added"

    ticket_id: str
    entry_id: int
    internal: bool
    by_customer: bool


class PersonMentioned(Event):
    """Somebody was named in what was said on a ticket, and may read it."""

    topic: ClassVar[str] = "work_orders.person_mentioned"

    ticket_id: str
    entry_id: int
    person_id: str
    by_id: str | None


class ArticleChanged(Event):
    """An article was saved, published or put away."""

    topic: ClassVar[str] = "work_orders.article_changed"

    article_id: str
