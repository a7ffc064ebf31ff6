"""Every query of the package."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import ARRAY, Connection, Integer, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.db import driver_connection
from telemetry.columns import COPY_COLUMNS, ReadingColumns, unpack_points
from telemetry.downsample import Arrays
from telemetry.marks import Mark
from telemetry.models import LatestReading, RollupMark, Series, Storage

_COPY_IN = sql.SQL("COPY telemetry.readings ({}) FROM STDIN (FORMAT BINARY)").format(
    sql.SQL(", ").join(map(sql.Identifier, COPY_COLUMNS))
)
# A row of a result costs more than what is in it, so that points come joined, many thousands in a row.
_POINTS = """
SELECT string_agg(timestamptz_send(ts) || float8send(value) || int4send(quality), ''::bytea ORDER BY ts)
FROM (
    SELECT ts, value, quality, (row_number() OVER (ORDER BY ts) - 1) / 65536 AS block
    FROM telemetry.readings
    WHERE series_id = %(series_id)s AND ts >= %(start)s AND ts < %(end)s
    ORDER BY ts LIMIT %(rows_max)s
) points
GROUP BY block ORDER BY block
"""
# One statement: each way to the server and back is felt, many times a second.
_PUT_LATEST_AND_MARKS = text(
    "WITH marked AS (INSERT INTO telemetry.rollup_marks (step, series, start_at, end_at) "
    "SELECT '1m', CAST(s AS int4multirange), TIMESTAMPTZ 'epoch' + a * INTERVAL '1 microsecond', "
    "TIMESTAMPTZ 'epoch' + b * INTERVAL '1 microsecond' "
    "FROM unnest(CAST(:marked AS text[]), CAST(:starts AS int8[]), CAST(:ends AS int8[])) AS m(s, a, b)) "
    "INSERT INTO telemetry.latest AS l (series_id, ts, value, quality, recorded_at) "
    "SELECT s, TIMESTAMPTZ 'epoch' + t * INTERVAL '1 microsecond', v, q, "
    "TIMESTAMPTZ 'epoch' + CAST(:recorded_at_us AS int8) * INTERVAL '1 microsecond' "
    "FROM unnest(CAST(:series AS int4[]), CAST(:ts_us AS int8[]), CAST(:value AS float8[]), "
    "CAST(:quality AS int4[])) AS n(s, t, v, q) ORDER BY s "
    "ON CONFLICT (series_id) DO UPDATE SET ts = excluded.ts, value = excluded.value, "
    "quality = excluded.quality, recorded_at = excluded.recorded_at WHERE l.ts <= excluded.ts"
)

_REMOVE_ROLLUPS = {
    "rollup_1h": text(
        "DELETE FROM telemetry.rollup_1h WHERE ctid = ANY (ARRAY("
        "SELECT ctid FROM telemetry.rollup_1h WHERE bucket < :before LIMIT :rows))"
    ),
    "rollup_1d": text(
        "DELETE FROM telemetry.rollup_1d WHERE ctid = ANY (ARRAY("
        "SELECT ctid FROM telemetry.rollup_1d WHERE bucket < :before LIMIT :rows))"
    ),
}
_STORED = text(
    "SELECT n.i FROM unnest(CAST(:series AS int4[]), CAST(:ts_us AS int8[]), CAST(:value AS float8[]), "
    "CAST(:quality AS int4[]), CAST(:edge_ts_us AS int8[])) WITH ORDINALITY AS n(s, t, v, q, e, i) "
    "WHERE EXISTS (SELECT 1 FROM telemetry.readings r WHERE r.series_id = n.s "
    "AND r.ts = TIMESTAMPTZ 'epoch' + n.t * INTERVAL '1 microsecond' "
    "AND r.ts BETWEEN :first AND :last AND r.value = n.v AND r.quality = n.q "
    "AND r.edge_ts = TIMESTAMPTZ 'epoch' + n.e * INTERVAL '1 microsecond')"
)

# From version 2.24 on it tells continuous aggregates of such readings; before, it takes none of them.
_TAKES_DIRECTLY = text(
    "SELECT string_to_array(substring(extversion from '^[0-9]+[.][0-9]+'), '.')::int[] >= ARRAY[2, 24] "
    "OR NOT EXISTS (SELECT FROM timescaledb_information.continuous_aggregates "
    "WHERE hypertable_schema = 'telemetry' AND hypertable_name = 'readings') "
    "FROM pg_extension WHERE extname = 'timescaledb'"
)

_DAYS_OF_CHUNKS = text("SELECT day, bytes FROM telemetry.days_of_readings()")


def storage(connection: Connection) -> tuple[str, bool]:
    """Return the kind of the store, and whether it has a columnstore."""
    kind, columnstore = connection.execute(select(Storage.kind, Storage.columnstore)).one()
    return kind, columnstore


def takes_directly(connection: Connection) -> bool:
    """Tell whether TimescaleDB, as it stands, compresses a COPY directly."""
    return bool(connection.execute(_TAKES_DIRECTLY).scalar_one())


def series_by_id(session: Session, series_ids: Sequence[int]) -> Sequence[Series]:
    return session.scalars(select(Series).where(Series.id.in_(series_ids))).all()


def owners_of_series(session: Session, series_ids: Sequence[int]) -> Sequence[tuple[int, str]]:
    """Return the ids of those series that exist, each with its asset's, without making objects of them."""
    wanted = func.unnest(cast(list(series_ids), ARRAY(Integer))).column_valued()
    owners = select(Series.id, Series.asset_id).where(Series.id.in_(select(wanted)))
    return [(series_id, asset_id) for series_id, asset_id in session.execute(owners)]


