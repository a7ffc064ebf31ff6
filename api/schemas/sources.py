"""Bodies of third-party sources."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.schemas.base import Identifier, Input, Line, Output
from ingest.third_party.service import SourceMapping

Address = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class SourceAdopt(Input):
    """Whose a device is that publishes to the platform's broker, and how it is read."""

    address: Address = Field(
        description="`group/node` of a Sparkplug B edge node, or the topic filter of JSON devices"
    )
    name: Line
    site_id: Identifier
    mapping: SourceMapping


class SourceMappingIn(Input):
    """Another mapping."""

    mapping: SourceMapping


class SourceView(Output):
    """A third-party source; its readings are counted at the gateway it became."""

    gateway_id: str
    name: str
    organisation_id: str
    organisation_name: str
    site_id: str
    site_name: str
    kind: Literal["sparkplug", "json"]
    address: str
    mapping: dict[str, Any] = Field(description="As it was given")
    created_at: datetime
    released_at: datetime | None = Field(description="Since when nothing more of it is taken")
    version: int


class SeenSourceView(Output):
    """Somebody who publishes to the broker and is not adopted."""

    id: str
    kind: Literal["sparkplug", "json"]
    address: str
    messages: int
    names: list[str] = Field(description="Some of the metrics or members it publishes")
    first_seen_at: datetime
    last_seen_at: datetime
