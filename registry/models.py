"""Tables of `registry`: organisations, people and their rights, sites, assets, audit.

Those of gateways are in `registry.gateway_models`.
"""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base
from registry.gateway_models import (
    EnrolmentToken,
    Gateway,
    GatewayBrowse,
    GatewayConfiguration,
    GatewayLink,
    TagMapping,
)

__all__ = [
    "AccessToken", "Asset", "Attachment", "AuditEntry", "Contact", "EnrolmentToken", "Gateway",
    "GatewayBrowse", "GatewayConfiguration", "GatewayLink", "Organisation", "PasswordLink", "Person",
    "PersonRole", "PersonSite", "ProductModel", "Role", "RolePermission", "Session", "Shift", "Site",
    "TagMapping",
]  # fmt: skip

SCHEMA = "registry"


class Organisation(Base):
    """The manufacturer, a dealer below it, or a customer below either."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("kind IN ('manufacturer', 'dealer', 'customer')", name="kind"),
        CheckConstraint("(kind = 'manufacturer') = (parent_id IS NULL)", name="parent"),
        # One manufacturer an installation: everybody else is below it.
        Index("uq_organisations_manufacturer", "kind", unique=True,
              postgresql_where=text("kind = 'manufacturer'")),
        Index("ix_organisations_name_trgm", "name", postgresql_using="gin",
              postgresql_ops={"name": "gin_trgm_ops"}),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(
        ForeignKey(f"{SCHEMA}.organisations.id"), index=True
    )
    tier: Mapped[str] = mapped_column(server_default="standard")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    archived_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form


class Contact(Base):
    """Somebody at an organisation who can be called but does not sign in."""

    __tablename__ = "contacts"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.organisations.id"), index=True
    )
    name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(index=True)
    email: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    archived_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Person(Base):
    """Somebody who signs in. `password_hash` is empty until an invitation is accepted."""

    __tablename__ = "people"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("language IN ('zh', 'en')", name="language"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.organisations.id"), index=True
    )
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="en")
    password_hash: Mapped[str | None]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Role(Base):
    """A named set of permissions."""

    __tablename__ = "roles"
    __table_args__ = ({"schema": SCHEMA},)

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class RolePermission(Base):
    """One permission of a role."""

    __tablename__ = "role_permissions"
    __table_args__ = ({"schema": SCHEMA},)

    role: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.roles.name"), primary_key=True)
    permission: Mapped[str] = mapped_column(primary_key=True)


class PersonRole(Base):
    """A role somebody has."""

    __tablename__ = "person_roles"
    __table_args__ = ({"schema": SCHEMA},)

    person_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"), primary_key=True)
    role: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.roles.name"), primary_key=True)


class Shift(Base):
    """When somebody works: a weekday (ISO, 1 = Monday) and local hours in a time zone."""

    __tablename__ = "shifts"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("starts_at < ends_at", name="order"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"), index=True)
    weekday: Mapped[int] = mapped_column(SmallInteger)
    starts_at: Mapped[time]
    ends_at: Mapped[time]
    time_zone: Mapped[str]


class Session(Base):
    """A signed-in browser; only a hash of its cookie is kept. `id` names it to its owner."""

    __tablename__ = "sessions"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_agent: Mapped[str | None]
    address: Mapped[str | None]


class AccessToken(Base):
    """A machine's way in; only a hash of it is kept."""

    __tablename__ = "access_tokens"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class PasswordLink(Base):
    """A one-time link to set a password: an invitation or a reset.

    Its token is derived from `id` under the master secret, so that a copy of the database opens nothing.
    """

    __tablename__ = "password_links"
    __table_args__ = (
        CheckConstraint("kind IN ('invitation', 'reset')", name="kind"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"), index=True)
    kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Site(Base):
    """A place where an organisation has machines."""

    __tablename__ = "sites"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.organisations.id"), index=True
    )
    name: Mapped[str]
    address: Mapped[str | None]
    time_zone: Mapped[str] = mapped_column(server_default="UTC")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    version: Mapped[int] = mapped_column(server_default="1")
    archived_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class PersonSite(Base):
    """A site somebody looks after."""

    __tablename__ = "person_sites"
    __table_args__ = ({"schema": SCHEMA},)

    person_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.sites.id"), primary_key=True, index=True
    )


class ProductModel(Base):
    """What the manufacturer makes: a model code, its name and its equipment class (ISO 14224)."""

    __tablename__ = "product_models"
    __table_args__ = ({"schema": SCHEMA},)

    id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    equipment_class: Mapped[str] = mapped_column(server_default="unspecified")
    version: Mapped[int] = mapped_column(server_default="1")
    archived_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Asset(Base):
    """One machine at a customer's; `serial_key` is its serial without case, spaces and dashes."""

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_serial_trgm", "serial_number", postgresql_using="gin",
              postgresql_ops={"serial_number": "gin_trgm_ops"}),
        Index("ix_assets_key_trgm", "serial_key", postgresql_using="gin",
              postgresql_ops={"serial_key": "gin_trgm_ops"}),
        Index("ix_assets_name_trgm", "name", postgresql_using="gin",
              postgresql_ops={"name": "gin_trgm_ops"}),
        {"schema": SCHEMA},
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True)
    serial_number: Mapped[str]
    serial_key: Mapped[str] = mapped_column(
        Computed("lower(regexp_replace(serial_number, '[\\s_./-]', '', 'g'))", persisted=True),
        unique=True,
    )
    name: Mapped[str]
    model_id: Mapped[str] = mapped_column(ForeignKey(f"{SCHEMA}.product_models.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.organisations.id"), index=True
    )
    site_id: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.sites.id"), index=True)
    location: Mapped[str | None]
    manufactured_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    commissioned_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    archived_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Attachment(Base):
    """A file that belongs to some object; its bytes are kept by content hash outside the database."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("ix_attachments_object", "object_kind", "object_id"),
        {"schema": SCHEMA},
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    object_kind: Mapped[str]
    object_id: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey(f"{SCHEMA}.organisations.id"), index=True
    )
    file_name: Mapped[str]
    content_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    uploaded_by: Mapped[str | None] = mapped_column(ForeignKey(f"{SCHEMA}.people.id"), index=True)
    # For the manufacturer's own people only.
    internal: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AuditEntry(Base):
    """Who did what to which object, when and why. The application can add and read, never change."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_object", "object_kind", "object_id", "id"),
        {"schema": SCHEMA},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor_id: Mapped[str | None]
    actor_name: Mapped[str]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[str]
    organisation_id: Mapped[str | None]
    changes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    reason: Mapped[str | None]
