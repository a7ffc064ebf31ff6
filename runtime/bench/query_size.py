"""What a reading takes on TimescaleDB once the columnstore policy has run."""

from contextlib import ExitStack
from typing import Final

import psycopg
from sqlalchemy import text

from kernel.db import Database, engine_for
from runtime.bench.figures import Figure
from runtime.bench.ingest_platform import database_of, timescale_in_wasm
from runtime.bench.query_data import (
    ASSET_SERIES,
    SENSORS,
    Stretch,
    last_midnight_us,
    make_series,
    store,
)
from runtime.checks.needs import Missing, Say

TIMESCALE_VARIABLE: Final = "FOREWARN_TEST_TIMESCALE_DSN"
BYTES_AIM: Final = 3.0
ROWS_EACH: Final = 20_000
# Larger ones take the server in WASM, which gets them byte by byte, longer than in proportion.
COMMIT_ROWS: Final = 10_000
_IN_WASM: Final = "TimescaleDB in WASM; --dsn for a native one; "
_ROUNDS_MAX: Final = 10_000
# The same values in every form that devices give them in.
_FORMS: Final = {
    "steps": "steps of their resolution, worked out in double precision",
    "json": "decimal fractions, as in JSON",
    "real": "steps of their resolution as REAL (single precision)",
    "counts_12": "counts of 12 bits over the range, scaled by the PLC, as REAL",
    "counts_16": "counts of 0 to 27,648 over the range, scaled by the PLC, as REAL",
    "real_every_bit": "REAL with noise in every bit",
    "double_every_bit": "doubles with noise in every bit",
}


def bytes_of_readings(dsn: str | None, say: Say) -> list[Figure]:
    """Measure on the server named, else in WASM, where a checkout has it."""
    name = "bytes_per_reading"
    say("storing a machine's readings in a columnstore ...")
    try:
        with database_of(dsn) if dsn else timescale_in_wasm(say) as url, ExitStack() as stack:
            database = Database(engine_for(url, pool_size=1, overflow=0))
            stack.callback(database.dispose)
            return _of_asset(name, database, "" if dsn else _IN_WASM)
    except Missing as missing:
        return [Figure(name, None, "bytes", BYTES_AIM, path=f"{missing.detail}; or --dsn")]


def _of_asset(name: str, database: Database, where: str) -> list[Figure]:
    ids = make_series(database, [f"asset_{n}" for n in range(ASSET_SERIES)])
    end_us = last_midnight_us()
    figures = []
    for form, words in _FORMS.items():
        stretch = Stretch(ids, end_us - ROWS_EACH * 1_000_000, end_us, ROWS_EACH, form)
        _empty(database)
        for columns in stretch.columns(COMMIT_ROWS):
            store(database, columns)
        before = _bytes(database) / stretch.readings
        compress(database)
        after = _bytes(database) / stretch.readings
        if form == "steps":
            figures += [
                Figure(
                    name, after, "bytes", BYTES_AIM, rows=stretch.readings, path=_way(where, words)
                ),
                Figure(
                    f"{name} before the policy",
                    before,
                    "bytes",
                    rows=stretch.readings,
                    path=f"{where}the same in the rowstore",
                ),
            ]
        else:
            path = _way(where, words)
            figures.append(
                Figure(
                    f"{name}_{form}", after, "bytes", BYTES_AIM, rows=stretch.readings, path=path
                )
            )
    return figures


def _way(where: str, words: str) -> str:
    kinds = ", ".join(dict.fromkeys(kind for kind, *_ in SENSORS))
    return (
        f"{where}{ASSET_SERIES} series of a machine at 1 s ({kinds}, with noise) in {words}; all columns and "
        "indexes of the chunks, after the columnstore policy"
    )


def _empty(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("TRUNCATE telemetry.readings, telemetry.latest"))


def _bytes(database: Database) -> int:
    with database.transaction() as session:
        return int(
            session.execute(
                text(
                    "SELECT total_bytes FROM public.hypertable_detailed_size('telemetry.readings')"
                )
            ).scalar_one()
        )


def compress(database: Database) -> None:
    """Do what the columnstore policy's job does."""
    _run_jobs(database, "^policy_.*(compress|columnstore)")


def settle(database: Database) -> None:
    """Do what the jobs for rollups and the columnstore do, until nothing is left."""
    for _ in range(_ROUNDS_MAX):
        _run_jobs(database, "^refresh_marked$")
        with database.transaction() as session:
            if not session.execute(
                text("SELECT count(*) FROM telemetry.rollup_marks")
            ).scalar_one():
                break
    compress(database)


def _run_jobs(database: Database, names: str) -> None:
    """Run jobs in sessions of their own, as the owner; a job commits as it likes."""
    database.dispose()
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        jobs = connection.execute(
            "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name ~ %s ORDER BY job_id",
            (names,),
        ).fetchall()
        for job in jobs:
            connection.execute("CALL public.run_job(%s)", job)
