"""Letters that came to the service desk and go out from it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0034l"
down_revision = "0032d"
branch_labels = None
depends_on = None

SCHEMA = "work_orders"


def upgrade() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailboxes")),
        schema=SCHEMA,
    )
    grant(SCHEMA, "mailboxes", "SELECT, INSERT, UPDATE")
    op.create_table(
        "mail_messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.Column("thread", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("sender", sa.Text(), server_default="", nullable=False),
        sa.Column("sender_name", sa.Text(), server_default="", nullable=False),
        sa.Column("recipient", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("size_bytes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_mail_messages_direction")),
        sa.CheckConstraint(
            "state IN ('opened', 'added', 'automatic', 'held', 'refused', 'discarded', "
            "'waiting', 'sent', 'failed')",
            name=op.f("ck_mail_messages_state"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["work_orders.tickets.id"], name=op.f("fk_mail_messages_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_mail_messages_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["registry.people.id"], name=op.f("fk_mail_messages_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_messages")),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_mail_messages_key", "mail_messages", ["direction", "key"], unique=True, schema=SCHEMA
    )
    for name, columns in (
        ("message_id", ["message_id"]),
        ("ticket_id", ["ticket_id", "id"]),
        ("state", ["state", "id"]),
        ("sender", ["sender", "at"]),
    ):
        op.create_index(f"ix_mail_messages_{name}", "mail_messages", columns, schema=SCHEMA)
    op.create_index(
        "ix_mail_messages_waiting",
        "mail_messages",
        ["next_attempt_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    grant(SCHEMA, "mail_messages", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_table("mail_messages", schema=SCHEMA)
    op.drop_table("mailboxes", schema=SCHEMA)
