"""The table of locations."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from warranty_parts.schema import SCHEMA


class Location(Base):
    """A place that holds parts. A supplier and a customer are the world outside: only they may go below zero.

    `asset_id` names the machine whose fitted parts an `asset` location holds, `person_id` whose `van` it is.
    """

    __tablename__ = "locations"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('supplier', 'warehouse', 'van', 'asset', 'customer', 'scrap')", name="kind"
        ),
        CheckConstraint("(kind = 'asset') = (asset_id IS NOT NULL)", name="asset"),
        CheckConstraint("person_id IS NULL OR kind = 'van'", name="person"),
        UniqueConstraint("id", "kind"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("registry.organisations.id"), index=True
    )
    asset_id: Mapped[str | None] = mapped_column(ForeignKey("registry.assets.id"), unique=True)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"), unique=True)
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form
