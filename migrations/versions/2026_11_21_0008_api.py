"""Tables of `api`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("api")
    op.create_table(
        "idempotency_keys",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency_keys")),
        schema="api",
    )
    op.create_index(
        "ix_idempotency_keys_recorded_at",
        "idempotency_keys",
        ["recorded_at"],
        unique=False,
        schema="api",
    )
    grant("api", "idempotency_keys", "SELECT, INSERT, UPDATE, DELETE")
    # `/readyz` compares it with the newest revision.
    grant("kernel", "alembic_version", "SELECT")


def downgrade() -> None:
    op.drop_index(
        "ix_idempotency_keys_recorded_at", table_name="idempotency_keys", schema="api"
    )
    op.drop_table("idempotency_keys", schema="api")
    op.execute("DROP SCHEMA IF EXISTS api")
