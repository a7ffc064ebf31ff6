"""Rationales that somebody has written; where there is none, the shipped one holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class RationaleRow(Base):
    """What an alarm of a failure mode means on a class of equipment; '' stands for every class."""

    __tablename__ = "rationales"
    __table_args__ = (
        CheckConstraint("respond_within_min > 0", name="respond_within_min"),
        CheckConstraint("priority IN ('critical', 'high', 'medium', 'low')", name="priority"),
        {"schema": SCHEMA},
    )

    failure_mode: Mapped[str] = mapped_column(primary_key=True)
    equipment_class: Mapped[str] = mapped_column(primary_key=True, server_default="")
    # None in those written before it was asked for: the shipped one's is shown.
    cause: Mapped[dict[str, Any] | None]
    consequence: Mapped[dict[str, Any]]
    response: Mapped[dict[str, Any]]
    respond_within_min: Mapped[int]
    # The severity that its alarms take; None: by how far it lies out.
    priority: Mapped[str | None]
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form
