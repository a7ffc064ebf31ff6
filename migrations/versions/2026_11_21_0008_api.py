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


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS api")
