"""Modes of machines: the tags that say them, when they began, and in which one a deviation did."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0023d"
down_revision = "0022o"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mode_tags",
        sa.Column("applies_to", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("series_name", sa.Text(), nullable=False),
        sa.Column("modes", postgresql.JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "applies_to IN ('asset', 'product_model')", name=op.f("ck_mode_tags_applies_to")
        ),
        sa.PrimaryKeyConstraint("applies_to", "target", name=op.f("pk_mode_tags")),
        schema="anomaly",
    )
    grant("anomaly", "mode_tags", "SELECT, INSERT, UPDATE")
    op.create_table(
        "asset_modes",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_asset_modes_asset_id")
        ),
        sa.PrimaryKeyConstraint("asset_id", "since", name=op.f("pk_asset_modes")),
        schema="anomaly",
    )
    grant("anomaly", "asset_modes", "SELECT, INSERT")
    op.add_column("deviations", sa.Column("mode", sa.Text(), nullable=True), schema="anomaly")


def downgrade() -> None:
    op.drop_column("deviations", "mode", schema="anomaly")
    op.drop_table("asset_modes", schema="anomaly")
    op.drop_table("mode_tags", schema="anomaly")
