"""Spans in which readings may be missing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0009b"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gaps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("series_ids", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("started_at <= ended_at", name=op.f("ck_gaps_span")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["registry.gateways.id"], name=op.f("fk_gaps_agent_id")
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_gaps_asset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
        schema="ingest",
    )
    op.create_index(
        "ix_gaps_asset_id_started_at",
        "gaps",
        ["asset_id", "started_at"],
        unique=False,
        schema="ingest",
    )
    grant("ingest", "gaps", "SELECT, INSERT")


def downgrade() -> None:
    op.drop_index("ix_gaps_asset_id_started_at", table_name="gaps", schema="ingest")
    op.drop_table("gaps", schema="ingest")
