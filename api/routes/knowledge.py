"""Knowledge: articles, their versions and use, and what is suggested for a ticket."""

from typing import Annotated, Any

from fastapi import Query, Response, status

from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.knowledge import (
    ArticleIn,
    ArticleState,
    ArticleStateIn,
    ArticleView,
    Audience,
    FoundArticles,
    FoundArticleView,
    HelpedIn,
    Language,
    Piece,
    SuggestionsView,
    UseIn,
    UseView,
    VersionList,
    VersionView,
)
from work_orders.knowledge import service

router = ApiRouter(prefix="/knowledge", tags=["knowledge"])

READ = requires("knowledge.read")
WRITE = requires("knowledge.write")
PUBLISH = requires("knowledge.publish")

LabelQuery = Annotated[str | None, Query(max_length=64)]


def _text(body: ArticleIn) -> service.ArticleText:
    values: dict[str, Any] = body.model_dump()
    lists = {name: tuple(each) for name, each in values.items() if isinstance(each, list)}
    return service.ArticleText(**(values | lists))


def _answer(response: Response, article: service.ArticleFacts) -> ArticleView:
    set_etag(response, article.version)
    return ArticleView.model_validate(article)


@router.get("/articles", dependencies=[READ])
def list_articles(
    session: Db,
    actor: Actor,
    page: PageQuery,
    state: ArticleState | None = None,
    audience: Audience | None = None,
    language: Language | None = None,
    failure_mode: LabelQuery = None,
    equipment_class: LabelQuery = None,
    tag: LabelQuery = None,
    model_id: LabelQuery = None,
) -> Page[ArticleView]:
    """List the articles one may read, the newest first."""
    wanted = service.ArticleFilter(
        state, audience, language, failure_mode, equipment_class, tag, model_id
    )
    rows = service.list_articles(session, actor, wanted, page)
    return Page[ArticleView].of(rows, ArticleView.model_validate)


@router.get("/search", dependencies=[READ])
def search_articles(
    session: Db,
    actor: Actor,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    state: ArticleState | None = None,
    audience: Audience | None = None,
    language: Language | None = None,
    failure_mode: LabelQuery = None,
    equipment_class: LabelQuery = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> FoundArticles:
    """Find articles that have every word, the best first; English ones in any inflection."""
    wanted = service.ArticleFilter(state, audience, language, failure_mode, equipment_class)
    found = service.search_articles(session, actor, q, wanted, limit)
    return FoundArticles(
        items=[
            FoundArticleView(
                article=ArticleView.model_validate(each.article),
                title=[Piece(text=text, found=mark) for text, mark in each.title],
                snippet=[Piece(text=text, found=mark) for text, mark in each.snippet],
            )
            for each in found
        ]
    )


@router.post("/articles", status_code=status.HTTP_201_CREATED, dependencies=[WRITE, Idempotent])
def create_article(body: ArticleIn, response: Response, session: Db, actor: Actor) -> ArticleView:
    """Write an article; it is a draft until it is published."""
    return _answer(response, service.create_article(session, actor, _text(body)))


@router.get("/articles/{article_id}", dependencies=[READ])
def read_article(article_id: str, response: Response, session: Db, actor: Actor) -> ArticleView:
    """Return an article."""
    return _answer(response, service.get_article(session, actor, article_id))


@router.put("/articles/{article_id}", dependencies=[WRITE])
def save_article(
    article_id: str,
    body: ArticleIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> ArticleView:
    """Save an article's next version; what is published is seen at once and needs `knowledge.publish`."""
    made = service.save_article(
        session, actor, article_id, _text(body), expected_version=expected_version
    )
    return _answer(response, made)


@router.put("/articles/{article_id}/state", dependencies=[PUBLISH])
def move_article(
    article_id: str,
    body: ArticleStateIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> ArticleView:
    """Publish an article, take it back to a draft, or put it away."""
    made = service.move_article(
        session, actor, article_id, service.State(body.state), expected_version=expected_version
    )
    return _answer(response, made)


@router.get("/articles/{article_id}/versions", dependencies=[WRITE])
def list_article_versions(article_id: str, session: Db, actor: Actor) -> VersionList:
    """Return what an article was each time it was saved, the newest first."""
    rows = service.list_versions(session, actor, article_id)
    return VersionList(items=[VersionView.model_validate(row) for row in rows])


@router.post("/articles/{article_id}/versions/{version}/restore", dependencies=[WRITE])
def restore_article_version(
    article_id: str,
    version: int,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> ArticleView:
    """Save an old version's text as a new version."""
    made = service.restore_version(
        session, actor, article_id, version, expected_version=expected_version
    )
    return _answer(response, made)


@router.post("/uses", status_code=status.HTTP_204_NO_CONTENT, dependencies=[READ])
def record_knowledge_use(body: UseIn, session: Db, actor: Actor) -> None:
    """Count that articles or past cases were shown, opened, or put into a reply."""
    service.record_use(session, actor, body.subject_ids, body.kind)


@router.put("/subjects/{subject_id}/helped", dependencies=[READ])
def answer_helped(subject_id: str, body: HelpedIn, session: Db, actor: Actor) -> UseView:
    """Say whether an article or a past case helped; the last answer counts."""
    return UseView.model_validate(
        service.answer_helped(session, actor, subject_id, helped=body.helped)
    )


@router.get("/tickets/{ticket_id}/suggestions", dependencies=[READ])
def suggest_for_ticket(
    ticket_id: str,
    session: Db,
    actor: Actor,
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> SuggestionsView:
    """Return past cases and articles like a ticket, and replies made of them; nothing is sent by itself."""
    return SuggestionsView.model_validate(service.suggest(session, actor, ticket_id, limit))


@router.post(
    "/tickets/{ticket_id}/article",
    status_code=status.HTTP_201_CREATED,
    dependencies=[WRITE, Idempotent],
)
def make_article_of_ticket(
    ticket_id: str, response: Response, session: Db, actor: Actor
) -> ArticleView:
    """Make a draft article of a ticket's resolution, its fields filled."""
    return _answer(response, service.article_from_ticket(session, actor, ticket_id))
