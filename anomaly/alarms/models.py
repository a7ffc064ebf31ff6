"""Tables about alarms: what keeps them from being told, and everything that happened to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class Suppression(Base):
    """That alarms of a machine, of some of its series, or of a site are not told for a while.

    It is in force from `starts_at` until it was ended or `ends_at`, whatever comes first. A `parent` one
    counts only while the parent machine has an active alarm, a `flood` one holds back new minor alarms.
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('out_of_service', 'maintenance', 'parent', 'flood', 'shelved')", name="kind"
        ),
        CheckConstraint("num_nonnulls(asset_id, site_id) = 1", name="one_place"),
        CheckConstraint("category IN ('machine', 'sensor')", name="category"),
        CheckConstraint("ends_at > starts_at", name="span"),
        CheckConstraint(
            "kind NOT IN ('shelved', 'maintenance') OR ends_at IS NOT NULL", name="time_limited"
        ),
        CheckConstraint("(kind = 'parent') = (parent_asset_id IS NOT NULL)", name="parent"),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_for_a_reason"),
        Index("ix_suppressions_asset_open", "asset_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_suppressions_site_open", "site_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_suppressions_organisation_id_id", "organisation_id", "id"),
        Index("uq_suppressions_flood", "site_id", unique=True,
              postgresql_where=text("kind = 'flood' AND ended_at IS NULL")),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(ForeignKey("registry.organisations.id"))
    asset_id: Mapped[str | None] = mapped_column(ForeignKey("registry.assets.id"))
    site_id: Mapped[str | None] = mapped_column(ForeignKey("registry.sites.id"))
    category: Mapped[str | None]
    series_ids: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    parent_asset_id: Mapped[str | None] = mapped_column(
        ForeignKey("registry.assets.id"), index=True
    )
    reason: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"))
    created_by_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    ended_by_name: Mapped[str | None]


class JournalEntry(Base):
    """Something that happened to an alarm. The application can add and read, never change.

    `event_at` is the platform's time; source times are in `data`.
    """

    __tablename__ = "alarm_journal"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('raised', 'told', 'worsened', 'returned', 'acknowledged', 'suppressed',"
            " 'unsuppressed', 'comment', 'feedback', 'new_normal')",
            name="kind",
        ),
        Index("ix_alarm_journal_alarm_id_id", "alarm_id", "id"),
        Index("ix_alarm_journal_kind_event_at", "kind", "event_at"),
        Index("ix_alarm_journal_site_raised", "site_id", "event_at",
              postgresql_where=text("kind = 'raised'")),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    alarm_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.alarms.id"))
    asset_id: Mapped[str]
    organisation_id: Mapped[str]
    site_id: Mapped[str | None]
    occurrence: Mapped[int]
    kind: Mapped[str]
    event_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_id: Mapped[str | None]
    actor_name: Mapped[str | None]
    text: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
