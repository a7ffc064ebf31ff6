"""Files that only the manufacturer's people see, and files in the timeline of a ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0025d"
down_revision = "0030a"
branch_labels = None
depends_on = None

_BEFORE = (
    "kind IN ('created', 'comment', 'transition', 'assignment', 'edit', 'link', 'unlink', "
    "'alarm_update', 'part')"
)
_AFTER = (
    "kind IN ('created', 'comment', 'transition', 'assignment', 'edit', 'link', 'unlink', "
    "'alarm_update', 'part', 'attachment')"
)


def _kinds(condition: str) -> None:
    name = op.f("ck_timeline_entries_kind")
    op.drop_constraint(name, "timeline_entries", schema="work_orders")
    op.create_check_constraint(name, "timeline_entries", condition, schema="work_orders")


def upgrade() -> None:
    op.add_column(
        "attachments",
        sa.Column("internal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="registry",
    )
    _kinds(_AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM work_orders.timeline_entries WHERE kind = 'attachment'")
    _kinds(_BEFORE)
    op.drop_column("attachments", "internal", schema="registry")
