"""Organisations, people, roles, sites and the audit trail."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import make_schema

revision = "0002a"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("registry")
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        schema="registry",
    )
    op.create_index(
        "ix_audit_entries_object",
        "audit_entries",
        ["object_kind", "object_id", "id"],
        unique=False,
        schema="registry",
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("tier", sa.Text(), server_default="standard", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'manufacturer') = (parent_id IS NULL)", name=op.f("ck_organisations_parent")
        ),
        sa.CheckConstraint(
            "kind IN ('manufacturer', 'dealer', 'customer')", name=op.f("ck_organisations_kind")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["registry.organisations.id"], name=op.f("fk_organisations_parent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        schema="registry",
    )
    op.create_index(
        "ix_organisations_name_trgm",
        "organisations",
        ["name"],
        unique=False,
        schema="registry",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_organisations_parent_id",
        "organisations",
        ["parent_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_organisations_manufacturer",
        "organisations",
        ["kind"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("kind = 'manufacturer'"),
    )
    op.create_table(
        "product_models",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("equipment_class", sa.Text(), server_default="unspecified", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_models")),
        sa.UniqueConstraint("code", name=op.f("uq_product_models_code")),
        schema="registry",
    )
    op.create_table(
        "roles",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_roles")),
        schema="registry",
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_contacts_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        schema="registry",
    )
    op.create_index(
        "ix_contacts_organisation_id",
        "contacts",
        ["organisation_id"],
        unique=False,
        schema="registry",
    )
    op.create_index("ix_contacts_phone", "contacts", ["phone"], unique=False, schema="registry")
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_people_language")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_people_email_lower")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_people_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
        schema="registry",
    )
    op.create_index(
        "ix_people_organisation_id",
        "people",
        ["organisation_id"],
        unique=False,
        schema="registry",
    )
    op.create_table(
        "role_permissions",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role"], ["registry.roles.name"], name=op.f("fk_role_permissions_role")
        ),
        sa.PrimaryKeyConstraint("role", "permission", name=op.f("pk_role_permissions")),
        schema="registry",
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_sites_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        schema="registry",
    )
    op.create_index(
        "ix_sites_organisation_id", "sites", ["organisation_id"], unique=False, schema="registry"
    )
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_access_tokens_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_tokens_token_hash")),
        schema="registry",
    )
    op.create_index(
        "ix_access_tokens_person_id",
        "access_tokens",
        ["person_id"],
        unique=False,
        schema="registry",
    )


def downgrade() -> None:
    op.drop_index("ix_access_tokens_person_id", table_name="access_tokens", schema="registry")
    op.drop_table("access_tokens", schema="registry")
    op.drop_index("ix_sites_organisation_id", table_name="sites", schema="registry")
    op.drop_table("sites", schema="registry")
    op.drop_table("role_permissions", schema="registry")
    op.drop_index("ix_people_organisation_id", table_name="people", schema="registry")
    op.drop_table("people", schema="registry")
    op.drop_index("ix_contacts_phone", table_name="contacts", schema="registry")
    op.drop_index("ix_contacts_organisation_id", table_name="contacts", schema="registry")
    op.drop_table("contacts", schema="registry")
    op.drop_table("roles", schema="registry")
    op.drop_table("product_models", schema="registry")
    op.drop_index(
        "uq_organisations_manufacturer",
        table_name="organisations",
        schema="registry",
        postgresql_where=sa.text("kind = 'manufacturer'"),
    )
    op.drop_index("ix_organisations_parent_id", table_name="organisations", schema="registry")
    op.drop_index(
        "ix_organisations_name_trgm",
        table_name="organisations",
        schema="registry",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.drop_table("organisations", schema="registry")
    op.drop_index("ix_audit_entries_object", table_name="audit_entries", schema="registry")
    op.drop_table("audit_entries", schema="registry")
    op.execute("DROP SCHEMA IF EXISTS registry")
