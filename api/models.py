"""Tables of `api`."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base

SCHEMA = "api"


class IdempotencyKey(Base):
    """The answer to a create, kept so that a client that did not hear it can ask again.

    `principal` and `key` name the attempt, `fingerprint` is the SHA-256 of what was asked. The row is
    written in the transaction that did the work, so both exist or neither.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index("ix_idempotency_keys_recorded_at", "recorded_at"),
        {"schema": SCHEMA},
    )

    principal: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
