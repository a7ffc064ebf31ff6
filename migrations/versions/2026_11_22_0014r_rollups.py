"""Rollups by the minute, the hour and the day, and the marks that say which are out of date.

With TimescaleDB's community licence they are continuous aggregates, else tables that a task keeps.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE

from migrations.grants import grant
from migrations.partitions import (
    drop_partition_function,
    drop_removal_function,
    make_partition_function,
    make_removal_function,
)

revision = "0014r"
down_revision = "0014d"
branch_labels = None
depends_on = None

MINUTES_DAYS_MIN = 30
# What each is made of, how far apart two refreshes are and how far back they reach, and after which time it
# is compressed and removed. Readings are removed when they are 30 days old at least; a refresh that reached
# back that far would take away what is known of them.
AGGREGATES = (
    ("rollup_1m", "1 minute", "readings", "1 minute", "2 days", "3 days", "400 days"),
    ("rollup_1h", "1 hour", "rollup_1m", "10 minutes", "29 days", "60 days", "3660 days"),
    ("rollup_1d", "1 day", "rollup_1h", "1 hour", "29 days", "400 days", None),
)
_HOLD_COLUMNS = ("begun_us", "ended_us", "integral", "known_us", "held", "first", "last")

_OF_READINGS = """
CREATE MATERIALIZED VIEW telemetry.{name}
WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
SELECT series_id, public.time_bucket(INTERVAL '{width}', ts) AS bucket,
    count({value}) AS count, count(*) - count({value}) AS bad,
    min({value}) AS min, max({value}) AS max, sum({value}) AS sum, {hold}
FROM telemetry.{source} GROUP BY 1, 2 WITH NO DATA
"""
_OF_ROLLUPS = """
CREATE MATERIALIZED VIEW telemetry.{name}
WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
SELECT series_id, public.time_bucket(INTERVAL '{width}', bucket) AS bucket,
    sum(count)::int8 AS count, sum(bad)::int8 AS bad,
    min(min) AS min, max(max) AS max, sum(sum) AS sum, {hold}
FROM telemetry.{source} GROUP BY 1, 2 WITH NO DATA
"""
_VALUE = "telemetry.usable(value, quality)"
_HOLD_READINGS = (
    f"telemetry.hold(array_agg(telemetry.micros(ts) ORDER BY ts, {_VALUE} NULLS FIRST), "
    f"array_agg({_VALUE} ORDER BY ts, {_VALUE} NULLS FIRST))"
)
_HOLD_ROLLUPS = f"telemetry.hold(array_agg(ARRAY[{', '.join(_HOLD_COLUMNS)}] ORDER BY bucket))"

# Policies refresh what lies in their window and say of no bucket that it is right now. This job refreshes
# what marks name, of any age, the finest first, and takes those away: what has no mark need not be computed.
_REFRESH = """
CREATE PROCEDURE telemetry.refresh_marked(job_id int4, config jsonb) LANGUAGE plpgsql AS $$
DECLARE
    level record;
    ripe int8[];
    stretch tstzrange;
