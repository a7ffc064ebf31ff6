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
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from anomaly.models import SCHEMA
from kernel.db import Base


class Suppression(Base):
    """That alarms of a machine, of some of its series, or of a site are not told for a while.

    It is in force from `starts_at` until it was ended or `ends_at`, whatever comes first. A `flood` one holds
    back new minor alarms. A `parent` one is a rule, "while X stands, suppress Y": it counts only while the
    parent machine, or without one the same machine, has an active alarm of `parent_category`, in which
    `parent_series` deviates if that is given. Only such a rule may be a product model's: it then holds for
    each of its machines, and is no customer's.
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('out_of_service', 'maintenance', 'parent', 'flood', 'shelved')", name="kind"
        ),
        CheckConstraint("num_nonnulls(asset_id, site_id, product_model_id) = 1", name="one_place"),
        CheckConstraint(
            "(product_model_id IS NULL) = (organisation_id IS NOT NULL)", name="whose_it_is"
        ),
        CheckConstraint(
            "product_model_id IS NULL OR (kind = 'parent' AND parent_asset_id IS NULL)", name="model"
        ),
        CheckConstraint("category IN ('machine', 'sensor')", name="category"),
        CheckConstraint("ends_at > starts_at", name="span"),
        CheckConstraint(
            "kind NOT IN ('shelved', 'maintenance') OR ends_at IS NOT NULL", name="time_limited"
        ),
        CheckConstraint(
            "(kind = 'parent') = (num_nonnulls(parent_asset_id, parent_series) > 0)", name="parent"
        ),
        CheckConstraint("parent_category IN ('machine', 'sensor')", name="parent_category"),
        CheckConstraint("num_nonnulls(series_ids, series_names) < 2", name="series"),
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
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("registry.organisations.id"))
    asset_id: Mapped[str | None] = mapped_column(ForeignKey("registry.assets.id"))
    site_id: Mapped[str | None] = mapped_column(ForeignKey("registry.sites.id"))
    category: Mapped[str | None]
    product_model_id: Mapped[str | None] = mapped_column(
        ForeignKey("registry.product_models.id"), index=True
    )
    series_ids: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    # The same by name, for rules that hold for more than one machine.
    series_names: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    parent_asset_id: Mapped[str | None] = mapped_column(
        ForeignKey("registry.assets.id"), index=True
    )
    parent_series: Mapped[str | None]
    parent_category: Mapped[str | None]
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