def series_of_assets(session: Session, asset_ids: Sequence[str]) -> Sequence[Series]:
    return session.scalars(
        select(Series).where(Series.asset_id.in_(asset_ids)).order_by(Series.asset_id, Series.name)
    ).all()


def add_series(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert series; those another transaction has made meanwhile stay as they are."""
    session.execute(
        insert(Series).on_conflict_do_nothing(index_elements=["asset_id", "name"]), list(rows)
    )


def update_series(session: Session, series_id: int, values: dict[str, Any]) -> None:
    session.execute(update(Series).where(Series.id == series_id).values(**values))


def days_of_chunks(session: Session) -> Sequence[tuple[date, int]]:
    """Return the days of a hypertable, the oldest first, and the bytes each takes."""
    return [(day, size) for day, size in session.execute(_DAYS_OF_CHUNKS)]


def compress_directly(connection: psycopg.Connection[Any]) -> None:
    """Have TimescaleDB take what is copied in this transaction straight into the columnstore."""
    connection.execute("SET LOCAL timescaledb.enable_direct_compress_copy = on")


def copy_stream(connection: psycopg.Connection[Any], stream: memoryview) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY_IN) as copy:
        copy.write(stream)


def put_latest_and_marks(session: Session, newest: ReadingColumns, marks: Sequence[Mark]) -> None:
    """Keep what is newest by source time, and say which rollups are out of date.

    `newest` has each series once, in ascending order.
    """
    session.execute(
        _PUT_LATEST_AND_MARKS,
        {
            "series": newest.series_id.tolist(),
            "ts_us": newest.ts_us.tolist(),
            "value": newest.value.tolist(),
            "quality": newest.quality.view("i4").tolist(),
            "recorded_at_us": newest.recorded_at_us,
            "marked": [mark.series for mark in marks],
            "starts": [mark.start_us for mark in marks],
            "ends": [mark.end_us for mark in marks],
        },
    )


def unmark_before(session: Session, day: date) -> None:
    """Refresh nothing of the days before one any more."""
    session.execute(
        delete(RollupMark).where(RollupMark.start_at < datetime.combine(day, time(), UTC))
    )


def remove_rollups(session: Session, table: str, day: date, rows: int) -> int:
    """Remove up to `rows` rows of the days before one from a table of rollups; return how many."""
    before = datetime.combine(day, time(), UTC)
    statement = _REMOVE_ROLLUPS[table]
    result = session.execute(statement, {"before": before, "rows": rows})
    return int(result.rowcount)  # type: ignore[attr-defined] # a DELETE's result has it


def keep_rollups(session: Session, aggregate: str, days: int) -> bool:
    """Let a continuous aggregate's policy keep so many days, 0 for ever; tell whether that is new."""
    statement = text("SELECT telemetry.keep_rollups(:aggregate, :days)")
    return bool(session.scalar(statement, {"aggregate": aggregate, "days": days}))


def stored_of(
    session: Session, columns: ReadingColumns, first: datetime, last: datetime
) -> Sequence[int]:
    """Return which of the readings, all between two times, are there, counted from 1."""
    return list(
        session.scalars(
            _STORED,
            {
                "series": columns.series_id.tolist(),
                "ts_us": columns.ts_us.tolist(),
                "value": columns.value.tolist(),
                "quality": columns.quality.view("i4").tolist(),
                "edge_ts_us": columns.edge_ts_us.tolist(),
                "first": first,
                "last": last,
            },
        )
    )


def latest(session: Session, series_ids: Sequence[int]) -> Sequence[LatestReading]:
    return session.scalars(
        select(LatestReading).where(LatestReading.series_id.in_(series_ids))
    ).all()


def points(
    session: Session, series_id: int, start: datetime, end: datetime, rows_max: int
) -> Iterator[Arrays]:
    """Yield the readings of a series in blocks, ordered by source time, at most `rows_max` in all."""
    parameters = {"series_id": series_id, "start": start, "end": end, "rows_max": rows_max}
    connection = driver_connection(session)
    with connection.cursor(f"points_{uuid4().hex}", binary=True) as cursor:
        cursor.itersize = 1
        cursor.execute(_POINTS, parameters)
        for (joined,) in cursor:
            yield unpack_points(joined)
