"""Bodies of notices: channels, preferences, templates, deliveries."""

from datetime import datetime, time
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Identifier, Input, Line, Output, Patch

TopicName = Literal[
    "ticket_assigned",
    "mentioned",
    "stage_changed",
    "message_added",
    "sla_warned",
    "sla_breached",
    "sla_escalated",
    "alarm_raised",
]
LanguageName = Literal["en", "zh"]
DeliveryState = Literal["waiting", "sending", "sent", "dead", "dropped"]

_Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
_Subject = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
_Body = Annotated[str, StringConstraints(min_length=1, max_length=5000)]
_Zone = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class TopicView(Output):
    """Something that somebody can be told of."""

    topic: TopicName
    urgent: bool = Field(description="Passes quiet hours; what is critical does in any case")
    usual: bool = Field(description="A new channel is told of it")


class TopicList(Output):
    """Everything that somebody can be told of."""

    items: list[TopicView]


class ChannelView(Output):
    """A way to oneself; the address itself is never given back."""

    id: str
    kind: Literal["email", "sms", "address"]
    label: str
    hint: str = Field(description="What is shown of the address")
    topics: list[TopicName]
    enabled: bool
    standing: bool = Field(description="Made of one's own address; it can be turned off only")
    failures: int
    paused_until: datetime | None


class ChannelList(Output):
    """One's own ways to be told."""

    items: list[ChannelView]


class ChannelCreate(Input):
    """A new channel."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "address", "address": "dingtalk://secret@token", "label": "Our group"}
            ]
        },
    )

    kind: Literal["email", "sms", "address"]
    address: _Address = Field(
        description="An e-mail address, a phone number, or a provider's address such as `dingtalk://…`"
    )
    label: Line
    topics: list[TopicName] | None = Field(default=None, max_length=20)


class ChannelPatch(Patch):
    """A change of a channel."""

    label: Line | None = None
    topics: list[TopicName] | None = Field(default=None, max_length=20)
    enabled: bool | None = None


class PreferencesView(Output):
    """When one wants to be told."""

    time_zone: str
    quiet_from: time | None
    quiet_to: time | None
    digest: Literal["at_once", "hourly", "daily"]
    daily_at: time


class PreferencesUpdate(Input):
    """When one wants to be told."""

    time_zone: _Zone
    quiet_from: time | None
    quiet_to: time | None
    digest: Literal["at_once", "hourly", "daily"]
    daily_at: time


class TemplateView(Output):
    """The words of a topic in a language."""

    topic: TopicName
    language: LanguageName
    subject: str
    body: str
    placeholders: list[str]
    version: int | None = Field(description="Null for the shipped words")
    updated_at: datetime | None
    updated_by_name: str | None


class TemplateList(Output):
    """The words of every topic."""

    items: list[TemplateView]


class TemplateUpdate(Input):
    """Words of the installation's own."""

    subject: _Subject
    body: _Body


class PreviewRequest(Input):
    """Words to look at before they are saved."""

    topic: TopicName
    language: LanguageName
    subject: _Subject
    body: _Body
    ticket_id: Identifier


class PreviewView(Output):
    """Words filled in with a real ticket."""

    subject: str
    text: str
    html: str


class NoticeView(Output):
    """One notice of a delivery."""

    id: str
    topic: str
    object_id: str | None
    urgent: bool
    subject: str
    body: str
    created_at: datetime


class DeliveryView(Output):
    """One message to a channel."""

    id: str
    channel_id: str
    channel_kind: str
    channel_label: str
    channel_hint: str
    person_id: str
    person_name: str
    bundle: bool
    state: DeliveryState
    due_at: datetime
    attempts: int
    created_at: datetime
    ended_at: datetime | None
    reason: str | None
    notices: list[NoticeView]


class AttemptView(Output):
    """One attempt to hand a delivery over."""

    attempted_at: datetime
    duration_ms: int
    outcome: Literal["sent", "failed", "timeout", "refused"]
    detail: str | None


class DeliveryDetailView(DeliveryView):
    """A delivery with every attempt."""

    attempt_log: list[AttemptView]


class DeliveryDrop(Input):
    """Why a dead delivery is dropped."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
