"""Which occurrence of an alarm a clearance is about."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "alarm_clearances",
        sa.Column("occurrence", sa.Integer(), server_default="1", nullable=False),
        schema="work_orders",
    )


def downgrade() -> None:
    op.drop_column("alarm_clearances", "occurrence", schema="work_orders")
