"""Gateways: enrolment, change of keys, configuration from the platform, browsing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0009r"
down_revision = "0009b"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
def _added() -> tuple[sa.Column, ...]:
    return (
        sa.Column("next_key_version", sa.Integer(), nullable=True),
        sa.Column("former_key_version", sa.Integer(), nullable=True),
        sa.Column("former_key_until", _TIME, nullable=True),
        sa.Column("key_grace_days", sa.Integer(), nullable=True),
        sa.Column("broker_key_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("configuration_version", sa.Integer(), nullable=True),
        sa.Column("enrolled_at", _TIME, nullable=True),
    )


def _of_gateway(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["gateway_id"],
        ["registry.gateways.id"],
        name=op.f(f"fk_{table}_gateway_id_gateways"),
    )


def upgrade() -> None:
    for column in _added():
        op.add_column("gateways", column, schema="registry")
    _make_enrolment_tokens()
    _make_configurations()
    _make_links()
    _make_browses()
    grant("registry", "enrolment_tokens", "SELECT, INSERT, UPDATE")
    grant("registry", "gateway_configurations", "SELECT, INSERT")
    grant("registry", "gateway_links", "SELECT, INSERT, UPDATE")
    grant("registry", "gateway_browses", "SELECT, INSERT, UPDATE, DELETE")


def _make_enrolment_tokens() -> None:
    op.create_table(
        "enrolment_tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("used_from", sa.Text(), nullable=True),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("claim_hash", sa.LargeBinary(), nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        _of_gateway("enrolment_tokens"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_enrolment_tokens_token_hash")),
        schema="registry",
    )
    op.create_index(
        op.f("ix_enrolment_tokens_gateway_id"),
        "enrolment_tokens",
        ["gateway_id"],
        schema="registry",
    )


def _make_configurations() -> None:
    op.create_table(
        "gateway_configurations",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("author_id", sa.Text(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_gateway_configurations_version")),
        _of_gateway("gateway_configurations"),
        sa.PrimaryKeyConstraint("gateway_id", "version", name=op.f("pk_gateway_configurations")),
        schema="registry",
    )


def _make_links() -> None:
    op.create_table(
        "gateway_links",
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("checked_in_at", _TIME, nullable=True),
        sa.Column("program_version", sa.Text(), server_default="", nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=True),
        sa.Column("configuration_version", sa.Integer(), nullable=True),
        sa.Column("configuration_state", sa.Text(), server_default="none", nullable=False),
        sa.Column("configuration_detail", sa.Text(), server_default="", nullable=False),
        sa.Column("configuration_since", _TIME, nullable=True),
        sa.Column("refused_version", sa.Integer(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("document", postgresql.JSONB(), nullable=True),
        sa.Column("document_digest", sa.LargeBinary(), nullable=True),
        sa.Column("attended_until", _TIME, nullable=True),
        sa.CheckConstraint(
            "configuration_state IN"
            " ('none', 'trying', 'applied', 'refused', 'rolled_back', 'drifted')",
            name=op.f("ck_gateway_links_configuration_state"),
        ),
        _of_gateway("gateway_links"),
        sa.PrimaryKeyConstraint("gateway_id", name=op.f("pk_gateway_links")),
        schema="registry",
    )


def _make_browses() -> None:
    op.create_table(
        "gateway_browses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("security_policy", sa.Text(), server_default="None", nullable=False),
        sa.Column("security_mode", sa.Text(), server_default="SignAndEncrypt", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("truncated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("nodes", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", _TIME, nullable=False),
        sa.Column("answered_at", _TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed', 'expired')",
            name=op.f("ck_gateway_browses_state"),
        ),
        _of_gateway("gateway_browses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_browses")),
        schema="registry",
    )
    op.create_index(
        "ix_gateway_browses_gateway_id_id",
        "gateway_browses",
        ["gateway_id", "id"],
        schema="registry",
    )
    op.create_index(
        "uq_gateway_browses_waiting",
        "gateway_browses",
        ["gateway_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    for table in (
        "gateway_browses",
        "gateway_links",
        "gateway_configurations",
        "enrolment_tokens",
    ):
        op.drop_table(table, schema="registry")
    for column in reversed(_added()):
        op.drop_column("gateways", column.name, schema="registry")
