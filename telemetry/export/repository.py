"""Every query of `telemetry.export`."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kernel.db import driver_connection
from telemetry.columns import unpack_points
from telemetry.downsample import Arrays

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_BLOCK: Final = """
SELECT string_agg(timestamptz_send(ts) || float8send(value) || int4send(quality), ''::bytea ORDER BY ts)
FROM (
    SELECT ts, value, quality FROM telemetry.readings
    WHERE series_id = %(series_id)s AND ts >= %(start)s AND ts < %(end)s
    ORDER BY ts LIMIT %(rows_max)s
) block
"""


def block(
    session: Session, series_id: int, start_us: int, end_us: int, rows_max: int | None
) -> Arrays:
    """Return the first readings with `start_us <= ts < end_us` by source time; all without `rows_max`."""
    parameters = {
        "series_id": series_id,
        "start": _EPOCH + timedelta(microseconds=start_us),
        "end": _EPOCH + timedelta(microseconds=end_us),
        "rows_max": rows_max,
    }
    with driver_connection(session).cursor(binary=True) as cursor:
        row = cursor.execute(_BLOCK, parameters).fetchone()
    return unpack_points(b"" if row is None or row[0] is None else bytes(row[0]))
