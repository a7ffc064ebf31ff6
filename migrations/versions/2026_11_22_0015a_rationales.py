"""What alarms of each failure mode mean, as somebody has written it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0015a"
down_revision = "0014r"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rationales",
        sa.Column("failure_mode", sa.Text(), nullable=False),
        sa.Column("equipment_class", sa.Text(), server_default="", nullable=False),
        sa.Column("consequence", postgresql.JSONB(), nullable=False),
        sa.Column("response", postgresql.JSONB(), nullable=False),
        sa.Column("respond_within_min", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("respond_within_min > 0", name=op.f("ck_rationales_respond_within_min")),
        sa.PrimaryKeyConstraint("failure_mode", "equipment_class", name=op.f("pk_rationales")),
        schema="anomaly",
    )
    grant("anomaly", "rationales", "SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.drop_table("rationales", schema="anomaly")
