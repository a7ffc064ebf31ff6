"""Tables of `anomaly`: what scoring remembers, and the alarms it raises."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base

SCHEMA = "anomaly"


class Shard(Base):
    """A part of the gateways. Its row is locked while it is scored; the generation names the memory."""

    __tablename__ = "shards"
    __table_args__ = ({"schema": SCHEMA},)

    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    generation: Mapped[int] = mapped_column(BigInteger, server_default="0")
    scored_at: Mapped[datetime | None]


class Cursor(Base):
    """How far a lane has been scored: every frame before `next_seq` has."""

    __tablename__ = "cursors"
    __table_args__ = (
        CheckConstraint("lane IN ('live', 'backlog')", name="lane"),
        CheckConstraint("next_seq >= 0", name="next_seq"),
        {"schema": SCHEMA},
    )

    agent_id: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[UUID] = mapped_column(primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    next_seq: Mapped[int] = mapped_column(BigInteger)


class Snapshot(Base):
    """A gateway's models as they were when each of its lanes had been scored up to `positions`."""

    __tablename__ = "snapshots"
    __table_args__ = ({"schema": SCHEMA},)

    agent_id: Mapped[str] = mapped_column(primary_key=True)
    detector: Mapped[str]
    positions: Mapped[list[dict[str, Any]]]
    models: Mapped[bytes]
    taken_at: Mapped[datetime]


class Baseline(Base):
    """What is expected of a series at present, for charts; written with each snapshot."""

    __tablename__ = "baselines"
    __table_args__ = ({"schema": SCHEMA},)

    series_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    detector: Mapped[str]
    learnt: Mapped[int] = mapped_column(BigInteger)
    low: Mapped[float | None]
    high: Mapped[float | None]
    updated_at: Mapped[datetime]


class Alarm(Base):
    """One incident of one device: opened by the first series that deviates, joined by the others."""

    __tablename__ = "alarms"
    __table_args__ = (
        CheckConstraint("category IN ('machine', 'sensor')", name="category"),
        CheckConstraint("severity IN ('critical', 'high', 'medium', 'low')", name="severity"),
        CheckConstraint(
            "state IN ('active_unacknowledged', 'active_acknowledged',"
            " 'returned_unacknowledged', 'normal')",
            name="state",
        ),
        CheckConstraint(
            "(state LIKE 'active%') = (returned_at IS NULL)", name="returned_when_not_active"
        ),
        CheckConstraint(
            "suppression IN ('out_of_service', 'maintenance', 'parent', 'flood', 'shelved')",
            name="suppression",
        ),
        CheckConstraint(
            "(suppression IS NULL) = (suppression_id IS NULL)", name="suppressed_by_something"
        ),
        CheckConstraint("verdict IN ('true', 'false', 'nuisance')", name="verdict"),
        CheckConstraint("heard BETWEEN 0 AND occurrences", name="heard"),
        # A replay of the same readings raises the same alarm, not another.
        Index(
            "uq_alarms_onset",
            "asset_id", "detector", "onset_epoch", "onset_lane", "onset_seq", "onset_index",
            unique=True,
        ),
        # One at a time: a device has one machine alarm, and a sensor fault must not hide it.
        Index(
            "uq_alarms_open",
            "asset_id", "category", "historical",
            unique=True,
            postgresql_where=text("returned_at IS NULL"),
        ),
        Index("ix_alarms_asset_id_id", "asset_id", "id"),
        Index("ix_alarms_organisation_id_id", "organisation_id", "id"),
        Index("ix_alarms_not_normal", "id", postgresql_where=text("state <> 'normal'")),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"))
    organisation_id: Mapped[str] = mapped_column(ForeignKey("registry.organisations.id"))
    # Where the machine stood when the alarm was raised.
    site_id: Mapped[str | None] = mapped_column(ForeignKey("registry.sites.id"), index=True)
    category: Mapped[str]
    severity: Mapped[str]
    failure_mode: Mapped[str]
    state: Mapped[str]
    historical: Mapped[bool]
    detector: Mapped[str]
    onset_epoch: Mapped[UUID]
    onset_lane: Mapped[str]
    onset_seq: Mapped[int] = mapped_column(BigInteger)
    onset_index: Mapped[int]
    onset_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(
        ForeignKey("registry.people.id"), index=True
    )
    acknowledged_by_name: Mapped[str | None]
    summary: Mapped[dict[str, Any]]
    cause: Mapped[dict[str, Any]]
    contributors: Mapped[list[dict[str, Any]]]
    score: Mapped[float]
    occurrences: Mapped[int] = mapped_column(server_default="1")
    # The last occurrence that people were told of, and whether they still have to take note of one.
    heard: Mapped[int] = mapped_column(server_default="0")
    owed: Mapped[bool] = mapped_column(server_default=text("false"))
    # Source time of what made it worse while nobody was told.
    unheard_at: Mapped[datetime | None]
    suppression: Mapped[str | None]
    suppression_id: Mapped[str | None]
    # What somebody found it to be; the latest word counts, the journal has them all.
    verdict: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class DeviationRow(Base):
    """One series' part in an alarm."""

    __tablename__ = "deviations"
    __table_args__ = (
        Index(
            "uq_deviations_onset",
            "series_id", "detector", "onset_epoch", "onset_lane", "onset_seq", "onset_index",
            unique=True,
        ),
        Index("ix_deviations_open", "agent_id", postgresql_where=text("ended_at IS NULL")),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    alarm_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.alarms.id"), index=True)
    series_id: Mapped[int]
    agent_id: Mapped[str]
    detector: Mapped[str]
    record: Mapped[str]
    onset_epoch: Mapped[UUID]
    onset_lane: Mapped[str]
    onset_seq: Mapped[int] = mapped_column(BigInteger)
    onset_index: Mapped[int]
    onset_at: Mapped[datetime]
    low: Mapped[float | None]
    high: Mapped[float | None]
    seen: Mapped[float | None]
    score: Mapped[float]
    since_s: Mapped[float]
    severity: Mapped[str | None]
    # In which mode the machine was when it began, `anomaly.device.load.MODES`; None where that is not known.
    mode: Mapped[str | None]
    # Which of the series' own records was broken, `anomaly.records.layout.CAUSES`; None where none was.
    feature: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
