"""Tables of gateways: what they are, how they get in, what they are told and what they answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base

SCHEMA = "registry"


class Gateway(Base):
    """An edge agent at a site. Its keys are derived from the master secret and a key version.

    `key_version` is in force: the gateway has shown that it holds it. While the key is being changed
    `next_key_version` is offered to it; afterwards `former_key_version` is accepted until
    `former_key_until`, for what was signed with it and waits on the gateway's disk. `broker_key_version` is
    the newest whose login the broker knows. `configuration_version` is the one the gateway shall have.
    """

    __tablename__ = "gateways"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.organisations.id"), index=True
    )
    site_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.sites.id"), index=True)
    key_version: Mapped[int] = mapped_column(server_default="1")
    next_key_version: Mapped[int | None]
    former_key_version: Mapped[int | None]
    former_key_until: Mapped[datetime | None]
    key_grace_days: Mapped[int | None]
    broker_key_version: Mapped[int] = mapped_column(server_default="0")
    configuration_version: Mapped[int | None]
    enrolled_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class TagMapping(Base):
    """Which asset a gateway's tag belongs to, and under which series name."""

    __tablename__ = "tag_mappings"
    __table_args__ = ({"schema": SCHEMA},)

    gateway_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.gateways.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.assets.id"), index=True)
    series_name: Mapped[str]


class EnrolmentToken(Base):
    """A one-time token that turns a machine into a gateway; only its hash is kept.

    `claim_hash` is of a secret the machine made itself: with it the same machine, and no other, may
    ask again for an answer that was lost.
    """

    __tablename__ = "enrolment_tokens"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[str] = mapped_column(primary_key=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.gateways.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_from: Mapped[str | None]
    key_version: Mapped[int | None]
    claim_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    revoked_at: Mapped[datetime | None]


class GatewayConfiguration(Base):
    """A version of what a gateway is to read; never changed."""

    __tablename__ = "gateway_configurations"
    __table_args__ = (CheckConstraint("version > 0", name="version"), {"schema": SCHEMA})

    gateway_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.gateways.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(server_default="")
    author_id: Mapped[str | None]
    author_name: Mapped[str]
    created_at: Mapped[datetime]


class GatewayLink(Base):
    """What a gateway said of itself when it last checked in; written by its check-ins alone.

    `counter` only grows while one key signs (`key_version`), so that an old check-in cannot be played again;
    an older key signs none any more. `document` is the configuration
    it runs, where that is not one of ours. `attended_until`: till then it is asked to come often.
    """

    __tablename__ = "gateway_links"
    __table_args__ = (
        CheckConstraint(
            "configuration_state IN"
            " ('none', 'trying', 'applied', 'refused', 'rolled_back', 'drifted')",
            name="configuration_state",
        ),
        {"schema": SCHEMA},
    )

    gateway_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.gateways.id"), primary_key=True)
    counter: Mapped[int] = mapped_column(BigInteger, server_default="0")
    checked_in_at: Mapped[datetime | None]
    program_version: Mapped[str] = mapped_column(server_default="")
    key_version: Mapped[int | None]
    configuration_version: Mapped[int | None]
    configuration_state: Mapped[str] = mapped_column(server_default="none")
    configuration_detail: Mapped[str] = mapped_column(server_default="")
    configuration_since: Mapped[datetime | None]
    refused_version: Mapped[int | None]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    document: Mapped[dict[str, Any] | None]
    document_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    attended_until: Mapped[datetime | None]


class GatewayBrowse(Base):
    """A request to look what a server at the gateway's site offers, and what was found."""

    __tablename__ = "gateway_browses"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'failed', 'expired')", name="state"),
        Index("ix_gateway_browses_gateway_id_id", "gateway_id", "id"),
        # One question at a time: a gateway walks one address space after the other.
        Index("uq_gateway_browses_waiting", "gateway_id", unique=True,
              postgresql_where=text("state = 'waiting'")),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.gateways.id"))
    source: Mapped[str]
    url: Mapped[str]
    root: Mapped[str]
    security_policy: Mapped[str] = mapped_column(server_default="None")
    security_mode: Mapped[str] = mapped_column(server_default="SignAndEncrypt")
    state: Mapped[str] = mapped_column(server_default="waiting")
    code: Mapped[str] = mapped_column(server_default="")
    detail: Mapped[str] = mapped_column(server_default="")
    truncated: Mapped[bool] = mapped_column(server_default=text("false"))
    nodes: Mapped[list[Any]] = mapped_column(server_default="[]")
    requested_by: Mapped[str]
    requested_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
