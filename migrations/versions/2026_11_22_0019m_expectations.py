"""What series were expected to be over time."""

import sqlalchemy as sa
from alembic import op

from migrations.grants import grant

revision = "0019m"
down_revision = "0018r"
branch_labels = None
depends_on = None

# What is expected at present is all that is known of before.
_BEGIN = """
INSERT INTO anomaly.expectations (series_id, at, low, high)
SELECT series_id, updated_at, low, high FROM anomaly.baselines WHERE low IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "expectations",
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("series_id", "at", name=op.f("pk_expectations")),
        schema="anomaly",
    )
    op.create_index(
        "ix_expectations_at", "expectations", ["at"], schema="anomaly", postgresql_using="brin"
    )
    grant("anomaly", "expectations", "SELECT, INSERT, UPDATE, DELETE")
    op.execute(_BEGIN)


def downgrade() -> None:
    op.drop_table("expectations", schema="anomaly")
