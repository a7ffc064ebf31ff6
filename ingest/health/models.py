"""Tables of gateways' health."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ingest.models import SCHEMA
from kernel.db import Base


class GatewayAlarm(Base):
    """Something wrong with a gateway, from when it was noticed until it was right again."""

    __tablename__ = "gateway_alarms"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('clock_offset', 'frames_lost', 'series_budget', 'silent')", name="kind"
        ),
        CheckConstraint("cleared_at >= raised_at", name="span"),
        Index(
            "uq_gateway_alarms_open",
            "agent_id",
            "kind",
            unique=True,
            postgresql_where=text("cleared_at IS NULL"),
        ),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("registry.gateways.id"))
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
