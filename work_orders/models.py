"""Tables of `work_orders`: one family of tickets with a common timeline, their alarms, links and parts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from work_orders.rules import Priority, Stage, TicketKind

SCHEMA = "work_orders"

# Numbers people read aloud: drawn without a lock, never twice; a rolled-back ticket leaves a gap.
WORK_ORDER_NUMBERS = Sequence("work_order_numbers", schema=SCHEMA, metadata=Base.metadata)
COMPLAINT_NUMBERS = Sequence("complaint_numbers", schema=SCHEMA, metadata=Base.metadata)

_OPEN = "closed_at IS NULL"


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Ticket(Base):
    """A complaint or an order.

    `fields` holds what belongs to the kind alone (see `tickets.fields`); what every ticket has, and what
    constraints stand on, is a column. `failure_mode` is never NULL, because NULLs defeat a unique index.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        CheckConstraint(_one_of("kind", [str(kind) for kind in TicketKind]), name="kind"),
        CheckConstraint(_one_of("stage", [str(stage) for stage in Stage]), name="stage"),
        CheckConstraint(_one_of("priority", [str(each) for each in Priority]), name="priority"),
        CheckConstraint("origin IN ('alarm', 'person')", name="origin"),
        CheckConstraint("failure_mode <> ''", name="failure_mode"),
        CheckConstraint("labour_minutes >= 0", name="labour_minutes"),
        CheckConstraint("kind = 'complaint' OR asset_id IS NOT NULL", name="order_has_asset"),
        CheckConstraint(
            "(stage IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name="ended"
        ),
        CheckConstraint("stage <> 'assigned' OR assignee_id IS NOT NULL", name="assigned"),
        # The promise: one open preventive order per asset and failure mode, whoever asks for it.
        Index("uq_tickets_open_preventive", "asset_id", "failure_mode", unique=True,
              postgresql_where=text(f"kind = 'preventive' AND {_OPEN}")),
        # The same for sensor faults; a maintenance plan may still open inspections of its own.
        Index("uq_tickets_open_sensor", "asset_id", "failure_mode", unique=True,
              postgresql_where=text(f"kind = 'inspection' AND origin = 'alarm' AND {_OPEN}")),
        Index("ix_tickets_created_at", "created_at", "id"),
        Index("ix_tickets_family", "family", "id"),
        Index("ix_tickets_organisation_id", "organisation_id", "family", "id"),
        Index("ix_tickets_asset_id", "asset_id", "id"),
        Index("ix_tickets_assignee_open", "assignee_id", "id", postgresql_where=text(_OPEN)),
        Index("ix_tickets_family_open", "family", "stage", "id", postgresql_where=text(_OPEN)),
        Index("ix_tickets_search_text_trgm", "search_text", postgresql_using="gin",
              postgresql_ops={"search_text": "gin_trgm_ops"}),
        Index("ix_tickets_search_terms", "search_terms", postgresql_using="gin"),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    family: Mapped[str] = mapped_column(
        Computed(
            "CASE WHEN kind = 'complaint' THEN 'complaint' ELSE 'work_order' END", persisted=True
        )
    )
    origin: Mapped[str] = mapped_column(server_default="person")
    organisation_id: Mapped[str] = mapped_column(ForeignKey("registry.organisations.id"))
    asset_id: Mapped[str | None] = mapped_column(ForeignKey("registry.assets.id"))
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    priority: Mapped[str]
    failure_mode: Mapped[str] = mapped_column(server_default="unspecified")
    stage: Mapped[str] = mapped_column(server_default="pending")
    stage_since: Mapped[datetime]
    hold_reason: Mapped[str | None]
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"))
    # Why it was given to the assignee, or why to nobody: a code and its facts.
    dispatch: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Why it exists, for an order made from an alarm: summaries in both languages, cause, contributors.
    reason: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    alarm_count: Mapped[int] = mapped_column(server_default="0")
    worst: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    fields: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    cause: Mapped[str | None]
    remedy: Mapped[str | None]
    findings: Mapped[str | None]
    labour_minutes: Mapped[int | None]
    performed_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("registry.people.id"))
    closed_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(
        Computed("number || ' ' || title || ' ' || description", persisted=True), deferred=True
    )
    # Pairs of Han characters: a word of two has no trigram.
    search_terms: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}", deferred=True)
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class TicketAlarm(Base):
    """An alarm behind an order; one that comes back after the order has ended gets a new order."""

    __tablename__ = "ticket_alarms"
    __table_args__ = ({"schema": SCHEMA},)

    alarm_id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.tickets.id"), primary_key=True, index=True
    )
    occurrence: Mapped[int]
    severity: Mapped[str]
    onset_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    cause: Mapped[dict[str, Any]]
    summary: Mapped[dict[str, Any]]


class AlarmClearance(Base):
    """That an alarm was cleared before its raising had been heard of: facts may come out of order.

    The row goes when that occurrence of the alarm comes.
    """

    __tablename__ = "alarm_clearances"
    __table_args__ = ({"schema": SCHEMA},)

    alarm_id: Mapped[str] = mapped_column(primary_key=True)
    cleared_at: Mapped[datetime]
    occurrence: Mapped[int] = mapped_column(server_default="1")


class TicketLink(Base):
    """That two tickets belong together; kept once, the lower id first."""

    __tablename__ = "ticket_links"
    __table_args__ = (
        CheckConstraint("ticket_id < other_id", name="order"),
        CheckConstraint("kind IN ('same_failure', 'related')", name="kind"),
        {"schema": SCHEMA},
    )

    ticket_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.tickets.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.tickets.id"), primary_key=True, index=True
    )
    kind: Mapped[str]
    by_rule: Mapped[bool]
    made_at: Mapped[datetime]


class TicketWatcher(Base):
    """Somebody who follows a ticket, because they said so or were mentioned."""

    __tablename__ = "ticket_watchers"
    __table_args__ = ({"schema": SCHEMA},)

    ticket_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.tickets.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        ForeignKey("registry.people.id"), primary_key=True, index=True
    )
    since: Mapped[datetime]


class TimelineEntry(Base):
    """What happened to a ticket. The application can add and read, never change."""

    __tablename__ = "timeline_entries"
    __table_args__ = (
        Index("ix_timeline_entries_ticket_id", "ticket_id", "id"),
        CheckConstraint(
            "kind IN ('created', 'comment', 'transition', 'assignment', 'edit', 'link', 'unlink', "
            "'alarm_update', 'part', 'attachment')",
            name="kind",
        ),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.tickets.id"))
    event_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    kind: Mapped[str]
    # For the manufacturer's own people only.
    internal: Mapped[bool] = mapped_column(server_default=text("false"))
    text: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class TicketPart(Base):
    """A part replaced while working on an order, and the parts ledger's fitting that records it."""

    __tablename__ = "ticket_parts"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        {"schema": SCHEMA},
    )

    ticket_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.tickets.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part_number: Mapped[str]
    position: Mapped[str]
    failed_serial: Mapped[str | None]
    replacement_serial: Mapped[str | None]
    quantity: Mapped[int]
    fitted_on: Mapped[date]
    fitting_id: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
