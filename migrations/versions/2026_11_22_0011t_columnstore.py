"""On TimescaleDB, the columnstore for readings."""

import sqlalchemy as sa
from alembic import op

revision = "0011t"
down_revision = "0010i"
branch_labels = None
depends_on = None

# Columnstore and its policies are under the Timescale License; a server built without them says "apache".
_HAS_IT = (
    "SELECT kind = 'timescaledb' AND current_setting('timescaledb.license', true) = 'timescale' "
    "FROM telemetry.storage"
)


def upgrade() -> None:
    op.add_column(
        "storage",
        sa.Column("columnstore", sa.Boolean(), server_default=sa.false(), nullable=False),
        schema="telemetry",
    )
    if not op.get_bind().execute(sa.text(_HAS_IT)).scalar():
        return
    # A batch of the columnstore has up to 1000 rows of one segment. A commit holds few rows of each of many
    # series, so that segments by series would stay nearly empty; in this order neighbours are of one series
    # all the same, and each batch knows its least and greatest series.
    op.execute(
        "ALTER TABLE telemetry.readings SET (timescaledb.enable_columnstore = true, "
        "timescaledb.segmentby = '', timescaledb.orderby = 'series_id, ts')"
    )
    # A day is a chunk: it moves an hour after it has ended, when what is live has left it.
    op.execute("CALL public.add_columnstore_policy('telemetry.readings', after => INTERVAL '1 hour')")
    op.execute("UPDATE telemetry.storage SET columnstore = true")


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT columnstore FROM telemetry.storage")).scalar():
        op.execute("CALL public.remove_columnstore_policy('telemetry.readings')")
        op.execute(
            "SELECT public.decompress_chunk(c, if_compressed => true) "
            "FROM public.show_chunks('telemetry.readings') c"
        )
        op.execute("ALTER TABLE telemetry.readings SET (timescaledb.enable_columnstore = false)")
    op.drop_column("storage", "columnstore", schema="telemetry")
