"""Tables of the outbox and the inbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base

SCHEMA = "kernel"


class OutboxEvent(Base):
    """A fact written in the transaction that made it true, waiting for its handlers."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due", "next_attempt_at", "id", postgresql_where=text("completed_at IS NULL")
        ),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[str] = mapped_column(unique=True)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    completed_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class InboxEntry(Base):
    """That a handler has dealt with an event; written in the handler's own transaction."""

    __tablename__ = "inbox"
    __table_args__ = ({"schema": SCHEMA},)

    event_id: Mapped[str] = mapped_column(primary_key=True)
    handler: Mapped[str] = mapped_column(primary_key=True)
    handled_at: Mapped[datetime] = mapped_column(server_default=func.now())
