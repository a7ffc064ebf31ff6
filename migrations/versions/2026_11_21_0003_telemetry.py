"""Tables of `telemetry`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("telemetry")


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS telemetry")
