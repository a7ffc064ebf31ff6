"""Tables of `warranty_parts`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("warranty_parts")


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS warranty_parts")
