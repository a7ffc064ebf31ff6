"""The table of fitted pieces."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from warranty_parts.schema import SCHEMA


class Fitting(Base):
    """One piece at one position of one machine, from `fitted_on` until it is taken out on `ended_on`.

    `serial_number` is what was fitted as far as known, `removed_serial` what was read when it came out.
    `family_key` is the part's family, or `number:…` for a part number the catalogue does not have.
    A `factory` fitting is inferred: the machine left the factory with something there.
    """

    __tablename__ = "fittings"
    __table_args__ = (
        CheckConstraint("ended_on >= fitted_on", name="order"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("origin IN ('factory', 'work_order', 'claim')", name="origin"),
        CheckConstraint("(origin = 'factory') = (replaces_id IS NULL)", name="replaces"),
        # Two pieces are never in one place on the same day, but for the day they are exchanged.
        ExcludeConstraint(
            ("asset_id", "="),
            ("position_key", "="),
            (text("daterange(fitted_on, ended_on, '[)')"), "&&"),
            using="gist",
            name="ex_fittings_position",
        ),
        Index("uq_fittings_open", "asset_id", "position_key", unique=True,
              postgresql_where=text("ended_on IS NULL")),
        # One piece is never in two places.
        Index("uq_fittings_serial", "family_key", "serial_key", unique=True,
              postgresql_where=text("ended_on IS NULL")),
        UniqueConstraint("work_order_id", "asset_id", "position_key", name="uq_fittings_work_order"),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"))
    position: Mapped[str]
    position_key: Mapped[str]
    part_number: Mapped[str | None]
    part_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.parts.id"), index=True)
    family_key: Mapped[str]
    serial_number: Mapped[str | None]
    serial_key: Mapped[str | None]
    removed_serial: Mapped[str | None]
    removed_serial_key: Mapped[str | None]
    quantity: Mapped[int] = mapped_column(Integer, server_default="1")
    fitted_on: Mapped[date]
    ended_on: Mapped[date | None]
    origin: Mapped[str]
    replaces_id: Mapped[str | None] = mapped_column(
        ForeignKey(f"{SCHEMA}.fittings.id"), unique=True
    )
    work_order_id: Mapped[str | None]
    movement_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.movements.id"))
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
