"""Tables of `ingest`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("ingest")


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS ingest")
