"""Every query on articles, their versions and use, and the vectors of likeness."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from work_orders.knowledge.models import (
    XACT_ID,
    Article,
    ArticleVersion,
    KnowledgeUse,
    KnowledgeVector,
    KnowledgeVote,
)
from work_orders.knowledge.rules import Audience, State
from work_orders.knowledge.words import indexed_text, query_pieces
from work_orders.models import Ticket
from work_orders.rules import Stage

_FETCH_ROWS = 2_000
_ENGLISH: ColumnElement[Any] = literal_column("'english'::regconfig")
_SIMPLE: ColumnElement[Any] = literal_column("'simple'::regconfig")


@dataclass(frozen=True)
class ArticleFilter:
    """Which articles are wanted; None means any."""

    state: str | None = None
    audience: str | None = None
    language: str | None = None
    failure_mode: str | None = None
    equipment_class: str | None = None
    tag: str | None = None
    model_id: str | None = None


@dataclass(frozen=True)
class Reach:
    """Which articles somebody may read: drafts, too; internal ones, too."""

    drafts: bool
    internal: bool


def article(session: Session, article_id: str, *, lock: bool = False) -> Article | None:
    return session.get(Article, article_id, with_for_update=lock or None, populate_existing=lock)


def _within(query: Select[Article], reach: Reach) -> Select[Article]:
    if not reach.drafts:
        query = query.where(Article.state == State.PUBLISHED)
    if not reach.internal:
        query = query.where(Article.audience == Audience.PUBLIC)
    return query


def _filtered(query: Select[Article], wanted: ArticleFilter) -> Select[Article]:
    for column, value in (
        (Article.state, wanted.state),
        (Article.audience, wanted.audience),
        (Article.language, wanted.language),
    ):
        if value is not None:
            query = query.where(column == value)
    for labels, value in (
        (Article.failure_modes, wanted.failure_mode),
        (Article.equipment_classes, wanted.equipment_class),
        (Article.tags, wanted.tag),
        (Article.model_ids, wanted.model_id),
    ):
        if value is not None:
            query = query.where(labels.contains([value]))
    return query


def articles(
    session: Session, reach: Reach, wanted: ArticleFilter, *, before_id: str | None, limit: int
) -> Sequence[Article]:
    query = _filtered(_within(select(Article), reach), wanted)
    if before_id is not None:
        query = query.where(Article.id < before_id)
    return session.scalars(query.order_by(Article.id.desc()).limit(limit)).all()


def articles_by_id(session: Session, ids: Collection[str], reach: Reach) -> dict[str, Article]:
    rows = session.scalars(_within(select(Article).where(Article.id.in_(ids)), reach))
    return {row.id: row for row in rows}


def article_of_ticket(session: Session, ticket_id: str) -> Article | None:
    return session.scalars(select(Article).where(Article.ticket_id == ticket_id)).one_or_none()


def search(
    session: Session, reach: Reach, wanted: ArticleFilter, words: str, limit: int
) -> Sequence[Article]:
    """Return articles that have every word, the best first: a word in the title weighs most."""
    whole, singles = query_pieces(words)
    asked: ColumnElement[Any] = func.plainto_tsquery(_ENGLISH, whole)
    for single in singles:
        asked = asked.op("&&")(func.to_tsquery(_SIMPLE, f"'{single}':*"))
    query = _filtered(_within(select(Article), reach), wanted).where(Article.terms.op("@@")(asked))
    rank = func.ts_rank_cd(Article.terms, asked, 1)
    return session.scalars(query.order_by(rank.desc(), Article.id.desc()).limit(limit)).all()


def put_terms(session: Session, row: Article) -> None:
    """Write what an article is found by; its version stays."""
    labels = " ".join([*row.failure_modes, *row.tags, *row.equipment_classes]).replace("_", " ")
    vector: ColumnElement[Any] = func.setweight(
        func.to_tsvector(_ENGLISH, indexed_text(row.title)), literal_column("'A'")
    )
    for words, weight in ((labels, "'B'"), (row.body, "'C'")):
        vector = vector.op("||")(
            func.setweight(func.to_tsvector(_ENGLISH, indexed_text(words)), literal_column(weight))
        )
    session.execute(
        update(Article)
        .where(Article.id == row.id)
        .values(terms=vector)
        .execution_options(synchronize_session=False)
    )


def versions(session: Session, article_id: str) -> Sequence[ArticleVersion]:
    query = select(ArticleVersion).where(ArticleVersion.article_id == article_id)
    return session.scalars(query.order_by(ArticleVersion.id.desc())).all()


def version(session: Session, article_id: str, number: int) -> ArticleVersion | None:
    return session.scalars(
        select(ArticleVersion).where(
            ArticleVersion.article_id == article_id, ArticleVersion.version == number
        )
    ).one_or_none()


def count_use(session: Session, subject_ids: Collection[str], kind: str) -> None:
    """Add one to a count of each subject; in the order of ids, so that nobody waits in a circle."""
    column = getattr(KnowledgeUse, kind)
    for subject_id in sorted(set(subject_ids)):
        statement = insert(KnowledgeUse).values(subject_id=subject_id, **{kind: 1})
        session.execute(
            statement.on_conflict_do_update(index_elements=["subject_id"], set_={kind: column + 1})
        )


def put_vote(session: Session, subject_id: str, person_id: str, *, helped: bool | None) -> None:
    """Write, change or, with None, take back somebody's answer."""
    if helped is None:
        session.execute(
            delete(KnowledgeVote).where(
                KnowledgeVote.subject_id == subject_id, KnowledgeVote.person_id == person_id
            )
        )
        return
    statement = insert(KnowledgeVote).values(
        subject_id=subject_id, person_id=person_id, helped=helped
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["subject_id", "person_id"],
            set_={"helped": helped, "voted_at": func.now()},
        )
    )


