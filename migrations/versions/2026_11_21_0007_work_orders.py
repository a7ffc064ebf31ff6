"""Tables of `work_orders`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("work_orders")


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS work_orders")
