"""Public verbs on articles: writing, publishing, versions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.errors import Forbidden, NotFound
from kernel.ids import new_id
from kernel.outbox import publish
from kernel.paging import PageRequest, Slice
from registry import audit
from registry.changes import require_version
from registry.permissions import Principal
from registry.product_models import service as product_models
from work_orders.events import ArticleChanged
from work_orders.knowledge import repository, rules
from work_orders.knowledge.models import Article, ArticleVersion
from work_orders.knowledge.repository import ArticleFilter, Reach
from work_orders.knowledge.rules import ArticleText, State
from work_orders.tickets.views import is_staff


@dataclass(frozen=True)
class Use:
    """How often something was shown, opened and put into a reply, and how many said it helped, or not."""

    shown: int = 0
    opened: int = 0
    inserted: int = 0
    helped: int = 0
    not_helped: int = 0
    mine: bool | None = None


@dataclass(frozen=True)
class ArticleFacts:
    """An article as it is now."""

    id: str
    state: str
    audience: str
    language: str
    title: str
    body: str
    failure_modes: list[str]
    tags: list[str]
    equipment_classes: list[str]
    model_ids: list[str]
    ticket_id: str | None
    created_at: datetime
    updated_at: datetime
    updated_by_name: str
    published_at: datetime | None
    version: int
    use: Use


@dataclass(frozen=True)
class VersionFacts:
    """An article as it was saved once."""

    version: int
    content: dict[str, Any]
    saved_at: datetime
    saved_by_name: str
    restored_from: int | None


def reach_of(actor: Principal) -> Reach:
    """Return which articles somebody may read: drafts need `knowledge.write`, internal ones are for staff."""
    staff = is_staff(actor)
    return Reach(drafts=staff and actor.may("knowledge.write"), internal=staff)


def uses_of(session: Session, actor: Principal, subject_ids: Sequence[str]) -> dict[str, Use]:
    """Return how often each subject was used, four queries for any number of them."""
    counts = repository.uses(session, subject_ids)
    votes = repository.votes(session, subject_ids)
    mine = (
        repository.own_votes(session, subject_ids, actor.person_id)
        if actor.person_id is not None
        else {}
    )
    found = {}
    for each in subject_ids:
        count = counts.get(each)
        yes, no = votes.get(each, (0, 0))
        found[each] = Use(
            count.shown if count else 0,
            count.opened if count else 0,
            count.inserted if count else 0,
            yes,
            no,
            mine.get(each),
        )
    return found


def facts_of(session: Session, actor: Principal, rows: Sequence[Article]) -> list[ArticleFacts]:
    """Return articles with how they were used; the counts are the manufacturer's own people's to see."""
    uses = uses_of(session, actor, [row.id for row in rows])
    staff = is_staff(actor)
    return [_facts(row, uses[row.id] if staff else Use(mine=uses[row.id].mine)) for row in rows]


def _facts(row: Article, use: Use) -> ArticleFacts:
    names = [name for name in ArticleFacts.__dataclass_fields__ if name != "use"]
    return ArticleFacts(**{name: getattr(row, name) for name in names}, use=use)


def list_articles(
    session: Session, actor: Principal, wanted: ArticleFilter, page: PageRequest
) -> Slice[ArticleFacts]:
    """Return the articles an actor may read, the newest first.

    Raises:
        Forbidden: the actor may not read articles.
    """
    actor.require("knowledge.read")
    rows = repository.articles(
        session, reach_of(actor), wanted, before_id=page.after_id(), limit=page.limit + 1
    )
    cut = Slice.cut(rows, page.limit, lambda row: (row.id,))
    return Slice(facts_of(session, actor, cut.items), cut.next_key)


def get_article(session: Session, actor: Principal, article_id: str) -> ArticleFacts:
    """Return an article.

    Raises:
        Forbidden: the actor may not read articles.
        NotFound: it is not there, or not for the actor to see.
    """
    actor.require("knowledge.read")
    return facts_of(session, actor, [found_for(session, actor, article_id)])[0]


def found_for(session: Session, actor: Principal, article_id: str) -> Article:
    """Return an article's row, if the actor may read it.

    Raises:
        NotFound: it is not there, or not for the actor to see.
    """
    row = repository.articles_by_id(session, [article_id], reach_of(actor)).get(article_id)
    if row is None:
        raise NotFound(f"no article {article_id}")
    return row


def _require_writer(actor: Principal) -> None:
    actor.require("knowledge.write")
    if not is_staff(actor):
        raise Forbidden("articles are written by the manufacturer's own people")


def create_article(
    session: Session, actor: Principal, text: ArticleText, *, ticket_id: str | None = None
) -> ArticleFacts:
    """Write a new article, as a draft.

    Raises:
        Forbidden, InvalidText, UnsafeLink.
        NotFound: there is no such product model.
    """
    _require_writer(actor)
    now = utc_now()
    checked = _checked(session, actor, text)
    row = Article(
        id=new_id("kb"),
        state=State.DRAFT,
        ticket_id=ticket_id,
        created_at=now,
        updated_at=now,
        updated_by_name=actor.name,
        **_columns(checked),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    _keep(session, actor, row, checked, verb="create", changes={"title": [None, row.title]})
    return get_article(session, actor, row.id)


def _checked(session: Session, actor: Principal, text: ArticleText) -> ArticleText:
    checked = rules.check_article(text)
    for model_id in checked.model_ids:
        product_models.get_model(session, actor, model_id)
    return checked


def _columns(text: ArticleText) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(text).items()
    }


def save_article(
    session: Session,
    actor: Principal,
    article_id: str,
    text: ArticleText,
    *,
    expected_version: int | None,
    restored_from: int | None = None,
) -> ArticleFacts:
    """Save an article's next version. What is published is seen at once, so that needs `knowledge.publish`.

    Raises:
        Forbidden, NotFound, StaleVersion, InvalidText, UnsafeLink.
        EmptyArticle: it is published and would be without text.
    """
    row = _locked(session, actor, article_id, expected_version)
    checked = _checked(session, actor, text)
    if row.state == State.PUBLISHED:
        actor.require("knowledge.publish")
        rules.require_publishable(checked.body)
    columns = _columns(checked)
    changed = {name: value for name, value in columns.items() if getattr(row, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(row, name, value)
        _touch(session, actor, row)
        # Texts are in the version; the audit trail says which fields.
        changes = {
            name: [None, "changed" if name == "body" else value] for name, value in changed.items()
        }
        _keep(
            session, actor, row, checked, verb="save", changes=changes, restored_from=restored_from
        )
    return get_article(session, actor, article_id)


def _locked(
    session: Session, actor: Principal, article_id: str, expected_version: int | None
) -> Article:
    _require_writer(actor)
    row = repository.article(session, article_id, lock=True)
    if row is None:
        raise NotFound(f"no article {article_id}")
    require_version(row, expected_version)
    return row


def _touch(session: Session, actor: Principal, row: Article) -> None:
    row.updated_at, row.updated_by_name = utc_now(), actor.name
    session.flush()


def _keep(
    session: Session,
    actor: Principal,
    row: Article,
    text: ArticleText,
    *,
    verb: str,
    changes: dict[str, Any],
    restored_from: int | None = None,
) -> None:
    session.add(
        ArticleVersion(
            article_id=row.id,
            version=row.version,
            content=_columns(text),
            saved_at=row.updated_at,
            saved_by_name=actor.name,
            restored_from=restored_from,
        )
    )
    session.flush()
    repository.put_terms(session, row)
    _note(session, actor, row, verb, changes)


def _note(
    session: Session, actor: Principal, row: Article, verb: str, changes: dict[str, Any]
) -> None:
    audit.record(session, actor, f"article.{verb}", "article", row.id, changes=changes)
    publish(session, ArticleChanged(article_id=row.id))


def move_article(
    session: Session,
    actor: Principal,
    article_id: str,
    state: State,
    *,
    expected_version: int | None,
) -> ArticleFacts:
    """Publish an article, take it back to a draft, or put it away. The same state again changes nothing.

    Raises:
        Forbidden: that needs `knowledge.publish`.
        NotFound, StaleVersion.
        EmptyArticle: it has no text to publish.
    """
    actor.require("knowledge.publish")
    row = _locked(session, actor, article_id, expected_version)
    if row.state != state:
        if state is State.PUBLISHED:
            rules.require_publishable(row.body)
        before, row.state = row.state, str(state)
        row.published_at = utc_now() if state is State.PUBLISHED else None
        _touch(session, actor, row)
        _note(session, actor, row, "move", {"state": [before, str(state)]})
    return get_article(session, actor, article_id)


def list_versions(session: Session, actor: Principal, article_id: str) -> list[VersionFacts]:
    """Return what an article was each time it was saved, the newest first.

    Raises:
        Forbidden: the actor may not write articles.
        NotFound.
    """
    _require_writer(actor)
    found_for(session, actor, article_id)
    return [_version_facts(each) for each in repository.versions(session, article_id)]


def _version_facts(row: ArticleVersion) -> VersionFacts:
    return VersionFacts(
        row.version, row.content, row.saved_at, row.saved_by_name, row.restored_from
    )


def restore_version(
    session: Session,
    actor: Principal,
    article_id: str,
    number: int,
    *,
    expected_version: int | None,
) -> ArticleFacts:
    """Save an old version's text as a new version.

    Raises:
        Forbidden, NotFound, StaleVersion, EmptyArticle.
    """
    _require_writer(actor)
    old = repository.version(session, article_id, number)
    if old is None:
        raise NotFound(f"article {article_id} has no version {number}")
    content: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in old.content.items()
    }
    return save_article(
        session,
        actor,
        article_id,
        ArticleText(**content),
        expected_version=expected_version,
        restored_from=number,
    )
