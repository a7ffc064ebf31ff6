"""Every query of `telemetry.queries`."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from kernel.db import driver_connection

# Joined, because a row of a result costs more than what is in it.
_LATEST = """
SELECT string_agg(
    int4send(series_id) || timestamptz_send(ts) || float8send(value) || int4send(quality)
    || timestamptz_send(recorded_at),
    ''::bytea ORDER BY series_id
)
FROM telemetry.latest WHERE series_id = ANY(%(series_ids)s::int4[])
"""


def latest_joined(session: Session, series_ids: Sequence[int]) -> bytes:
    """Return the newest readings of series, joined for `unpack_latest` in the order of the series."""
    with driver_connection(session).cursor(binary=True) as cursor:
        row = cursor.execute(_LATEST, {"series_ids": list(series_ids)}).fetchone()
    return b"" if row is None or row[0] is None else bytes(row[0])
