"""The log of operators' commands."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class Command(Base):
    """Something the models of a gateway are to do; where in the gateway's frames it was done.

    `epoch` and `next_seq` name the live lane that was scored last and its first frame not scored by then.
    """

    __tablename__ = "commands"
    __table_args__ = (
        CheckConstraint("kind IN ('new_normal', 'verdict')", name="kind"),
        Index("ix_commands_pending", "agent_id", "number",
              postgresql_where=text("applied_at IS NULL")),
        {"schema": SCHEMA},
    )  # fmt: skip

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    agent_id: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    alarm_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.alarms.id"), index=True)
    given_at: Mapped[datetime]
    given_by: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"), index=True)
    given_by_name: Mapped[str]
    applied_at: Mapped[datetime | None]
    epoch: Mapped[UUID | None]
    next_seq: Mapped[int | None] = mapped_column(BigInteger)
