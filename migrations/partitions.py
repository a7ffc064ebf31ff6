"""Day partitions that the application may have made, and nothing else.

The application's role owns no table, so it cannot attach a partition. Each partitioned table gets a function
that belongs to the migrator and does this one thing for one day: CREATE TABLE, then ATTACH. `PARTITION OF`
would wait for, and then hold up, every open transaction on the parent; ATTACH waits for none of them. The
function must be called in a transaction of its own, before the one that writes.
"""

from alembic import op

from migrations.grants import grant_execute

# The first day that can be asked for; a clock that stands at 1970 makes no partitions.
FIRST_DAY = "2000-01-01"
DAYS_AHEAD_MAX = 8

_FUNCTION = """
CREATE FUNCTION {schema}.make_{table}_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    child text := '{table}_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF day IS NULL OR day < DATE '{first_day}'
       OR day > (now() AT TIME ZONE 'UTC')::date + {days_ahead_max} THEN
        RAISE EXCEPTION 'no partition of {schema}.{table} for %', day
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               WHERE i.inhparent = '{schema}.{table}'::regclass AND c.relname = child) THEN
        RETURN false;
    END IF;
    -- One maker at a time; whoever waited finds the partition attached. Read from the tables: to_regclass
    -- would answer from a cache that an advisory lock does not refresh.
    PERFORM pg_advisory_xact_lock(hashtext('{schema}.{table} partitions'));
    IF EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
               WHERE i.inhparent = '{schema}.{table}'::regclass AND c.relname = child) THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE {schema}.%I (LIKE {schema}.{table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
        'INCLUDING STORAGE INCLUDING COMPRESSION){options}', child);
    EXECUTE format(
        'ALTER TABLE {schema}.{table} ATTACH PARTITION {schema}.%I FOR VALUES FROM (%L) TO (%L)',
        child, day::text || ' 00:00:00+00', (day + 1)::text || ' 00:00:00+00');
    RETURN true;
END
$$
"""


def make_partition_function(schema: str, table: str, *, options: str = "") -> None:
    """Make `schema.make_<table>_partition(day)` and let the application call it.

    `options` are storage parameters such as `fillfactor=90`.
    """
    op.execute(
        _FUNCTION.format(
            schema=schema,
            table=table,
            first_day=FIRST_DAY,
            days_ahead_max=DAYS_AHEAD_MAX,
            options=f" WITH ({options})" if options else "",
        )
    )
    grant_execute(schema, f"make_{table}_partition(date)")


def drop_partition_function(schema: str, table: str) -> None:
    """Undo `make_partition_function`."""
    op.execute(f"DROP FUNCTION IF EXISTS {schema}.make_{table}_partition(date)")


# DETACH CONCURRENTLY cannot run inside a function, and waits for every transaction on the parent, however
# long it is open. A plain one needs them all out of the way for an instant: it gives up after a moment, so
# that nobody is held up for longer, and is tried again in the next round.
REMOVAL_LOCK_TIMEOUT = "250ms"

_REMOVAL = """
CREATE FUNCTION {schema}.remove_{table}_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '{lock_timeout}' AS $$
DECLARE
    child text := '{table}_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF day IS NULL OR day > (now() AT TIME ZONE 'UTC')::date - {days_min} THEN
        RAISE EXCEPTION 'the partition of {schema}.{table} for % is too young to be removed', day
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                   WHERE i.inhparent = '{schema}.{table}'::regclass AND c.relname = child) THEN
        RETURN false;
    END IF;
    EXECUTE format('ALTER TABLE {schema}.{table} DETACH PARTITION {schema}.%I', child);
    EXECUTE format('DROP TABLE {schema}.%I', child);
    RETURN true;
END
$$
"""


def make_removal_function(schema: str, table: str, days_min: int) -> None:
    """Make `schema.remove_<table>_partition(day)` and let the application call it.

    `days_min` is how many days ago a day must be.
    """
    op.execute(
        _REMOVAL.format(
            schema=schema, table=table, days_min=days_min, lock_timeout=REMOVAL_LOCK_TIMEOUT
        )
    )
    grant_execute(schema, f"remove_{table}_partition(date)")


def drop_removal_function(schema: str, table: str) -> None:
    """Undo `make_removal_function`."""
    op.execute(f"DROP FUNCTION IF EXISTS {schema}.remove_{table}_partition(date)")


# What TimescaleDB has instead: a chunk a day, which its owner alone may drop, and whose size, with what is in
# the columnstore, its own function tells. They are in schema public, which the application may not use.
_CHUNK_REMOVAL = """
CREATE FUNCTION {schema}.remove_{table}_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '{lock_timeout}' AS $$
BEGIN
    IF day IS NULL OR day > (now() AT TIME ZONE 'UTC')::date - {days_min} THEN
        RAISE EXCEPTION 'the chunk of {schema}.{table} for % is too young to be removed', day
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN EXISTS (SELECT public.drop_chunks(
        '{schema}.{table}', older_than => day::timestamp AT TIME ZONE 'UTC' + INTERVAL '1 day',
        newer_than => day::timestamp AT TIME ZONE 'UTC'));
END
$$
"""
_CHUNK_DAYS = """
CREATE FUNCTION {schema}.days_of_{table}() RETURNS TABLE (day date, bytes bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT (c.range_start AT TIME ZONE 'UTC')::date, s.total_bytes
    FROM timescaledb_information.chunks c
    JOIN public.chunks_detailed_size('{schema}.{table}') s
      ON s.chunk_schema = c.chunk_schema AND s.chunk_name = c.chunk_name
    WHERE c.hypertable_schema = '{schema}' AND c.hypertable_name = '{table}'
    ORDER BY 1
$$
"""


def make_chunk_functions(schema: str, table: str, days_min: int) -> None:
    """Make `remove_<table>_partition(day)` and `days_of_<table>()` of a hypertable with a chunk a day."""
    op.execute(
        _CHUNK_REMOVAL.format(
            schema=schema, table=table, days_min=days_min, lock_timeout=REMOVAL_LOCK_TIMEOUT
        )
    )
    op.execute(_CHUNK_DAYS.format(schema=schema, table=table))
    grant_execute(schema, f"remove_{table}_partition(date)")
    grant_execute(schema, f"days_of_{table}()")


def drop_chunk_functions(schema: str, table: str) -> None:
    """Undo `make_chunk_functions`."""
    op.execute(f"DROP FUNCTION IF EXISTS {schema}.days_of_{table}()")
    op.execute(f"DROP FUNCTION IF EXISTS {schema}.remove_{table}_partition(date)")
