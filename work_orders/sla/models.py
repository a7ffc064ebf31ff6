"""Tables of promised times."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base

SCHEMA = "work_orders"


class SlaCalendar(Base):
    """A business calendar; `spec` is its windows and exceptions, see `calendars`."""

    __tablename__ = "sla_calendars"
    __table_args__ = (
        Index("uq_sla_calendars_name", "name", unique=True,
              postgresql_where=text("archived_at IS NULL")),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    zone: Mapped[str]
    country: Mapped[str | None]
    subdivision: Mapped[str | None]
    windows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    exceptions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class SlaPolicy(Base):
    """A set of promises. No two in force have one place: which comes first is never open."""

    __tablename__ = "sla_policies"
    __table_args__ = (
        Index("uq_sla_policies_position", "position", unique=True,
              postgresql_where=text("archived_at IS NULL")),
        CheckConstraint("position > 0", name="position"),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
    # See `policies.document`: match, targets, warnings, escalations, pausing reasons.
    terms: Mapped[dict[str, Any]]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class SlaSubject(Base):
    """A ticket or a claim whose time runs: what happened to it, and what it is matched by.

    Written under the ticket's lock. `stale` asks the sweep to work the deadlines out anew.
    """

    __tablename__ = "sla_subjects"
    __table_args__ = (
        Index("ix_sla_subjects_stale", "id", postgresql_where=text("stale")),
        Index("ix_sla_subjects_open", "id", postgresql_where=text("open")),
        {"schema": SCHEMA},
    )  # fmt: skip

    # Of the ticket or the claim.
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    number: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(ForeignKey("registry.organisations.id"))
    facts: Mapped[dict[str, Any]]
    history: Mapped[dict[str, Any]]
    policy_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.sla_policies.id"))
    open: Mapped[bool] = mapped_column(server_default=text("true"))
    stale: Mapped[bool] = mapped_column(server_default=text("false"))


class SlaDeadline(Base):
    """A point at which somebody is told, once: whoever takes the row sets `fired_at` and publishes."""

    __tablename__ = "sla_deadlines"
    __table_args__ = (
        Index("ix_sla_deadlines_due_at", "due_at",
              postgresql_where=text("fired_at IS NULL AND due_at IS NOT NULL")),
        CheckConstraint("step IN ('warn', 'breach', 'escalate')", name="step"),
        {"schema": SCHEMA},
    )  # fmt: skip

    subject_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.sla_subjects.id"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str]
    step: Mapped[str]
    share: Mapped[float] = mapped_column(Float)
    level: Mapped[int]
    # None while the clock is paused.
    due_at: Mapped[datetime | None]
    fired_at: Mapped[datetime | None]
    recipients: Mapped[dict[str, Any]]
    channels: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
