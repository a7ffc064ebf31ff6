"""Tables of `anomaly.history`: backtests, the machines they are of, and the alarms there would have been."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base

_UNDER_WAY = "state IN ('queued', 'running')"


class Backtest(Base):
    """One backtest; `organisation_id` is that of whoever asked for it.

    `detector` is null where the settings' judges. `generation` counts who may work on it: a slice that began
    under another is dropped. After `leased_until` without a sign its worker is taken for lost.
    """

    __tablename__ = "backtests"
    __table_args__ = (
        CheckConstraint(
            "applies_to IN ('assets', 'equipment_class', 'product_model')", name="applies_to"
        ),
        CheckConstraint("(applies_to = 'assets') = (target = '')", name="target"),
        CheckConstraint(
            "state IN ('queued', 'running', 'finished', 'cancelled', 'failed')", name="state"
        ),
        CheckConstraint(f"({_UNDER_WAY}) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("begins_at < ends_at", name="span"),
        Index("ix_backtests_organisation_id_id", "organisation_id", "id"),
        Index("ix_backtests_under_way", "leased_until", postgresql_where=text(_UNDER_WAY)),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("registry.organisations.id"))
    applies_to: Mapped[str]
    target: Mapped[str]
    detector: Mapped[str | None]
    parameters: Mapped[dict[str, Any]]
    detector_version: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # Of its type there are so many more.
    assets_left_out: Mapped[int]
    state: Mapped[str]
    problem: Mapped[str | None]
    # How much was found; only the first of them are kept.
    alarms_found: Mapped[int] = mapped_column(server_default="0")
    worked_s: Mapped[float] = mapped_column(server_default="0")
    requested_at: Mapped[datetime]
    requested_by: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"), index=True)
    requested_by_name: Mapped[str]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(BigInteger, server_default="0")
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class BacktestAsset(Base):
    """One machine of a backtest, and how far it is; times are source times."""

    __tablename__ = "backtest_assets"
    __table_args__ = (
        Index("uq_backtest_assets_place", "backtest_id", "place", unique=True),
        {"schema": SCHEMA},
    )

    backtest_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.backtests.id", ondelete="CASCADE"), primary_key=True
    )
    asset_id: Mapped[str] = mapped_column(
        ForeignKey("registry.assets.id"), primary_key=True, index=True
    )
    place: Mapped[int]
    series: Mapped[int]
    # Every reading before this has been replayed.
    position_at: Mapped[datetime]
    readings: Mapped[int] = mapped_column(BigInteger, server_default="0")
    left_out: Mapped[int] = mapped_column(BigInteger, server_default="0")
    alarms: Mapped[int] = mapped_column(server_default="0")
    # The first and the last of its series that was warm; before the first nothing could be told.
    judged_from: Mapped[datetime | None]
    warm_at: Mapped[datetime | None]
    cold_series: Mapped[int] = mapped_column(server_default="0")
    # Time in which it was judged and readings came, and the part of it in alarm.
    judged_s: Mapped[float] = mapped_column(server_default="0")
    in_alarm_s: Mapped[float] = mapped_column(server_default="0")


class BacktestAlarm(Base):
    """An alarm there would have been. `returned_at` null: it lasted to the end of what was replayed."""

    __tablename__ = "backtest_alarms"
    __table_args__ = (
        CheckConstraint("category IN ('machine', 'sensor')", name="category"),
        CheckConstraint("severity IN ('critical', 'high', 'medium', 'low')", name="severity"),
        {"schema": SCHEMA},
    )

    backtest_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.backtests.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"), index=True)
    category: Mapped[str]
    severity: Mapped[str]
    failure_mode: Mapped[str]
    onset_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    occurrences: Mapped[int]
    score: Mapped[float]
    summary: Mapped[dict[str, Any]]
    cause: Mapped[dict[str, Any]]
    contributors: Mapped[list[dict[str, Any]]] = mapped_column(JSONB())


class BacktestCheckpoint(Base):
    """The models of the machine that a backtest is at; gone once it is over."""

    __tablename__ = "backtest_checkpoints"
    __table_args__ = ({"schema": SCHEMA},)

    backtest_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.backtests.id", ondelete="CASCADE"), primary_key=True
    )
    models: Mapped[bytes]
