"""What people tell models."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0016a"
down_revision = "0015a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("alarm_id", sa.Text(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=True),
        sa.Column("given_by_name", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("epoch", sa.Uuid(), nullable=True),
        sa.Column("next_seq", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('new_normal', 'limits')", name=op.f("ck_commands_kind")),
        sa.ForeignKeyConstraint(
            ["alarm_id"], ["anomaly.alarms.id"], name=op.f("fk_commands_alarm_id")
        ),
        sa.ForeignKeyConstraint(
            ["given_by"], ["registry.people.id"], name=op.f("fk_commands_given_by")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_commands")),
        schema="anomaly",
    )
    for name, columns, where in (
        ("ix_commands_pending", ["agent_id", "number"], sa.text("applied_at IS NULL")),
        (op.f("ix_commands_alarm_id"), ["alarm_id"], None),
        (op.f("ix_commands_given_by"), ["given_by"], None),
    ):
        op.create_index(name, "commands", columns, schema="anomaly", postgresql_where=where)
    grant("anomaly", "commands", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_table("commands", schema="anomaly")
