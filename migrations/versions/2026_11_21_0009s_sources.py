"""Third-party sources, and who was seen that is none yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0009s"
down_revision = "0009r"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("created_at", _TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("released_at", _TIME, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('sparkplug', 'json')", name=op.f("ck_sources_kind")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["registry.gateways.id"], name=op.f("fk_sources_agent_id")
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_sources")),
        schema="ingest",
    )
    op.create_index(
        "uq_sources_address",
        "sources",
        ["kind", "address"],
        unique=True,
        schema="ingest",
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "seen_sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_seen_at", _TIME, nullable=False),
        sa.Column("last_seen_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seen_sources")),
        schema="ingest",
    )
    op.create_index(
        "uq_seen_sources_address",
        "seen_sources",
        ["kind", "address"],
        unique=True,
        schema="ingest",
    )
    grant("ingest", "sources", "SELECT, INSERT, UPDATE")
    # Who was seen is no record of anything: it is forgotten when it is adopted or silent for long.
    grant("ingest", "seen_sources", "SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.drop_index("uq_seen_sources_address", table_name="seen_sources", schema="ingest")
    op.drop_table("seen_sources", schema="ingest")
    op.drop_index("uq_sources_address", table_name="sources", schema="ingest")
    op.drop_table("sources", schema="ingest")
