"""How fast one ingest process commits, from the broker to the database, beside a raw COPY of the same rows.

A gateway is made, its frames are signed beforehand and sent through the real broker with a window of
unacknowledged ones; the clock runs from the first frame sent to the last one acknowledged after its commit.
The same rows, in the order of the index and in transactions of the same size, are copied into the same
table, into a day that is as full as the first one, by one connection that packs them as it goes.
"""

import time
from typing import Final

import numpy as np
import psycopg

from kernel.db import Database, engine_for
from runtime.bench.figures import Figure
from runtime.bench.ingest_platform import platform
from runtime.bench.ingest_sender import TAGS, connected, make_gateway, readings
from telemetry import service as telemetry
from telemetry.service import ReadingColumns

ROWS: Final = 1_500_000
FRAME_ROWS: Final = 500
COMMIT_READINGS: Final = 50_000
WAY: Final = (
    f"broker, frames of {FRAME_ROWS}, one transaction for ledger, readings, frames and latest values; "
    "against a raw binary COPY of the same rows"
)
_AWAY_DAYS_US: Final = 40 * 86_400_000_000
_AWAY_SERIES: Final = 1_000_000_000


def figures(rows: int = ROWS) -> list[Figure]:
    """Start a database, a broker and one ingest process of their own, and measure once."""
    with platform() as measured:
        database = Database(engine_for(measured.database_url, pool_size=2))
        try:
            gateway = make_gateway(database)
            columns = readings(rows)
            with connected(gateway, measured.mqtt_url) as sender:
                seconds = sender.send(gateway.frames(columns, FRAME_ROWS))
            copied_in = copy_seconds(database, columns)
        finally:
            database.dispose()
    return [
        Figure(
            "readings committed by one ingest process",
            rows / seconds,
            "1/s",
            rows / copied_in,
            rows=rows,
            clients=1,
            path=WAY,
        )
    ]


def copy_seconds(database: Database, columns: ReadingColumns, number: int = 0) -> float:
    """Copy the rows into days of their own, under series that do not exist; return the seconds it took.

    `number` tells repetitions apart: each has its own series, as each has its own gateway.
    """
    batches = [
        _away(columns, slice(start, start + COMMIT_READINGS), number)
        for start in range(0, len(columns), COMMIT_READINGS)
    ]
    for batch in batches:
        telemetry.ensure_partitions(database.engine, batch)
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        began = time.perf_counter()
        for batch in batches:
            with connection.transaction():
                telemetry.copy_readings(database.engine, connection, batch)
        return time.perf_counter() - began


def _away(columns: ReadingColumns, rows: slice, number: int) -> ReadingColumns:
    ts = columns.ts_us[rows] - _AWAY_DAYS_US
    return ReadingColumns(
        columns.series_id[rows] + np.int32(_AWAY_SERIES + number * TAGS),
        ts,
        columns.value[rows],
        columns.quality[rows],
        ts,
        columns.recorded_at_us,
    ).by_series_and_time()
