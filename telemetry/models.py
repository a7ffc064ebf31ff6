"""Tables of `telemetry`.

`readings` is a hypertable or is partitioned by day, as the migration decided; it has no primary key, foreign
key or trigger, because each of them costs most of the speed and frames are de-duplicated before. Its
partitions and chunks are not models.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from telemetry.rules import DATA_TYPES, KINDS

SCHEMA = "telemetry"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Series(Base):
    """What one sensor of an asset measures: its name, engineering unit and range."""

    __tablename__ = "series"
    __table_args__ = (
        Index("uq_series_asset_id_name", "asset_id", "name", unique=True),
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint(_one_of("data_type", DATA_TYPES), name="data_type"),
        CheckConstraint("low < high", name="range"),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(Integer, Identity(always=True), primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"))
    name: Mapped[str]
    unit: Mapped[str] = mapped_column(server_default="")
    low: Mapped[float | None] = mapped_column(Double)
    high: Mapped[float | None] = mapped_column(Double)
    kind: Mapped[str] = mapped_column(server_default="other")
    data_type: Mapped[str] = mapped_column(server_default="number")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LatestReading(Base):
    """The newest reading of a series by source time; a row is rewritten with each commit of its series."""

    __tablename__ = "latest"
    __table_args__ = ({"schema": SCHEMA},)

    series_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ts: Mapped[datetime]
    value: Mapped[float] = mapped_column(Double)
    quality: Mapped[int]
    recorded_at: Mapped[datetime]


class RollupMark(Base):
    """Says of some series and a stretch of time that rollups by `step` are out of date.

    A commit of readings writes step 1m, which puts wider ones out of date as well; a refresh replaces it by
    one of the next step. The rollups themselves are continuous aggregates or tables, and no models.
    """

    __tablename__ = "rollup_marks"
    __table_args__ = (
        CheckConstraint(_one_of("step", ("1m", "1h", "1d")), name="step"),
        CheckConstraint("start_at < end_at", name="span"),
        Index("ix_rollup_marks_start_at", "start_at"),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    step: Mapped[str]
    series: Mapped[Any] = mapped_column(INT4MULTIRANGE)
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]


class Label(Base):
    """The text that a number of a state series stands for; a series gets them as it sends new texts."""

    __tablename__ = "labels"
    __table_args__ = (
        Index("uq_labels_series_id_label", "series_id", "label", unique=True),
        CheckConstraint("code < 0", name="code"),
        {"schema": SCHEMA},
    )

    series_id: Mapped[int] = mapped_column(
        ForeignKey(f"{SCHEMA}.series.id"), primary_key=True, autoincrement=False
    )
    code: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    label: Mapped[str]


class Storage(Base):
    """Which store this database was migrated for; one row, written by the migration."""

    __tablename__ = "storage"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("kind IN ('postgresql', 'timescaledb')", name="kind"),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default="1")
    kind: Mapped[str]
    version: Mapped[str]
    columnstore: Mapped[bool] = mapped_column(server_default=false())
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())


# `quality` holds the 32 bits of an OPC UA StatusCode as a signed integer: 0 is Good, negative is Bad. A Bad
# reading may have no number; its value is NaN then, which PostgreSQL sorts above every number and which
# spoils every sum: whoever aggregates leaves such readings out.
readings = Table(
    "readings",
    Base.metadata,
    Column("series_id", Integer, nullable=False),
    Column("ts", DateTime(timezone=True), nullable=False),
    Column("value", Double, nullable=False),
    Column("quality", Integer, nullable=False),
    Column("edge_ts", DateTime(timezone=True), nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Index("ix_readings_series_id_ts", "series_id", "ts"),
    schema=SCHEMA,
)
