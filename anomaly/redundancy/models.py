"""Which sensors measure the same, and how they stand."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class RedundantSensors(Base):
    """The groups of one machine, each with the fields of `anomaly.sources.RedundantGroup`."""

    __tablename__ = "redundant_sensors"
    __table_args__ = ({"schema": SCHEMA},)

    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"), primary_key=True)
    groups: Mapped[list[dict[str, Any]]]
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class SensorComparison(Base):
    """How one pair stands, for pages; written with each snapshot."""

    __tablename__ = "sensor_comparisons"
    __table_args__ = ({"schema": SCHEMA},)

    first: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    second: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    usual: Mapped[float]
    now: Mapped[float]
    limit: Mapped[float]
    warm: Mapped[bool]
    learnt_s: Mapped[float]
    updated_at: Mapped[datetime]
