"""Limits of product models, which their machines inherit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0022o"
down_revision = "0020d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_limits",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("series_name", sa.Text(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["registry.product_models.id"], name=op.f("fk_model_limits_model_id")
        ),
        sa.PrimaryKeyConstraint("model_id", "series_name", name=op.f("pk_model_limits")),
        schema="anomaly",
    )
    grant("anomaly", "model_limits", "SELECT, INSERT, UPDATE")
    grant("anomaly", "series_limits", "DELETE")


def downgrade() -> None:
    op.drop_table("model_limits", schema="anomaly")
