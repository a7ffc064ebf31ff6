"""Who follows a ticket."""

import sqlalchemy as sa
from alembic import op

from migrations.grants import grant

revision = "0032d"
down_revision = "0033e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_watchers",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_ticket_watchers_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["work_orders.tickets.id"], name=op.f("fk_ticket_watchers_ticket_id")
        ),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_ticket_watchers")),
        schema="work_orders",
    )
    op.create_index(
        "ix_ticket_watchers_person_id",
        "ticket_watchers",
        ["person_id"],
        schema="work_orders",
    )
    grant("work_orders", "ticket_watchers", "SELECT, INSERT, DELETE")


def downgrade() -> None:
    op.drop_table("ticket_watchers", schema="work_orders")
