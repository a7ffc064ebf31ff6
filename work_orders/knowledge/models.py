"""Tables of knowledge: articles, their versions and use, and vectors of what can be like a ticket."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from work_orders.knowledge.rules import Audience, State

SCHEMA = "work_orders"
XACT_ID = text("(pg_current_xact_id()::text)::bigint")


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Article(Base):
    """What is known about a failure or a machine, in Markdown; each save is one of its versions."""

    __tablename__ = "knowledge_articles"
    __table_args__ = (
        CheckConstraint(_one_of("state", [str(each) for each in State]), name="state"),
        CheckConstraint(_one_of("audience", [str(each) for each in Audience]), name="audience"),
        CheckConstraint("language IN ('en', 'zh')", name="language"),
        CheckConstraint("state <> 'published' OR btrim(body) <> ''", name="published_has_text"),
        Index("ix_knowledge_articles_terms", "terms", postgresql_using="gin"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="draft")
    audience: Mapped[str] = mapped_column(server_default="internal")
    language: Mapped[str]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(server_default="")
    failure_modes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    equipment_classes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    model_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # The ticket whose resolution it was made of; one article for one ticket.
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.tickets.id"), unique=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    published_at: Mapped[datetime | None]
    # English stems and pairs of Han characters; made by `repository.put_terms`.
    terms: Mapped[str | None] = mapped_column(TSVECTOR, deferred=True)
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class ArticleVersion(Base):
    """An article as it was saved. The application can add and read, never change."""

    __tablename__ = "knowledge_versions"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    article_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.knowledge_articles.id"), index=True
    )
    # The article's version when it was saved.
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by_name: Mapped[str]
    restored_from: Mapped[int | None]


class KnowledgeUse(Base):
    """How often an article, or a past case, was shown, opened and put into a reply."""

    __tablename__ = "knowledge_uses"
    __table_args__ = ({"schema": SCHEMA},)

    subject_id: Mapped[str] = mapped_column(primary_key=True)
    shown: Mapped[int] = mapped_column(server_default="0")
    opened: Mapped[int] = mapped_column(server_default="0")
    inserted: Mapped[int] = mapped_column(server_default="0")


class KnowledgeVote(Base):
    """Whether it helped somebody; one answer each, the last one counts."""

    __tablename__ = "knowledge_votes"
    __table_args__ = ({"schema": SCHEMA},)

    subject_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("registry.people.id"), primary_key=True)
    helped: Mapped[bool]
    voted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class KnowledgeVector(Base):
    """What an article or an ended ticket is about, as 512 whole numbers of one byte each.

    `changed_in` is the transaction that wrote the row: processes that hold vectors in memory read what
    has changed since the oldest transaction that was running when they read last.
    """

    __tablename__ = "knowledge_vectors"
    __table_args__ = (
        CheckConstraint("kind IN ('case', 'article')", name="kind"),
        Index("ix_knowledge_vectors_changed_in", "changed_in"),
        {"schema": SCHEMA},
    )

    subject_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("registry.organisations.id"))
    equipment_class: Mapped[str] = mapped_column(server_default="unspecified")
    failure_mode: Mapped[str] = mapped_column(server_default="unspecified")
    # False: a case that was opened again, an article that is no longer published.
    live: Mapped[bool]
    encoder: Mapped[str]
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=XACT_ID)
