"""The limits that people have set."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class SeriesLimits(Base):
    """The limits of one series, each with the fields of `anomaly.sources.Limit`; an empty list counts too."""

    __tablename__ = "series_limits"
    __table_args__ = ({"schema": SCHEMA},)

    series_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"), index=True)
    limits: Mapped[list[dict[str, Any]]]
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class ModelLimits(Base):
    """The limits of a series by its name, for all machines of a product model that have none of their own."""

    __tablename__ = "model_limits"
    __table_args__ = ({"schema": SCHEMA},)

    model_id: Mapped[str] = mapped_column(
        ForeignKey("registry.product_models.id"), primary_key=True
    )
    series_name: Mapped[str] = mapped_column(primary_key=True)
    limits: Mapped[list[dict[str, Any]]]
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form
