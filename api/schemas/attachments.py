"""Bodies of attached files and of the search."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import Output


class AttachmentView(Output):
    """A file and what it is attached to."""

    id: str
    object_kind: str
    object_id: str
    organisation_id: str
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    uploaded_by: str | None
    internal: bool = Field(description="For the manufacturer's own people only")
    created_at: datetime


class SearchHit(Output):
    """Something that was found."""

    kind: str = Field(
        description="asset, organisation, site, person, contact, work_order, complaint, claim or part"
    )
    id: str
    title: str
    subtitle: str | None


class SearchAnswer(Output):
    """What was found, by kind."""

    query: str
    items: list[SearchHit]
