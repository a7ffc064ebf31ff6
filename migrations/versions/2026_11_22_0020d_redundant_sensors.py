"""Sensors that measure the same, and how they stand against each other."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0020d"
down_revision = "0022m"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redundant_sensors",
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("groups", postgresql.JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_redundant_sensors_asset_id")
        ),
        sa.PrimaryKeyConstraint("asset_id", name=op.f("pk_redundant_sensors")),
        schema="anomaly",
    )
    grant("anomaly", "redundant_sensors", "SELECT, INSERT, UPDATE")
    op.create_table(
        "sensor_comparisons",
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("second", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("usual", sa.Double(), nullable=False),
        sa.Column("now", sa.Double(), nullable=False),
        sa.Column("limit", sa.Double(), nullable=False),
        sa.Column("warm", sa.Boolean(), nullable=False),
        sa.Column("learnt_s", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("first", "second", name=op.f("pk_sensor_comparisons")),
        schema="anomaly",
    )
    grant("anomaly", "sensor_comparisons", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_table("sensor_comparisons", schema="anomaly")
    op.drop_table("redundant_sensors", schema="anomaly")
