"""What the questions of `forewarn bench query` are about: machines with a year, a month and a newest reading.

Every reading is stored, by the product's own COPY with all that belongs to a commit.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kernel.clock import utc_now
from kernel.db import Database
from registry.assets import service as assets
from registry.permissions import PLATFORM
from runtime.bench.ingest_sender import make_gateway
from telemetry import service as telemetry
from telemetry.service import ReadingColumns, SeriesSpec

YEAR_ROWS: Final = 31_536_000
YEAR: Final = timedelta(days=365)
ASSET_SERIES: Final = 20
ASSET_SPAN: Final = timedelta(days=30)
LATEST_SERIES: Final = 10_000
# What is exported besides, so that it is 100 million in all when the year is whole.
ALL_ROWS: Final = 100_000_000
COMMIT_ROWS: Final = 200_000
_US: Final = timedelta(microseconds=1)
_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime.fromtimestamp(0, UTC)

# Five kinds of sensors as a PLC gives them: name, resolution, daily swing, noise.
SENSORS: Final = (
    ("temperature", 0.1, 5.0, 0.03),
    ("pressure", 0.01, 0.5, 0.01),
    ("current", 0.1, 2.0, 0.2),
    ("vibration", 0.001, 0.2, 0.05),
    ("state", 1.0, 0.6, 0.0),
)


Floats = NDArray[np.float64]

# What analogue inputs are scaled to, and their counts over it: of a converter of 12 bits, and of the nominal
# range of the common 16-bit modules, which leaves room above it.
_SPAN: Final = 100.0
_COUNTS_12: Final = 4095
_COUNTS_16: Final = 27_648


def _real(values: Floats) -> Floats:
    return values.astype(np.float32).astype(np.float64)


def _counts(counts: int) -> Callable[[Floats, float], Floats]:
    """Return what a PLC makes of so many counts: scaled in single precision, as REAL."""
    scale = np.float32(_SPAN / counts)

    def scaled(values: Floats, _: float) -> Floats:
        whole = np.rint(values / _SPAN * counts).astype(np.float32)
        return (whole * scale).astype(np.float64)

    return scaled


def _steps(values: Floats, resolution: float) -> Floats:
    whole: Floats = np.rint(values / resolution)
    return whole * resolution


def _decimals(values: Floats, resolution: float) -> Floats:
    return np.round(values, round(-np.log10(resolution)))


# In which form a device gives what it measures; of the value and the resolution of the sensor.
FORMS: Final[Mapping[str, Callable[[Floats, float], Floats]]] = {
    "steps": _steps,
    "json": _decimals,
    "real": lambda values, resolution: _real(_steps(values, resolution)),
    "real_every_bit": lambda values, _: _real(values),
    "counts_16": _counts(_COUNTS_16),
    "counts_12": _counts(_COUNTS_12),
    "double_every_bit": lambda values, _: values,
}


@dataclass(frozen=True)
class Stretch:
    """Readings to be stored: some series, sampled together at equal intervals.

    Attributes:
        series_ids: of it.
        start_us, end_us: its span.
        rows: how many times they are sampled.
        form: one of `FORMS`, in which devices give values.
    """

    series_ids: list[int]
    start_us: int
    end_us: int
    rows: int
    form: str = "steps"

    @property
    def readings(self) -> int:
        """How many readings it has."""
        return self.rows * len(self.series_ids)

    def columns(self, commit_rows: int = COMMIT_ROWS) -> Iterator[ReadingColumns]:
        """Yield the readings of each commit, in the order of time."""
        step = max(1, commit_rows // len(self.series_ids))
        width = self.end_us - self.start_us
        for first in range(0, self.rows, step):
            index = np.arange(first, min(self.rows, first + step), dtype=np.int64)
            # The width of a year in µs times the rows of a year does not fit into 64 bits.
            ts_us = self.start_us + (index * (width / self.rows)).astype(np.int64) // 1000 * 1000
            yield _sampled(self.series_ids, ts_us, first, self.form)


def _sampled(
    series_ids: list[int], ts_us: NDArray[np.int64], seed: int, form: str
) -> ReadingColumns:
    times, series = len(ts_us), len(series_ids)
    values = [
        signal(place, ts_us, np.random.default_rng([seed, series_id]), form)
        for place, series_id in enumerate(series_ids)
    ]
    ts = np.tile(ts_us, series)
    return ReadingColumns(
        np.repeat(np.array(series_ids, np.int32), times),
        ts,
        np.concatenate(values),
        np.zeros(len(ts), np.uint32),
        # The edge takes a reading some milliseconds after the source has it.
        ts + 12_000,
        int(ts_us[-1]) + 1_500_000,
    )


def signal(
    place: int, ts_us: NDArray[np.int64], random: np.random.Generator, form: str = "steps"
) -> Floats:
    """Return what the sensor at a place of a machine reads, in one of the `FORMS`."""
    kind, resolution, swing, noise = SENSORS[place % len(SENSORS)]
    phase = ts_us / _DAY_US * 2 * np.pi + place
    value = 20 + swing * np.sin(phase) + random.normal(scale=noise, size=len(ts_us))
    if kind == "state":
        return (np.sin(phase * 3) > 0).astype(np.float64)
    return FORMS[form](value, resolution)


@dataclass(frozen=True)
class Plant:
    """What is asked about.

    Attributes:
        year: one series over a year.
        asset: a machine's series over a month.
        rest: another series, that there is enough to export.
        latest: series with a reading each.
    """

    year: Stretch
    asset: Stretch
    rest: Stretch
    latest: list[int]

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """All that is long, as far as it has readings."""
        return tuple(each for each in (self.year, self.asset, self.rest) if each.rows)

    @property
    def readings(self) -> int:
        """How many readings there are, but for the newest of many."""
        return sum(each.readings for each in self.stretches)


def make_plant(database: Database, year_rows: int) -> Plant:
    """Register the series; the other stretches are as dense as the year is."""
    ids = make_series(database, [f"asset_{n}" for n in range(ASSET_SERIES)] + ["year", "rest"])
    latest = make_series(database, [f"latest_{n:05}" for n in range(LATEST_SERIES)])
    end_us, year_us = last_midnight_us(), YEAR // _US
    asset_rows = year_rows * ASSET_SPAN // YEAR
    rest_rows = ALL_ROWS * year_rows // YEAR_ROWS - year_rows - asset_rows * ASSET_SERIES
    return Plant(
        Stretch([ids[-2]], end_us - year_us, end_us, year_rows),
        Stretch(ids[:ASSET_SERIES], end_us - ASSET_SPAN // _US, end_us, asset_rows),
        Stretch([ids[-1]], end_us - year_us, end_us, max(0, rest_rows)),
        latest,
    )


def make_series(database: Database, names: list[str]) -> list[int]:
    """Register series of a new machine; returns their ids in the order of their names."""
    serial_number = make_gateway(database).schema.tags[0].asset_serial
    with database.transaction() as session:
        asset = assets.find_asset(session, PLATFORM, serial_number)
        assert asset is not None
        return telemetry.register_many(session, [SeriesSpec(asset.id, name) for name in names])


def last_midnight_us() -> int:
    """Return when the last day ended that nothing live is in any more, µs since 1970."""
    return (utc_now() - timedelta(hours=2) - _EPOCH) // _US // _DAY_US * _DAY_US


def load(database: Database, plant: Plant) -> None:
    """Store all readings of a plant."""
    for stretch in plant.stretches:
        for columns in stretch.columns():
            store(database, columns)
    now_us = (utc_now() - _EPOCH) // _US
    ids = np.array(plant.latest, np.int32)
    ts_us = np.full(len(ids), now_us, np.int64)
    store(
        database,
        ReadingColumns(ids, ts_us, ids / 8, np.zeros(len(ids), np.uint32), ts_us, now_us),
    )


def store(database: Database, columns: ReadingColumns) -> None:
    """Store readings as ingest does, in one transaction."""
    telemetry.ensure_partitions(database.engine, columns)
    prepared = telemetry.prepare_readings(columns)
    with database.transaction() as session:
        telemetry.store_readings(session, prepared)
