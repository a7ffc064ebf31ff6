"""Old rollups go: the application may remove them, or set the policy that does."""

from alembic import op

from migrations.grants import grant_execute, grant

revision = "0022m"
down_revision = "0021o"
branch_labels = None
depends_on = None

TABLES = ("rollup_1h", "rollup_1d")

# The policy belongs to the migrator like the aggregate. Tells whether anything was changed.
_KEEP = """
CREATE FUNCTION telemetry.keep_rollups(rollup text, days int4) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    aggregate regclass;
    present interval;
BEGIN
    IF rollup IS NULL OR rollup NOT IN ('rollup_1m', 'rollup_1h', 'rollup_1d')
       OR days IS NULL OR days < 0 OR days BETWEEN 1 AND 29 THEN
        RAISE EXCEPTION 'rollups cannot be kept so: %, % days', rollup, days
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    aggregate := format('telemetry.%I', rollup)::regclass;
    SELECT (j.config ->> 'drop_after')::interval INTO present
    FROM timescaledb_information.jobs j JOIN timescaledb_information.continuous_aggregates a
      ON j.hypertable_schema IN (a.materialization_hypertable_schema, a.view_schema)
     AND j.hypertable_name IN (a.materialization_hypertable_name, a.view_name)
    WHERE j.proc_name = 'policy_retention' AND a.view_schema = 'telemetry' AND a.view_name = rollup;
    IF coalesce(present, INTERVAL '0') = make_interval(days => days) THEN
        RETURN false;
    END IF;
    PERFORM public.remove_retention_policy(aggregate, if_exists => true);
    IF days > 0 THEN
        PERFORM public.add_retention_policy(aggregate, drop_after => make_interval(days => days));
    END IF;
    RETURN true;
END
$$
"""


def is_continuous() -> bool:
    """Tell whether rollups are continuous aggregates."""
    return bool(
        op.get_bind()
        .exec_driver_sql("SELECT kind = 'timescaledb' AND columnstore FROM telemetry.storage")
        .scalar()
    )


def upgrade() -> None:
    if is_continuous():
        op.execute(_KEEP)
        grant_execute("telemetry", "keep_rollups(text, int4)")
        return
    for table in TABLES:
        grant("telemetry", table, "DELETE")
        # Rows come about in the order of time.
        op.create_index(
            f"ix_{table}_bucket", table, ["bucket"], schema="telemetry", postgresql_using="brin"
        )


def downgrade() -> None:
    if is_continuous():
        op.execute("DROP FUNCTION telemetry.keep_rollups(text, int4)")
        return
    for table in TABLES:
        op.drop_index(f"ix_{table}_bucket", table, schema="telemetry")
