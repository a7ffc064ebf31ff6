"""Bodies of quarantine."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.schemas.base import Identifier, Input, Output


class QuarantineView(Output):
    """Something that arrived and could not be stored, and why."""

    id: str
    kind: Literal["readings", "message"]
    reason: str = Field(examples=["unknown_series"])
    detail: str
    source: str = Field(description="Where it came from; of a wrong signature, not proven")
    agent_id: str | None
    epoch: UUID | None
    lane: str | None
    seq: int | None
    readings: int
    occurrences: int
    size_bytes: int
    kept_bytes: int
    first_seen_at: datetime
    last_seen_at: datetime
    state: Literal["open", "replayed", "dropped"]
    resolved_at: datetime | None
    resolved_by: str | None
    version: int


class QuarantineGroupView(Output):
    """Entries that came from one source for one reason."""

    reason: str = Field(examples=["unknown_series"])
    source: str = Field(description="Where they came from; of a wrong signature, not proven")
    gateway_id: str | None
    gateway_name: str | None
    entries: int
    readings: int
    occurrences: int = Field(description="How often they came; the same message again counts")
    size_bytes: int
    first_seen_at: datetime
    last_seen_at: datetime
    newest_id: str = Field(
        description="Of its newest entry; sent as `up_to`, what comes later is left alone"
    )
    detail: str = Field(description="Of the newest entry")
    replayable: bool = Field(description="False: this does not become right by waiting")


class QuarantineGroupIn(Input):
    """The entries of a group that are still open, a few at a time."""

    reason: Annotated[str, Field(min_length=1, max_length=64)]
    source: Annotated[str, Field(min_length=1, max_length=1000)]
    up_to: Identifier = Field(description="The newest entry that is meant")
    after: Identifier | None = Field(
        default=None, description="`next` of the answer before; null to begin"
    )


class QuarantineGroupDropIn(QuarantineGroupIn):
    """Giving up a group's entries."""

    note: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="Why; it stays on record"
    )


class QuarantineGroupResult(Output):
    """What became of some entries of a group."""

    entries: int = Field(description="Entries looked at")
    resolved: int = Field(description="Of these, entries that are done with")
    stored: int = Field(description="Readings stored now")
    remaining: dict[str, int] = Field(description="Readings that stay, by reason")
    messages_failed: dict[str, int] = Field(
        description="Messages that cannot be taken, by what is against it"
    )
    next: str | None = Field(
        description="Send as `after` for the next ones; null when none is left"
    )


class QuarantineDetail(QuarantineView):
    """An entry and the first bytes that are kept of it."""

    head_hex: str = Field(description="The first 1024 kept bytes, hexadecimal")


class ReplayView(Output):
    """What a replay did."""

    stored: int = Field(description="Readings stored now")
    remaining: dict[str, int] = Field(description="Readings that stay in quarantine, by reason")
    entry: QuarantineView


class DropIn(Input):
    """Giving up an entry."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
