"""How fast questions about readings are answered, and what an export takes."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

import psutil

from kernel.clock import utc_now
from kernel.db import Database, engine_for
from runtime.bench.figures import Figure, growth_percent
from runtime.bench.ingest_platform import database_of, embedded_database, settings_of
from runtime.bench.query_data import YEAR_ROWS, Plant, Stretch, load, make_plant
from runtime.bench.query_size import TIMESCALE_VARIABLE, bytes_of_readings, settle
from runtime.checks.needs import Say
from runtime.embedded.postgres import new_password
from telemetry.export.rules import ExportedSeries, Format
from telemetry.export.service import Export, chunks
from telemetry.queries.latest import latest_columns
from telemetry.queries.plots import read_plots
from telemetry.rollups import upkeep

LATEST_MS_AIM: Final = 50.0
YEAR_MS_AIM: Final = 200.0
ASSET_MS_AIM: Final = 500.0
GROWTH_AIM: Final = 5.0
POINTS: Final = 2000
REPEATS: Final = 15
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def run(
    say: Say, *, cold: bool = False, dsn: str | None = None, year_rows: int = YEAR_ROWS
) -> list[Figure]:
    """Measure on embedded PostgreSQL, on the TimescaleDB of `dsn` if there is one, and the size there."""
    del cold
    dsn = dsn or os.environ.get(TIMESCALE_VARIABLE)
    with (
        tempfile.TemporaryDirectory(prefix="forewarn-bench-") as folder,
        settings_of(
            {
                "FOREWARN_CONFIG": str(Path(folder) / "none.toml"),
                "FOREWARN_SECRET_KEY": new_password(),
            }
        ),
    ):
        with embedded_database(Path(folder)) as (url, _):
            figures = _measured("", url, say, year_rows, settle_it=_refresh)
        if dsn:
            with database_of(dsn) as url:
                figures += _measured(" (timescaledb)", url, say, year_rows, settle_it=settle)
        return figures + bytes_of_readings(dsn, say)


def _refresh(database: Database) -> None:
    """Bring rollups up to date, as the schedule does."""
    while not upkeep.refresh(database, utc_now()):
        pass


def _measured(
    suffix: str,
    url: str,
    say: Say,
    year_rows: int,
    *,
    settle_it: Callable[[Database], None],
) -> list[Figure]:
    with ExitStack() as stack:
        database = Database(engine_for(url, pool_size=2))
        stack.callback(database.dispose)
        plant = make_plant(database, year_rows)
        say(f"storing {plant.readings:,} readings ...")
        began = time.perf_counter()
        load(database, plant)
        loaded = time.perf_counter()
        say("rolling them up ...")
        settle_it(database)
        settled = time.perf_counter()
        say("asking ...")
        figures = [
            *_questions(database, plant, suffix),
            _rate(
                f"stored{suffix}",
                plant,
                loaded - began,
                "COPY, latest values and marks, one client",
            ),
            _rate(
                f"rolled up{suffix}", plant, settled - loaded, "all rollups of all that was stored"
            ),
        ]
        kinds: tuple[Format, ...] = ("csv", "parquet")
        for kind in kinds:
            say(f"exporting {plant.readings:,} readings as {kind} ...")
            figures += _export(database, plant, kind, suffix)
        return figures


def _questions(database: Database, plant: Plant, suffix: str) -> list[Figure]:
    def latest() -> None:
        with database.transaction() as session:
            found = latest_columns(session, plant.latest)
        assert len(found.series_id) == len(plant.latest)

    return [
        _timed(
            f"latest_10k_ms{suffix}",
            latest,
            LATEST_MS_AIM,
            len(plant.latest),
            "newest readings of 10,000 series in one call, as columns",
        ),
        _plot(f"year_2000_points_ms{suffix}", database, plant.year, YEAR_MS_AIM),
        _plot(f"asset_30_days_ms{suffix}", database, plant.asset, ASSET_MS_AIM),
    ]


def _plot(name: str, database: Database, stretch: Stretch, aim: float) -> Figure:
    start, end = (_EPOCH + timedelta(microseconds=us) for us in (stretch.start_us, stretch.end_us))
    resolutions: set[str] = set()

    def ask() -> None:
        with database.transaction() as session:
            plots = read_plots(session, stretch.series_ids, (start, end), POINTS)
        assert sum(plot.readings for plot in plots) == stretch.readings, "every reading counts"
        resolutions.update(plot.resolution for plot in plots)

    figure = _timed(name, ask, aim, stretch.readings, "")
    way = (
        f"{len(stretch.series_ids)} series over {(end - start).days} days, at most {POINTS:,} points each, "
        f"spikes kept, from {' and '.join(sorted(resolutions))}"
    )
    return Figure(**{**vars(figure), "path": way})


def _timed(name: str, ask: Callable[[], None], aim: float, rows: int, way: str) -> Figure:
    taken = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - began))
    return Figure(
        name,
        round(median(taken), 1),
        "ms",
        aim,
        rows=rows,
        clients=1,
        path=way,
        low=round(min(taken), 1),
        high=round(max(taken), 1),
    )


def _rate(name: str, plant: Plant, seconds: float, way: str) -> Figure:
    return Figure(name, plant.readings / seconds, "1/s", rows=plant.readings, clients=1, path=way)


def _export(database: Database, plant: Plant, kind: Format, suffix: str) -> list[Figure]:
    series = tuple(
        ExportedSeries(series_id, "BENCH-1", f"sensor_{series_id}", "mm/s")
        for stretch in plant.stretches
        for series_id in stretch.series_ids
    )
    ends = [(each.start_us, each.end_us) for each in plant.stretches]
    asked = Export(series, min(start for start, _ in ends), max(end for _, end in ends), kind)
    sent = 0
    began = time.perf_counter()
    with _memory() as sizes:
        for chunk in chunks(database, asked):
            sent += len(chunk)
    seconds = time.perf_counter() - began
    way = f"as {kind}, {sent / 1e6:,.0f} MB, a block and a transaction at a time, nothing written to disk"
    return [
        Figure(
            f"export_{kind}_memory_growth{suffix}",
            round(growth_percent(sizes), 2),
            "%",
            GROWTH_AIM,
            rows=plant.readings,
            clients=1,
            path=f"resident memory of the exporting process, last tenth against second; {way}",
        ),
        Figure(
            f"export_{kind}_memory{suffix}",
            round(max(sizes), 1),
            "MB",
            rows=plant.readings,
            path=f"its peak, the measurement included; {way}",
        ),
        _rate(f"export_{kind}{suffix}", plant, seconds, way),
    ]


@contextmanager
def _memory() -> Iterator[list[float]]:
    """Note the memory of this process in MB several times a second for the length of the block."""
    process = psutil.Process()
    sizes = [process.memory_info().rss / 1e6]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.1):
            sizes.append(process.memory_info().rss / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield sizes
    finally:
        stop.set()
        thread.join()
