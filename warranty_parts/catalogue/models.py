"""Tables of the catalogue."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from warranty_parts.schema import SCHEMA


class PartFamily(Base):
    """What stays the same while part numbers supersede each other; policies and claims hold on to it."""

    __tablename__ = "part_families"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_zh: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Part(Base):
    """One part number. `number_key` joins its spellings, `look_key` what is easily misread for it."""

    __tablename__ = "parts"
    __table_args__ = (
        CheckConstraint(
            "(unit_price_minor IS NULL) = (currency IS NULL) AND unit_price_minor >= 0",
            name="price",
        ),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        Index("ix_parts_look_key", "look_key"),
        Index(
            "ix_parts_number_key_trgm",
            "number_key",
            postgresql_using="gin",
            postgresql_ops={"number_key": "gin_trgm_ops"},
        ),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    number_key: Mapped[str] = mapped_column(unique=True)
    look_key: Mapped[str]
    family_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.part_families.id"), index=True)
    name_en: Mapped[str]
    name_zh: Mapped[str]
    serialised: Mapped[bool] = mapped_column(server_default=text("false"))
    unit_price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form
