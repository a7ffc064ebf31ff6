"""Every query on rollups."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.db import driver_connection
from telemetry.rollups.columns import Around, RollupRows, joined, unpack_rows

# Of some series, spans of time each, in buckets. Of readings of one time those without a value come first.
_OF_READINGS: Final = """
SELECT series_id, bucket, count, bad, min, max, sum, hold[1] AS begun_us, hold[2] AS ended_us,
    hold[3] AS integral, hold[4] AS known_us, hold[5] AS held, hold[6] AS first, hold[7] AS last
FROM (
    SELECT series_id, bucket, count(v), count(*) - count(v) AS bad, min(v), max(v), sum(v),
        telemetry.hold(
            array_agg(telemetry.micros(ts) ORDER BY ts, v NULLS FIRST),
            array_agg(v ORDER BY ts, v NULLS FIRST)
        ) AS hold
    FROM (
        SELECT r.series_id, r.ts, telemetry.usable(r.value, r.quality) AS v,
            date_bin(%(width)s, r.ts, TIMESTAMPTZ '1970-01-01 00:00:00+00') AS bucket
        FROM unnest(%(series)s::int4[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
            AS s(series_id, start_at, end_at)
        JOIN telemetry.readings r
            ON r.series_id = s.series_id AND r.ts >= s.start_at AND r.ts < s.end_at
        WHERE r.ts >= %(first)s AND r.ts < %(last)s
    ) readings
    GROUP BY series_id, bucket
) rows
"""
# A row of a result costs more than what is in it, so that rows come joined, many in one.
_JOINED: Final = """
SELECT string_agg(
    int4send(series_id) || timestamptz_send(bucket) || int8send(count) || int8send(bad)
    || float8send(coalesce(min, 'NaN')) || float8send(coalesce(max, 'NaN'))
    || float8send(coalesce(sum, 'NaN'))
    || float8send(begun_us) || float8send(ended_us)
    || float8send(integral) || float8send(known_us) || float8send(coalesce(held, 'NaN'))
    || float8send(coalesce(first, 'NaN')) || float8send(coalesce(last, 'NaN')),
    ''::bytea
)
FROM (SELECT *, (row_number() OVER () - 1) / 16384 AS block FROM ({rows}) r) b
GROUP BY block
"""
_AROUND: Final = text(
    "SELECT s.series_id, coalesce(b.value, 'NaN'), "
    "coalesce(CAST(telemetry.micros(l.ts) AS int8), 0) "
    "FROM unnest(CAST(:series AS int4[])) AS s(series_id) "
    "LEFT JOIN telemetry.latest l ON l.series_id = s.series_id "
    "LEFT JOIN LATERAL ("
    "  SELECT telemetry.usable(r.value, r.quality) AS value FROM telemetry.readings r "
    "  WHERE r.series_id = s.series_id AND r.ts < :start "
    "  ORDER BY r.ts DESC, telemetry.usable(r.value, r.quality) DESC NULLS LAST LIMIT 1"
    ") b ON true ORDER BY s.series_id"
)


def of_readings(
    session: Session,
    series_ids: Sequence[int],
    starts: Sequence[datetime],
    ends: Sequence[datetime],
    width: timedelta,
) -> RollupRows:
    """Return the rows of spans, a series each, computed from readings; at least one span, none overlaps."""
    parameters = {
        "series": list(series_ids),
        "starts": list(starts),
        "ends": list(ends),
        "first": min(starts),
        "last": max(ends),
        "width": width,
    }
    return _fetch(session, _OF_READINGS, parameters)


def _fetch(session: Session, rows: str, parameters: dict[str, Any]) -> RollupRows:
    with driver_connection(session).cursor(f"rollups_{uuid4().hex}", binary=True) as cursor:
        cursor.itersize = 1
        cursor.execute(_JOINED.replace("{rows}", rows).encode(), parameters)
        return joined([unpack_rows(block) for (block,) in cursor])


def around(session: Session, series_ids: Sequence[int], start: datetime) -> Around:
    """Return what lies around a span that begins at `start`."""
    rows = session.execute(_AROUND, {"series": list(series_ids), "start": start}).all()
    return Around(
        np.array([row[0] for row in rows], np.int32),
        np.array([row[1] for row in rows], np.float64),
        np.array([row[2] for row in rows], np.int64),
    )
