"""Tables of `registry`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("registry")


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS registry")