BEGIN
    IF NOT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext('telemetry.rollups')) THEN
        RETURN;
    END IF;
    FOR level IN
        SELECT * FROM (VALUES
            ('1m', 'telemetry.rollup_1m', '1h', INTERVAL '1 hour'),
            ('1h', 'telemetry.rollup_1h', '1d', INTERVAL '1 day'),
            ('1d', 'telemetry.rollup_1d', NULL, NULL)
        ) levels(step, rollup, next_step, next_width)
    LOOP
        LOOP
            SELECT pg_catalog.array_agg(id) INTO ripe FROM (
                SELECT id FROM telemetry.rollup_marks
                WHERE step = level.step AND end_at <= pg_catalog.now() - INTERVAL '15 seconds'
                ORDER BY id LIMIT 1000
            ) marks;
            EXIT WHEN ripe IS NULL;
            FOR stretch IN
                SELECT pg_catalog.unnest(pg_catalog.range_agg(pg_catalog.tstzrange(start_at, end_at)))
                FROM telemetry.rollup_marks WHERE id = ANY (ripe)
            LOOP
                CALL public.refresh_continuous_aggregate(
                    level.rollup::pg_catalog.regclass, pg_catalog.lower(stretch), pg_catalog.upper(stretch));
                COMMIT;
            END LOOP;
            IF level.next_step IS NOT NULL THEN
                INSERT INTO telemetry.rollup_marks (step, series, start_at, end_at)
                SELECT level.next_step, pg_catalog.range_agg(series), s, e FROM (
                    SELECT series,
                        pg_catalog.date_bin(
                            level.next_width, start_at, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS s,
                        pg_catalog.date_bin(
                            level.next_width, end_at + level.next_width - INTERVAL '1 microsecond',
                            TIMESTAMPTZ '1970-01-01 00:00:00+00') AS e
                    FROM telemetry.rollup_marks WHERE id = ANY (ripe)
                ) marks GROUP BY s, e;
            END IF;
            DELETE FROM telemetry.rollup_marks WHERE id = ANY (ripe);
            COMMIT;
        END LOOP;
    END LOOP;
    PERFORM pg_catalog.pg_advisory_unlock(pg_catalog.hashtext('telemetry.rollups'));
END
$$
"""
# What was stored before: by the hour, each series that has readings at all.
_MARK_ALL = """
INSERT INTO telemetry.rollup_marks (step, series, start_at, end_at)
SELECT '1m', span.series, h, h + INTERVAL '1 hour'
FROM (
    SELECT range_agg(int4range(id, id + 1)) AS series, min(oldest) AS oldest, max(newest) AS newest
    FROM (
        SELECT l.series_id AS id, l.ts AS newest,
            (SELECT r.ts FROM telemetry.readings r WHERE r.series_id = l.series_id
             ORDER BY r.ts LIMIT 1) AS oldest
        FROM telemetry.latest l
    ) ends
) span,
generate_series(
    date_trunc('hour', span.oldest, 'UTC'), date_trunc('hour', span.newest, 'UTC'), INTERVAL '1 hour'
) h
"""


def is_continuous() -> bool:
    """Tell whether rollups are continuous aggregates."""
    find = sa.text("SELECT kind = 'timescaledb' AND columnstore FROM telemetry.storage")
    return bool(op.get_bind().execute(find).scalar())


def make_marks() -> None:
    op.create_table(
        "rollup_marks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("series", INT4MULTIRANGE(), nullable=False),
        sa.Column("start_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('1m', '1h', '1d')", name=op.f("ck_rollup_marks_step")),
        sa.CheckConstraint("start_at < end_at", name=op.f("ck_rollup_marks_span")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_marks")),
        schema="telemetry",
    )
    op.create_index("ix_rollup_marks_start_at", "rollup_marks", ["start_at"], schema="telemetry")
    grant("telemetry", "rollup_marks", "SELECT, INSERT, UPDATE, DELETE")
    op.execute(_MARK_ALL)


def make_aggregates() -> None:
    for name, width, source, every, back, compressed, removed in AGGREGATES:
        definition, hold = (
            (_OF_READINGS, _HOLD_READINGS) if source == "readings" else (_OF_ROLLUPS, _HOLD_ROLLUPS)
        )
        columns = ", ".join(
            f"({hold})[{n}] AS {column}" for n, column in enumerate(_HOLD_COLUMNS, 1)
        )
        op.execute(
            definition.format(name=name, width=width, source=source, value=_VALUE, hold=columns)
        )
        op.execute(
            f"ALTER MATERIALIZED VIEW telemetry.{name} SET (timescaledb.enable_columnstore = true, "
            "timescaledb.segmentby = 'series_id', timescaledb.orderby = 'bucket')"
        )
        op.execute(
            f"SELECT public.add_continuous_aggregate_policy('telemetry.{name}', "
            f"start_offset => INTERVAL '{back}', end_offset => INTERVAL '{width}', "
            f"schedule_interval => INTERVAL '{every}')"
        )
        op.execute(
            f"CALL public.add_columnstore_policy('telemetry.{name}', after => INTERVAL '{compressed}')"
        )
        if removed:
            op.execute(
                f"SELECT public.add_retention_policy('telemetry.{name}', "
                f"drop_after => INTERVAL '{removed}')"
            )
        grant("telemetry", name, "SELECT")
    op.execute(_REFRESH)
    op.execute("SELECT public.add_job('telemetry.refresh_marked', INTERVAL '30 seconds')")


def make_tables() -> None:
    for name, *_ in AGGREGATES:
        op.create_table(
            name,
            sa.Column("series_id", sa.Integer(), nullable=False),
            sa.Column("bucket", sa.DateTime(timezone=True), nullable=False),
            sa.Column("count", sa.BigInteger(), nullable=False),
            sa.Column("bad", sa.BigInteger(), nullable=False),
            *(sa.Column(column, sa.Double(), nullable=True) for column in ("min", "max", "sum")),
            *(
                sa.Column(column, sa.Double(), nullable=column in ("held", "first", "last"))
                for column in _HOLD_COLUMNS
            ),
            sa.PrimaryKeyConstraint("series_id", "bucket", name=op.f(f"pk_{name}")),
            schema="telemetry",
            **({"postgresql_partition_by": "RANGE (bucket)"} if name == "rollup_1m" else {}),
        )
        grant("telemetry", name, "SELECT, INSERT, UPDATE")
    make_partition_function("telemetry", "rollup_1m")
    make_removal_function("telemetry", "rollup_1m", MINUTES_DAYS_MIN)


def upgrade() -> None:
    make_marks()
    if is_continuous():
        make_aggregates()
    else:
        make_tables()


def downgrade() -> None:
    if is_continuous():
        op.execute(
            "SELECT public.delete_job(job_id) FROM timescaledb_information.jobs "
            "WHERE proc_schema = 'telemetry' AND proc_name = 'refresh_marked'"
        )
        op.execute("DROP PROCEDURE telemetry.refresh_marked(int4, jsonb)")
        for name, *_ in reversed(AGGREGATES):
            op.execute(f"DROP MATERIALIZED VIEW IF EXISTS telemetry.{name}")
    else:
        drop_removal_function("telemetry", "rollup_1m")
        drop_partition_function("telemetry", "rollup_1m")
        for name, *_ in AGGREGATES:
            op.drop_table(name, schema="telemetry")
    op.drop_table("rollup_marks", schema="telemetry")
