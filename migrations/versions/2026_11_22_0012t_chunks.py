"""Old days of readings may be removed on TimescaleDB as well."""

import sqlalchemy as sa
from alembic import op

from migrations.partitions import drop_chunk_functions, make_chunk_functions

revision = "0012t"
down_revision = "0011t"
branch_labels = None
depends_on = None

READINGS_DAYS_MIN = 30


def on_timescale() -> bool:
    """Tell whether readings are a hypertable."""
    find = sa.text("SELECT kind = 'timescaledb' FROM telemetry.storage")
    return bool(op.get_bind().execute(find).scalar())


def upgrade() -> None:
    if on_timescale():
        make_chunk_functions("telemetry", "readings", READINGS_DAYS_MIN)


def downgrade() -> None:
    if on_timescale():
        drop_chunk_functions("telemetry", "readings")
