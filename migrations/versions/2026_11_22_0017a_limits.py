"""Limits of series, and the severity that they give a deviation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0017a"
down_revision = "0016a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "series_limits",
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_series_limits_asset_id")
        ),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_series_limits")),
        schema="anomaly",
    )
    op.create_index(
        op.f("ix_series_limits_asset_id"), "series_limits", ["asset_id"], schema="anomaly"
    )
    grant("anomaly", "series_limits", "SELECT, INSERT, UPDATE")
    op.add_column("deviations", sa.Column("severity", sa.Text(), nullable=True), schema="anomaly")
    # Limits are facts about series; they need no command.
    op.drop_constraint(op.f("ck_commands_kind"), "commands", schema="anomaly")
    op.create_check_constraint(
        op.f("ck_commands_kind"), "commands", "kind = 'new_normal'", schema="anomaly"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_commands_kind"), "commands", schema="anomaly")
    op.create_check_constraint(
        op.f("ck_commands_kind"), "commands", "kind IN ('new_normal', 'limits')", schema="anomaly"
    )
    op.drop_column("deviations", "severity", schema="anomaly")
    op.drop_table("series_limits", schema="anomaly")
