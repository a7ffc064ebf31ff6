"""Tags that say the mode of a machine, and when modes began."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class ModeTag(Base):
    """What the values of a series mean, for one machine or for all of a product model.

    `modes` is value or text → mode; nothing in it means that no tag is asked.
    """

    __tablename__ = "mode_tags"
    __table_args__ = (
        CheckConstraint("applies_to IN ('asset', 'product_model')", name="applies_to"),
        {"schema": SCHEMA},
    )

    applies_to: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    series_name: Mapped[str]
    modes: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class AssetMode(Base):
    """A machine was in a mode from a moment on, until the next one began."""

    __tablename__ = "asset_modes"
    __table_args__ = ({"schema": SCHEMA},)

    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    mode: Mapped[str]
