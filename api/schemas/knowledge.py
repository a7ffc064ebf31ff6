"""Bodies of articles, and of what is suggested for a ticket."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Identifier, Input, Line, Output
from api.schemas.tickets import TicketView

Body = Annotated[str, StringConstraints(max_length=20_000)]
Label = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Labels = Annotated[list[Label], Field(max_length=20)]
ArticleState = Literal["draft", "published", "archived"]
Audience = Literal["internal", "public"]
Language = Literal["en", "zh"]


class ArticleIn(Input):
    """What is saved of an article; each save is a version."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Shaft seal drips after a dry run",
                    "language": "en",
                    "body": "## Cause\n\nThe faces ran dry.",
                    "failure_modes": ["seal_leak"],
                    "equipment_classes": ["pump"],
                }
            ]
        }
    )
    title: Line
    language: Language
    body: Body = Field(default="", description="Markdown; HTML in it is only letters")
    audience: Audience = "internal"
    failure_modes: Labels = Field(default_factory=list)
    tags: Labels = Field(default_factory=list)
    equipment_classes: Labels = Field(default_factory=list)
    model_ids: Annotated[list[Identifier], Field(max_length=20)] = Field(default_factory=list)


class ArticleStateIn(Input):
    """Where an article is to be in its life."""

    state: ArticleState


class UseIn(Input):
    """What was done with articles and past cases."""

    subject_ids: Annotated[list[Identifier], Field(min_length=1, max_length=50)]
    kind: Literal["shown", "opened", "inserted"]


class HelpedIn(Input):
    """Whether it helped; null takes the answer back."""

    helped: bool | None


class UseView(Output):
    """How often something was used; noughts for who is not the manufacturer's."""

    shown: int
    opened: int
    inserted: int
    helped: int
    not_helped: int
    mine: bool | None = Field(description="One's own answer to whether it helped")


class ArticleView(Output):
    """An article as it is now."""

    id: str
    state: ArticleState
    audience: Audience
    language: Language
    title: str
    body: str
    failure_modes: list[str]
    tags: list[str]
    equipment_classes: list[str]
    model_ids: list[str]
    ticket_id: str | None = Field(description="The ticket whose resolution it was made of")
    created_at: datetime
    updated_at: datetime
    updated_by_name: str
    published_at: datetime | None
    version: int
    use: UseView


class Piece(Output):
    """A piece of a text, and whether it is what was searched for."""

    text: str
    found: bool


class FoundArticleView(Output):
    """An article that was found."""

    article: ArticleView
    title: list[Piece]
    snippet: list[Piece]


class FoundArticles(Output):
    """What was found, the best first."""

    items: list[FoundArticleView]


class ArticleContent(Output):
    """What was saved."""

    title: str
    language: str
    body: str
    audience: str
    failure_modes: list[str]
    tags: list[str]
    equipment_classes: list[str]
    model_ids: list[str]


class VersionView(Output):
    """An article as it was saved once."""

    version: int
    content: ArticleContent
    saved_at: datetime
    saved_by_name: str
    restored_from: int | None


class VersionList(Output):
    """Every version, the newest first."""

    items: list[VersionView]


class WhyView(Output):
    """Why a case is in the list; likeness and words are from 0 to 1."""

    score: float
    likeness: float
    same_class: bool
    same_failure_mode: bool
    words: float
    shared: list[str]


class SimilarCaseView(Output):
    """A past case like the ticket, and how it ended."""

    ticket: TicketView
    findings: str | None
    cause: str | None
    remedy: str | None
    why: WhyView
    use: UseView


class SuggestedReplyView(Output):
    """A text for the reply box; nothing is sent by itself."""

    source: Literal["article", "case"]
    subject_id: str
    title: str
    text: str


class SuggestionsView(Output):
    """What is known that may help with a ticket."""

    cases: list[SimilarCaseView]
    articles: list[ArticleView]
    replies: list[SuggestedReplyView]
    article_id: str | None = Field(description="The article made of this ticket's resolution")
