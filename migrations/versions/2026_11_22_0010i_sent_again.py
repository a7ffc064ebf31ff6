"""When an agent began to send readings again under another number."""

import sqlalchemy as sa
from alembic import op

revision = "0010i"
down_revision = "0009p"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "ledger",
        sa.Column("again_since", sa.DateTime(timezone=True), nullable=True),
        schema="ingest",
    )
    op.create_index(
        "ix_ledger_again",
        "ledger",
        ["agent_id"],
        schema="ingest",
        postgresql_where=sa.text("again_since IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_again", table_name="ledger", schema="ingest")
    op.drop_column("ledger", "again_since", schema="ingest")
