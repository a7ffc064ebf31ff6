"""Tables of policies and registrations."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Numeric, func
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from warranty_parts.schema import SCHEMA


class Policy(Base):
    """Terms for warranties that start from `effective_from` until `effective_to`.

    Without `family_id` they are the whole machine's, with it those of a kind of part; without `model_id`
    they are any model's. Terms are never rewritten: newer ones take effect from their own date on.
    """

    __tablename__ = "policies"
    __table_args__ = (
        CheckConstraint(
            "start_event IN ('invoice', 'delivery', 'installation', 'commissioning')",
            name="start_event",
        ),
        CheckConstraint("months BETWEEN 0 AND 600", name="months"),
        CheckConstraint("meter_limit > 0", name="meter_limit"),
        CheckConstraint("replacement_days_min BETWEEN 0 AND 3660", name="replacement_days_min"),
        CheckConstraint("effective_to >= effective_from", name="effective"),
        # The database refuses duplicates whatever a policy says; only a person may ever override one.
        CheckConstraint("checks->>'duplicate' = 'error'", name="duplicate"),
        Index("ix_policies_family_id_model_id", "family_id", "model_id"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_zh: Mapped[str]
    model_id: Mapped[str | None] = mapped_column(
        ForeignKey("registry.product_models.id"), index=True
    )
    family_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.part_families.id"))
    start_event: Mapped[str]
    months: Mapped[int] = mapped_column(Integer)
    meter_limit: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    meter_unit: Mapped[str] = mapped_column(server_default="h")
    replacement_days_min: Mapped[int] = mapped_column(Integer, server_default="0")
    checks: Mapped[dict[str, Any]]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class Registration(Base):
    """That a machine was registered for warranty, and the start dates `registry` does not keep."""

    __tablename__ = "registrations"
    __table_args__ = ({"schema": SCHEMA},)

    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"), primary_key=True)
    invoiced_on: Mapped[date | None]
    installed_on: Mapped[date | None]
    registered_by: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    registered_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
