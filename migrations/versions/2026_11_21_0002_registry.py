"""Assets, gateways, files, sessions; the rights on all of `registry`, and its roles."""

import sqlalchemy as sa
from alembic import op

from migrations.grants import grant
from registry.permissions import ROLES

revision = "0002"
down_revision = "0002a"
branch_labels = None
depends_on = None


def fill_roles() -> None:
    """Give a new installation its roles; afterwards an administrator owns these rows."""
    roles = sa.table("roles", sa.column("name"), schema="registry")
    rights = sa.table(
        "role_permissions", sa.column("role"), sa.column("permission"), schema="registry"
    )
    op.bulk_insert(roles, [{"name": role} for role in ROLES])
    op.bulk_insert(
        rights,
        [
            {"role": role, "permission": permission}
            for role, permissions in ROLES.items()
            for permission in sorted(permissions)
        ],
    )


def upgrade() -> None:
    op.create_table(
        "assets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column(
            "serial_key",
            sa.Text(),
            sa.Computed(
                "lower(regexp_replace(serial_number, '[\\s_./-]', '', 'g'))", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("manufactured_on", sa.Date(), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("commissioned_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"], ["registry.product_models.id"], name=op.f("fk_assets_model_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_assets_organisation_id"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["registry.sites.id"], name=op.f("fk_assets_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
        sa.UniqueConstraint("serial_key", name=op.f("uq_assets_serial_key")),
        schema="registry",
    )
    op.create_index("ix_assets_model_id", "assets", ["model_id"], unique=False, schema="registry")
    op.create_index(
        "ix_assets_organisation_id",
        "assets",
        ["organisation_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_assets_serial_trgm",
        "assets",
        ["serial_number"],
        unique=False,
        schema="registry",
        postgresql_using="gin",
        postgresql_ops={"serial_number": "gin_trgm_ops"},
    )
    for name, column in (("ix_assets_key_trgm", "serial_key"), ("ix_assets_name_trgm", "name")):
        op.create_index(
            name,
            "assets",
            [column],
            unique=False,
            schema="registry",
            postgresql_using="gin",
            postgresql_ops={column: "gin_trgm_ops"},
        )
    op.create_index("ix_assets_site_id", "assets", ["site_id"], unique=False, schema="registry")
    op.create_table(
        "attachments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("object_kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_attachments_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["registry.people.id"], name=op.f("fk_attachments_uploaded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        schema="registry",
    )
    op.create_index(
        "ix_attachments_object",
        "attachments",
        ["object_kind", "object_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_attachments_organisation_id",
        "attachments",
        ["organisation_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_attachments_uploaded_by",
        "attachments",
        ["uploaded_by"],
        unique=False,
        schema="registry",
    )
    op.create_table(
        "gateways",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("key_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_gateways_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["registry.sites.id"], name=op.f("fk_gateways_site_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateways")),
        schema="registry",
    )
    op.create_index(
        "ix_gateways_organisation_id",
        "gateways",
        ["organisation_id"],
        unique=False,
        schema="registry",
    )
    op.create_index("ix_gateways_site_id", "gateways", ["site_id"], unique=False, schema="registry")
    op.create_table(
        "password_links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('invitation', 'reset')", name=op.f("ck_password_links_kind")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_password_links_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        schema="registry",
    )
    op.create_index(
        "ix_password_links_person_id",
        "password_links",
        ["person_id"],
        unique=False,
        schema="registry",
    )
    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_person_roles_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["role"], ["registry.roles.name"], name=op.f("fk_person_roles_role")
        ),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_roles")),
        schema="registry",
    )
    op.create_table(
        "person_sites",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_person_sites_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["registry.sites.id"], name=op.f("fk_person_sites_site_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "site_id", name=op.f("pk_person_sites")),
        schema="registry",
    )
    op.create_index(
        "ix_person_sites_site_id", "person_sites", ["site_id"], unique=False, schema="registry"
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_sessions_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
        schema="registry",
    )
    op.create_index(
        "ix_sessions_expires_at", "sessions", ["expires_at"], unique=False, schema="registry"
    )
    op.create_index(
        "ix_sessions_person_id", "sessions", ["person_id"], unique=False, schema="registry"
    )
    op.create_table(
        "shifts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_shifts_order")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 7", name=op.f("ck_shifts_weekday")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_shifts_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        schema="registry",
    )
    op.create_index("ix_shifts_person_id", "shifts", ["person_id"], unique=False, schema="registry")
    op.create_table(
        "tag_mappings",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("series_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_tag_mappings_asset_id")
        ),
        sa.ForeignKeyConstraint(
            ["gateway_id"], ["registry.gateways.id"], name=op.f("fk_tag_mappings_gateway_id")
        ),
        sa.PrimaryKeyConstraint("gateway_id", "tag", name=op.f("pk_tag_mappings")),
        schema="registry",
    )
    op.create_index(
        "ix_tag_mappings_asset_id", "tag_mappings", ["asset_id"], unique=False, schema="registry"
    )
    for table in (
        "organisations",
        "contacts",
        "people",
        "product_models",
        "sites",
        "assets",
        "gateways",
        "access_tokens",
        "password_links",
    ):
        grant("registry", table, "SELECT, INSERT, UPDATE")
    for table in (
        "roles",
        "role_permissions",
        "person_roles",
        "person_sites",
        "shifts",
        "sessions",
        "tag_mappings",
        "attachments",
    ):
        grant("registry", table, "SELECT, INSERT, UPDATE, DELETE")
    grant("registry", "audit_entries", "SELECT, INSERT")
    fill_roles()


def downgrade() -> None:
    op.drop_index("ix_tag_mappings_asset_id", table_name="tag_mappings", schema="registry")
    op.drop_table("tag_mappings", schema="registry")
    op.drop_index("ix_shifts_person_id", table_name="shifts", schema="registry")
    op.drop_table("shifts", schema="registry")
    op.drop_index("ix_sessions_expires_at", table_name="sessions", schema="registry")
    op.drop_index("ix_sessions_person_id", table_name="sessions", schema="registry")
    op.drop_table("sessions", schema="registry")
    op.drop_index("ix_person_sites_site_id", table_name="person_sites", schema="registry")
    op.drop_table("person_sites", schema="registry")
    op.drop_table("person_roles", schema="registry")
    op.drop_index("ix_password_links_person_id", table_name="password_links", schema="registry")
    op.drop_table("password_links", schema="registry")
    op.drop_index("ix_gateways_site_id", table_name="gateways", schema="registry")
    op.drop_index("ix_gateways_organisation_id", table_name="gateways", schema="registry")
    op.drop_table("gateways", schema="registry")
    op.drop_index("ix_attachments_uploaded_by", table_name="attachments", schema="registry")
    op.drop_index("ix_attachments_organisation_id", table_name="attachments", schema="registry")
    op.drop_index("ix_attachments_object", table_name="attachments", schema="registry")
    op.drop_table("attachments", schema="registry")
    op.drop_index("ix_assets_site_id", table_name="assets", schema="registry")
    op.drop_index("ix_assets_name_trgm", table_name="assets", schema="registry")
    op.drop_index("ix_assets_key_trgm", table_name="assets", schema="registry")
    op.drop_index(
        "ix_assets_serial_trgm",
        table_name="assets",
        schema="registry",
        postgresql_using="gin",
        postgresql_ops={"serial_number": "gin_trgm_ops"},
    )
    op.drop_index("ix_assets_organisation_id", table_name="assets", schema="registry")
    op.drop_index("ix_assets_model_id", table_name="assets", schema="registry")
    op.drop_table("assets", schema="registry")
