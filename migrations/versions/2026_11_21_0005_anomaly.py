"""Tables of `anomaly`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant, make_schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_schema("anomaly")


def downgrade() -> None:
    op.execute("DROP SCHEMA IF EXISTS anomaly")
