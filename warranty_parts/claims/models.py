"""Tables of claims. The keys that make a duplicate impossible stand on the lines.

A line is live while it is submitted, needs information, is accepted or paid. Among live lines:

(a) one per unit, position, fitted piece and time of coverage;
(b) one per failed serial of a family;
(c) one claim per work order, and per alarm or complaint, for the same position and for the same part;
(d) one claim per invoice of an organisation.

The lines of one claim do not stand in each other's way under (c) and (d): two bearings of one repair are
two lines of one claim. The application may not change what a key is made of, only a line's state, and the
family of a part number that was unknown when it was claimed.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from warranty_parts.schema import SCHEMA

_STATES = "('draft', 'submitted', 'needs_information', 'accepted', 'refused', 'paid', 'reversed')"
_LIVE = "state IN ('submitted', 'needs_information', 'accepted', 'paid')"

# Python's None is no value at all, not JSON's null.
_JSON = JSONB(none_as_null=True)


class Claim(Base):
    """One claim: a failure of a machine, its repair, and what came of it."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint(f"state IN {_STATES}", name="state"),
        CheckConstraint("meter >= 0", name="meter"),
        CheckConstraint("repaired_on >= failure_on", name="repair"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        Index("ix_claims_asset_id_id", "asset_id", "id"),
        Index("ix_claims_organisation_id_id", "organisation_id", "id"),
        Index("ix_claims_state_id", "state", "id"),
        Index("ix_claims_work_order_id", "work_order_id"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    state: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(ForeignKey("registry.organisations.id"))
    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"))
    serial_number: Mapped[str]
    failure_on: Mapped[date]
    repaired_on: Mapped[date | None]
    meter: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    work_order_id: Mapped[str | None]
    alarm_id: Mapped[str | None]
    complaint_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    invoice_number: Mapped[str | None]
    customer_paid: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    claimant_id: Mapped[str | None]
    claimant_name: Mapped[str]
    claimant_organisation_id: Mapped[str | None]
    refusal: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    decision_reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    reversed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class ClaimLine(Base):
    """One failed part of a claim. `cover` is the time of the coverage it draws on."""

    __tablename__ = "claim_lines"
    __table_args__ = (
        CheckConstraint(f"state IN {_STATES}", name="state"),
        CheckConstraint("quantity > 0 AND labour_minutes >= 0", name="amounts"),
        CheckConstraint("NOT isempty(cover)", name="cover"),
        CheckConstraint(
            f"NOT ({_LIVE}) OR (fitting_id IS NOT NULL AND cover IS NOT NULL)", name="key"
        ),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        UniqueConstraint("claim_id", "number"),
        UniqueConstraint("claim_id", "position_key"),
        # What the events below hold on to; they follow when a line's state changes.
        UniqueConstraint(
            "id", "claim_id", "position_key", "family_key", "live", name="uq_claim_lines_events"
        ),
        ExcludeConstraint(
            ("asset_id", "="), ("position_key", "="), ("fitting_id", "="), ("cover", "&&"),
            where=text("live"), using="gist", name="ex_claim_lines_a_fitting",
        ),
        Index("uq_claim_lines_b_serial", "family_key", "failed_serial_key", unique=True,
              postgresql_where=text("live")),
        Index("uq_claim_lines_c_position", "work_order_id", "position_key", unique=True,
              postgresql_where=text("live")),
        ExcludeConstraint(
            ("work_order_id", "="), ("family_key", "="), ("claim_id", "<>"),
            where=text("live"), using="gist", name="ex_claim_lines_c_part",
        ),
        ExcludeConstraint(
            ("organisation_id", "="), ("invoice_key", "="), ("claim_id", "<>"),
            where=text("live"), using="gist", name="ex_claim_lines_d_invoice",
        ),
        Index("ix_claim_lines_look_key", "family_key", "failed_serial_look",
              postgresql_where=text("live")),
        Index("ix_claim_lines_failed_serial_key", "failed_serial_key"),
        Index("ix_claim_lines_replacement_serial_key", "replacement_serial_key"),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.claims.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[str]
    live: Mapped[bool] = mapped_column(Boolean, Computed(_LIVE, persisted=True))
    organisation_id: Mapped[str]
    asset_id: Mapped[str] = mapped_column(ForeignKey("registry.assets.id"))
    position: Mapped[str]
    position_key: Mapped[str]
    part_number: Mapped[str]
    part_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.parts.id"), index=True)
    family_key: Mapped[str]
    fitting_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.fittings.id"))
    failed_serial: Mapped[str | None]
    failed_serial_key: Mapped[str | None]
    failed_serial_look: Mapped[str | None]
    replacement_serial: Mapped[str | None]
    replacement_serial_key: Mapped[str | None]
    work_order_id: Mapped[str | None]
    invoice_key: Mapped[str | None]
    quantity: Mapped[int] = mapped_column(Integer)
    labour_minutes: Mapped[int] = mapped_column(Integer)
    cover: Mapped[Range[date] | None] = mapped_column(DATERANGE)
    coverage: Mapped[dict[str, Any] | None] = mapped_column(_JSON)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(server_default="[]")
    prior_claim_id: Mapped[str | None] = mapped_column(
        ForeignKey(f"{SCHEMA}.claims.id"), index=True
    )
    refusal: Mapped[dict[str, Any] | None] = mapped_column(_JSON)


class ClaimLineEvent(Base):
    """An alarm or complaint a line answers for, with what of the line makes it a key."""

    __tablename__ = "claim_line_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["line_id", "claim_id", "position_key", "family_key", "live"],
            [f"{SCHEMA}.claim_lines.{name}" for name in
             ("id", "claim_id", "position_key", "family_key", "live")],
            name="fk_claim_line_events_line", onupdate="CASCADE",
        ),
        ExcludeConstraint(
            ("event_id", "="), ("position_key", "="), ("claim_id", "<>"),
            where=text("live"), using="gist", name="ex_claim_line_events_c_position",
        ),
        ExcludeConstraint(
            ("event_id", "="), ("family_key", "="), ("claim_id", "<>"),
            where=text("live"), using="gist", name="ex_claim_line_events_c_part",
        ),
        {"schema": SCHEMA},
    )  # fmt: skip

    line_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    claim_id: Mapped[str]
    position_key: Mapped[str]
    family_key: Mapped[str]
    live: Mapped[bool]
