"""Tables of third-party sources."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ingest.models import SCHEMA
from kernel.db import Base


class Source(Base):
    """A source that an operator adopted: a gateway whose frames the platform cuts itself.

    `address` is `group/node` of a Sparkplug edge node, or the topic filter of JSON devices. `epoch` is that
    of all its frames. A released source keeps its row, so that its readings keep their origin.
    """

    __tablename__ = "sources"
    __table_args__ = (
        CheckConstraint("kind IN ('sparkplug', 'json')", name="kind"),
        Index(
            "uq_sources_address",
            "kind",
            "address",
            unique=True,
            postgresql_where=text("released_at IS NULL"),
        ),
        {"schema": SCHEMA},
    )

    agent_id: Mapped[str] = mapped_column(ForeignKey("registry.gateways.id"), primary_key=True)
    kind: Mapped[str]
    address: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    epoch: Mapped[UUID] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    released_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class SeenSource(Base):
    """Who was heard of and is not adopted; a bounded number of them, with a few of the names they used."""

    __tablename__ = "seen_sources"
    __table_args__ = (
        Index("uq_seen_sources_address", "kind", "address", unique=True),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    address: Mapped[str]
    messages: Mapped[int] = mapped_column(BigInteger)
    names: Mapped[list[Any]]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
