"""Series and readings; here it is decided which store holds them."""

import logging

import sqlalchemy as sa
from alembic import op

from migrations.grants import grant, make_schema
from migrations.partitions import drop_partition_function, make_partition_function

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

log = logging.getLogger("alembic.runtime.migration")


def timescaledb_version() -> str | None:
    """Return the version of TimescaleDB in this database, installing it where it can be; else None.

    Where the server has it loaded but this role may not install it, readings go to plain partitions, and
    `telemetry.storage` says so.
    """
    find = sa.text("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'")
    connection = op.get_bind()
    version = connection.execute(find).scalar()
    # Installing it on a server that has not loaded it ends the session; its settings tell.
    loaded = sa.text("SELECT EXISTS (SELECT FROM pg_settings WHERE name LIKE 'timescaledb.%')")
    if version is None and connection.execute(loaded).scalar():
        try:
            with connection.begin_nested():
                connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
        except sa.exc.ProgrammingError as error:
            log.warning("TimescaleDB is loaded but could not be installed: %s", error.orig)
        version = connection.execute(find).scalar()
    return version


def make_readings(version: str | None) -> None:
    """Make `readings` as a hypertable or partitioned by day."""
    op.create_table(
        "readings",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("edge_ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        schema="telemetry",
        **({} if version else {"postgresql_partition_by": "RANGE (ts)"}),
    )
    if version:
        op.execute(
            "SELECT create_hypertable('telemetry.readings', 'ts', "
            "chunk_time_interval => INTERVAL '1 day', create_default_indexes => false)"
        )
    else:
        make_partition_function("telemetry", "readings")
    op.create_index(
        "ix_readings_series_id_ts", "readings", ["series_id", "ts"], schema="telemetry"
    )
    storage = sa.table("storage", sa.column("kind"), sa.column("version"), schema="telemetry")
    if version:
        kind = "timescaledb"
    else:
        kind = "postgresql"
        version = op.get_bind().execute(sa.text("SHOW server_version")).scalar()
    op.execute(sa.insert(storage).values(kind=kind, version=version))


def upgrade() -> None:
    make_schema("telemetry")
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("asset_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("low", sa.Double(), nullable=True),
        sa.Column("high", sa.Double(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="other", nullable=False),
        sa.Column("data_type", sa.Text(), server_default="number", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "data_type IN ('number', 'boolean')", name=op.f("ck_series_data_type")
        ),
        sa.CheckConstraint(
            "kind IN ('vibration', 'temperature', 'pressure', 'flow', 'current', 'speed', 'power', "
            "'level', 'voltage', 'state', 'other')",
            name=op.f("ck_series_kind"),
        ),
        sa.CheckConstraint("low < high", name=op.f("ck_series_range")),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["registry.assets.id"], name=op.f("fk_series_asset_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        schema="telemetry",
    )
    op.create_index(
        "uq_series_asset_id_name", "series", ["asset_id", "name"], unique=True, schema="telemetry"
    )
    op.create_table(
        "latest",
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_latest")),
        schema="telemetry",
    )
    # Rows are rewritten all the time and no indexed column changes: room on the page keeps that cheap.
    op.execute("ALTER TABLE telemetry.latest SET (fillfactor = 50)")
    op.create_table(
        "storage",
        sa.Column("id", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column(
            "decided_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('postgresql', 'timescaledb')", name=op.f("ck_storage_kind")),
        sa.CheckConstraint("id = 1", name=op.f("ck_storage_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage")),
        schema="telemetry",
    )
    make_readings(timescaledb_version())
    grant("telemetry", "series", "SELECT, INSERT, UPDATE")
    grant("telemetry", "latest", "SELECT, INSERT, UPDATE")
    grant("telemetry", "storage", "SELECT")
    grant("telemetry", "readings", "SELECT, INSERT")


def downgrade() -> None:
    drop_partition_function("telemetry", "readings")
    op.drop_table("readings", schema="telemetry")
    op.drop_table("storage", schema="telemetry")
    op.drop_table("latest", schema="telemetry")
    op.drop_table("series", schema="telemetry")
    op.execute("DROP SCHEMA IF EXISTS telemetry")
