"""Cause and priority of a rationale."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030a"
down_revision = "0026a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is written stays as it is: the shipped cause is shown with it, and the score gives the severity.
    op.add_column(
        "rationales", sa.Column("cause", postgresql.JSONB(), nullable=True), schema="anomaly"
    )
    op.add_column("rationales", sa.Column("priority", sa.Text(), nullable=True), schema="anomaly")
    op.create_check_constraint(
        op.f("ck_rationales_priority"), "rationales",
        sa.text("priority IN ('critical', 'high', 'medium', 'low')"), schema="anomaly",
    )  # fmt: skip


def downgrade() -> None:
    op.drop_column("rationales", "priority", schema="anomaly")
    op.drop_column("rationales", "cause", schema="anomaly")
