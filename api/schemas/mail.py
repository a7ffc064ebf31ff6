"""Bodies of the desk's letters."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.base import Identifier, Input, Output

MailStateName = Literal[
    "opened", "added", "automatic", "held", "refused", "discarded", "waiting", "sent", "failed"
]


class MailView(Output):
    """A letter that came or goes, and what became of it."""

    id: str
    direction: Literal["in", "out"]
    state: MailStateName
    reason: str | None = Field(
        description="Why it waits for a person, was taken for a machine's, or was refused",
        examples=["unknown_sender"],
    )
    detail: str
    sender: str
    sender_name: str
    recipient: str
    subject: str
    size_bytes: int
    ticket_id: str | None
    ticket_number: str | None
    ticket_family: Literal["complaint", "work_order"] | None
    attempts: int
    next_attempt_at: datetime | None
    at: datetime


class MailWithText(MailView):
    """A letter with its text, without what it quotes."""

    body: str


class MailSetup(Output):
    """Whether letters are fetched and sent."""

    fetches: bool
    sends: bool
    problem: str | None = Field(description="What is wrong with the mailbox, as its server says it")
    looked_at: datetime | None


class MailOpenIn(Input):
    """Whose complaint a letter is."""

    organisation_id: Identifier


class MailAddIn(Input):
    """Which ticket a letter belongs to."""

    ticket_id: Identifier


class MailDiscardIn(Input):
    """Why a letter is put aside."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]
