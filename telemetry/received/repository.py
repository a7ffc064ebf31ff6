"""Every query on readings as they were received."""

from datetime import datetime

from sqlalchemy.orm import Session

from kernel.db import driver_connection

# Joined, because a row of a result costs more than what is in it.
_NEWEST = """
SELECT string_agg(
    timestamptz_send(ts) || float8send(value) || int4send(quality) || timestamptz_send(recorded_at),
    ''::bytea ORDER BY ts, recorded_at, edge_ts
)
FROM (
    SELECT ts, value, quality, recorded_at, edge_ts
    FROM telemetry.readings
    WHERE series_id = %(series_id)s AND ts >= %(start)s AND recorded_at < %(before)s
    ORDER BY ts DESC, recorded_at DESC, edge_ts DESC LIMIT %(limit)s
) newest
"""


def newest_joined(
    session: Session, series_id: int, start: datetime, before: datetime, limit: int
) -> bytes:
    """Return the newest readings, joined for `unpack_received` in the order of source time."""
    parameters = {"series_id": series_id, "start": start, "before": before, "limit": limit}
    with driver_connection(session).cursor(binary=True) as cursor:
        row = cursor.execute(_NEWEST, parameters).fetchone()
    return b"" if row is None or row[0] is None else bytes(row[0])
