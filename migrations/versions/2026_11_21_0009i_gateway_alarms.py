"""Gateways' own alarms, their clocks, their schemas' sizes; functions that remove old days."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant
from migrations.partitions import drop_removal_function, make_removal_function

revision = "0009i"
down_revision = "0009s"
branch_labels = None
depends_on = None

# Scoring may need frames of yesterday; nobody has a reason to keep readings for less than a month.
FRAMES_DAYS_MIN = 1
READINGS_DAYS_MIN = 30


def upgrade() -> None:
    op.create_table(
        "gateway_alarms",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('clock_offset', 'frames_lost', 'series_budget')",
            name=op.f("ck_gateway_alarms_kind"),
        ),
        sa.CheckConstraint("cleared_at >= raised_at", name=op.f("ck_gateway_alarms_span")),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["registry.gateways.id"], name=op.f("fk_gateway_alarms_agent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_alarms")),
        schema="ingest",
    )
    op.create_index(
        "uq_gateway_alarms_open",
        "gateway_alarms",
        ["agent_id", "kind"],
        unique=True,
        schema="ingest",
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    grant("ingest", "gateway_alarms", "SELECT, INSERT, UPDATE")
    op.add_column(
        "agents",
        sa.Column("clock_offsets", postgresql.JSONB(), server_default="[]", nullable=False),
        schema="ingest",
    )
    op.add_column("schemas", sa.Column("tags_count", sa.Integer(), nullable=True), schema="ingest")
    op.execute("UPDATE ingest.schemas SET tags_count = jsonb_array_length(tags)")
    op.alter_column("schemas", "tags_count", nullable=False, schema="ingest")
    op.add_column(
        "schemas",
        sa.Column(
            "first_announced_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        schema="ingest",
    )
    op.execute("UPDATE ingest.schemas SET first_announced_at = announced_at")
    make_removal_function("ingest", "frames", FRAMES_DAYS_MIN)
    if _plain_postgresql():
        make_removal_function("telemetry", "readings", READINGS_DAYS_MIN)


def _plain_postgresql() -> bool:
    kind = op.get_bind().execute(sa.text("SELECT kind FROM telemetry.storage")).scalar_one()
    return bool(kind == "postgresql")


def downgrade() -> None:
    drop_removal_function("telemetry", "readings")
    drop_removal_function("ingest", "frames")
    op.drop_column("schemas", "first_announced_at", schema="ingest")
    op.drop_column("schemas", "tags_count", schema="ingest")
    op.drop_column("agents", "clock_offsets", schema="ingest")
    op.drop_index(
        "uq_gateway_alarms_open",
        table_name="gateway_alarms",
        schema="ingest",
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.drop_table("gateway_alarms", schema="ingest")