def uses(session: Session, subject_ids: Collection[str]) -> dict[str, KnowledgeUse]:
    rows = session.scalars(select(KnowledgeUse).where(KnowledgeUse.subject_id.in_(subject_ids)))
    return {row.subject_id: row for row in rows}


def votes(session: Session, subject_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return how many said yes, and how many no, of each subject that anybody answered for."""
    rows = session.execute(
        select(
            KnowledgeVote.subject_id,
            func.count().filter(KnowledgeVote.helped),
            func.count().filter(~KnowledgeVote.helped),
        )
        .where(KnowledgeVote.subject_id.in_(subject_ids))
        .group_by(KnowledgeVote.subject_id)
    )
    return {subject_id: (yes, no) for subject_id, yes, no in rows}


def own_votes(session: Session, subject_ids: Collection[str], person_id: str) -> dict[str, bool]:
    rows = session.scalars(
        select(KnowledgeVote).where(
            KnowledgeVote.subject_id.in_(subject_ids), KnowledgeVote.person_id == person_id
        )
    )
    return {row.subject_id: row.helped for row in rows}


def put_vector(session: Session, values: dict[str, object]) -> None:
    values = {**values, "changed_in": XACT_ID}
    session.execute(
        insert(KnowledgeVector)
        .values(**values)
        .on_conflict_do_update(index_elements=["subject_id"], set_=values)
    )


def retire_vector(session: Session, subject_id: str) -> None:
    session.execute(
        update(KnowledgeVector)
        .where(KnowledgeVector.subject_id == subject_id, KnowledgeVector.live)
        .values(live=False, changed_in=XACT_ID)
    )


def oldest_running_transaction(session: Session) -> int:
    return int(
        session.execute(
            text("SELECT (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")
        ).scalar_one()
    )


def vectors_changed_from(
    session: Session, transaction: int, encoder: str
) -> Iterator[Row[str, str, str | None, str, str, bool, bytes]]:
    query = select(
        KnowledgeVector.subject_id,
        KnowledgeVector.kind,
        KnowledgeVector.organisation_id,
        KnowledgeVector.equipment_class,
        KnowledgeVector.failure_mode,
        KnowledgeVector.live,
        KnowledgeVector.vector,
    ).where(KnowledgeVector.changed_in >= transaction, KnowledgeVector.encoder == encoder)
    yield from session.execute(query.execution_options(yield_per=_FETCH_ROWS))


def cases_without_vector(session: Session, encoder: str, limit: int) -> Sequence[Ticket]:
    """Return closed tickets that have no vector of this encoder, locked, the newest first."""
    return session.scalars(
        select(Ticket)
        .outerjoin(KnowledgeVector, KnowledgeVector.subject_id == Ticket.id)
        .where(
            Ticket.stage == Stage.CLOSED,
            or_(KnowledgeVector.subject_id.is_(None), KnowledgeVector.encoder != encoder),
        )
        .order_by(Ticket.id.desc())
        .limit(limit)
        .with_for_update(of=Ticket, key_share=True, skip_locked=True)
    ).all()
