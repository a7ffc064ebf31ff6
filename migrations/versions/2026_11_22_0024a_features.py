"""Which of a series' own records a deviation began by."""

import sqlalchemy as sa
from alembic import op

revision = "0024a"
down_revision = "0023d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deviations", sa.Column("feature", sa.Text(), nullable=True), schema="anomaly")


def downgrade() -> None:
    op.drop_column("deviations", "feature", schema="anomaly")
