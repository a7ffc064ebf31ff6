"""Tables of notices: ways to people, what they want, words, what they are told, and how it was delivered."""

from datetime import datetime, time

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base

SCHEMA = "work_orders"


class NoticeChannel(Base):
    """A way to somebody. The address is sealed; `hint` is what may be shown of it.

    `standing` marks the one that the platform made of the person's own e-mail address or phone number.
    """

    __tablename__ = "notice_channels"
    __table_args__ = (
        CheckConstraint("kind IN ('email', 'sms', 'address')", name="kind"),
        Index(
            "uq_notice_channels_standing",
            "person_id",
            "kind",
            unique=True,
            postgresql_where=text("standing"),
        ),
        Index("ix_notice_channels_person_id", "person_id", "id"),
        Index("ix_notice_channels_topics", "topics", postgresql_using="gin"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("registry.people.id"))
    kind: Mapped[str]
    label: Mapped[str]
    hint: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    standing: Mapped[bool] = mapped_column(server_default=text("false"))
    removed_at: Mapped[datetime | None]
    # After a failure nothing is sent through it until then, so that what waits does not knock one by one.
    paused_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class NoticePreferences(Base):
    """When somebody wants to be told; who has no row has the defaults."""

    __tablename__ = "notice_preferences"
    __table_args__ = (
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet"),
        CheckConstraint("digest IN ('at_once', 'hourly', 'daily')", name="digest"),
        {"schema": SCHEMA},
    )

    person_id: Mapped[str] = mapped_column(ForeignKey("registry.people.id"), primary_key=True)
    time_zone: Mapped[str]
    quiet_from: Mapped[time | None]
    quiet_to: Mapped[time | None]
    digest: Mapped[str]
    daily_at: Mapped[time]
    updated_at: Mapped[datetime]


class NoticeTemplate(Base):
    """An installation's own words for a topic in a language; without a row the shipped ones are used."""

    __tablename__ = "notice_templates"
    __table_args__ = (
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        {"schema": SCHEMA},
    )

    topic: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    body: Mapped[str]
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class NoticeDelivery(Base):
    """One message handed to a provider; its id is the idempotency key, the same in every attempt.

    It carries one notice, or those that were held until the same moment. `claim` names the sender that has
    it; when `lease_until` is over, another may take it.
    """

    __tablename__ = "notice_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'dead', 'dropped')", name="state"),
        CheckConstraint("(state = 'sending') = (claim IS NOT NULL)", name="claim"),
        # What is held until one moment is one message.
        Index(
            "uq_notice_deliveries_bundle",
            "channel_id",
            "due_at",
            unique=True,
            postgresql_where=text("bundle AND state = 'waiting' AND attempts = 0"),
        ),
        Index(
            "ix_notice_deliveries_due",
            "channel_id",
            "due_at",
            "id",
            postgresql_where=text("state IN ('waiting', 'sending')"),
        ),
        Index("ix_notice_deliveries_state", "state", "id"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.notice_channels.id"))
    bundle: Mapped[bool]
    state: Mapped[str] = mapped_column(server_default="waiting")
    due_at: Mapped[datetime]
    # When it was to go out first; it is given up so long after that.
    first_due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    claim: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class Notice(Base):
    """That somebody is to be told something through a channel: once for each event and channel."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("event_id", "topic", "channel_id", name="uq_notices_event"),
        Index("ix_notices_delivery_id", "delivery_id", "id"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str]
    topic: Mapped[str]
    channel_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.notice_channels.id"))
    delivery_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.notice_deliveries.id"))
    object_id: Mapped[str | None]
    urgent: Mapped[bool]
    subject: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]


class NoticeAttempt(Base):
    """One attempt to hand a delivery over. The application can add and read, never change."""

    __tablename__ = "notice_attempts"
    __table_args__ = (
        CheckConstraint("outcome IN ('sent', 'failed', 'timeout', 'refused')", name="outcome"),
        Index("ix_notice_attempts_delivery_id", "delivery_id", "id"),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    delivery_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.notice_deliveries.id"))
    attempted_at: Mapped[datetime]
    duration_ms: Mapped[int]
    outcome: Mapped[str]
    detail: Mapped[str | None]
