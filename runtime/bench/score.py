"""How fast readings are scored, beside River's objects that do the same, with and without the database.

Rates are of CPU time, so that what else a machine does matters less; what the database does is waited for and
is measured by the clock.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import numpy as np

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.directory import IngestFrames, TelemetrySeries
from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.memory import Memory
from anomaly.scoring.monitor import SeriesMonitor
from anomaly.scoring.scorer import Scorer
from anomaly.scoring.warming import warm
from anomaly.settings import AnomalySettings
from anomaly.shards import shard_of
from anomaly.sources import LIVE, LaneKey, MemoryFrame, SeriesInfo
from kernel.db import Database, engine_for
from runtime.bench import score_soak
from runtime.bench.figures import Figure
from runtime.bench.ingest_platform import platform
from runtime.bench.ingest_sender import connected, make_gateway
from runtime.bench.ingest_sender import readings as readings_to_store

Say = Callable[[str], None]

ROWS: Final = 2_000_000
RIVER_ROWS: Final = 150_000
STORED_ROWS: Final = 500_000
FRAME_ROWS: Final = 64
LARGE_FRAME_ROWS: Final = 1000
STORED_FRAME_ROWS: Final = 500
RATE_AIM: Final = 2_000_000
FIRST_SECONDS_AIM: Final = 2.0
RESTART_SECONDS_AIM: Final = 10.0
GATEWAYS: Final = 64
SERIES: Final = 1000
ASSET_SERIES: Final = 16
# Between two snapshots of a gateway whose series are read once a second.
REPLAYED_SECONDS: Final = 60

_LANE: Final = LaneKey("bench", UUID(int=1), LIVE)
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_CHART: Final = "chart, flatline, range and silence watches, k of n, hysteresis"


def run(
    say: Say,
    *,
    cold: bool = False,  # noqa: ARG001 - as every measurement
    seconds: float | None = None,
) -> list[Figure]:
    """Measure everything this bench is about; with `seconds`, many gateways for so long instead."""
    if seconds is not None:
        return score_soak.run(say, seconds)
    say("compiling, or loading what was compiled before ...")
    warm()
    first = _first_batch()
    say(f"River's objects on {RIVER_ROWS:,} readings ...")
    river = _river_rate()
    say(f"the bank on {ROWS:,} readings ...")
    shipped_section = AnomalySettings()
    # What River's objects do, and no more.
    like_river = shipped_section.model_copy(update={"record_breaks": False, "device_models": False})
    found = [
        _rate("score_bank", like_river, FRAME_ROWS, river, _CHART + "; against River's objects"),
        _rate(
            "score_bank, large frames", like_river, LARGE_FRAME_ROWS, river,
            _CHART + "; against River's objects",
        ),
        _rate(
            "score_gateway", shipped_section, FRAME_ROWS, RATE_AIM,
            "everything as shipped: record breaks and device models too; against the aim",
        ),
        _rate(
            "score_gateway, large frames", shipped_section, LARGE_FRAME_ROWS, RATE_AIM,
            "everything as shipped: record breaks and device models too; against the aim",
        ),
        first,
    ]  # fmt: skip
    say(f"{GATEWAYS} gateways of {SERIES:,} series brought back ...")
    found.append(_restart())
    say("the same with the database ...")
    found.append(_stored_rate())
    return found


def _infos(series: int) -> dict[int, SeriesInfo]:
    return {
        number: SeriesInfo(
            number, f"asset-{number // ASSET_SERIES}", f"s{number}", "", "other", SeriesRange()
        )
        for number in range(series)
    }


def _frames(rows: int, frame_rows: int, seed: int = 1) -> list[MemoryFrame]:
    """Return frames with one reading a second of each of as many series as a frame has rows."""
    count = rows // frame_rows
    values = np.random.default_rng(seed).normal(10.0, 1.0, (count, frame_rows))
    numbers = np.arange(frame_rows, dtype=np.int32)
    quality = np.zeros(frame_rows, np.uint32)
    start_us = round(_START.timestamp() * 1e6)
    return [
        MemoryFrame(
            seq,
            _START + timedelta(seconds=seq),
            numbers,
            np.full(frame_rows, start_us + seq * 1_000_000, np.int64),
            values[seq],
            quality,
        )
        for seq in range(count)
    ]


def _rate(name: str, section: AnomalySettings, frame_rows: int, against: float, way: str) -> Figure:
    rates = []
    for seed in range(3):
        models, infos = GatewayModels(shipped.EW_CHART, section), _infos(frame_rows)
        frames = _frames(ROWS, frame_rows, seed)
        began = time.process_time()
        for frame in frames:
            models.score(_LANE, frame, infos)
        rates.append(len(frames) * frame_rows / (time.process_time() - began))
    low, rate, high = sorted(rates)
    return Figure(
        name, rate, "readings/s", against, rows=ROWS, clients=1, low=low, high=high,
        path=f"one core, CPU time, frames of {frame_rows} series in memory, warm-up included: {way}",
    )  # fmt: skip


def _river_rate() -> float:
    section = AnomalySettings()
    monitors = [
        SeriesMonitor(number, shipped.EW_CHART.make(section, SeriesRange()), section, SeriesRange())
        for number in range(FRAME_ROWS)
    ]
    frames = _frames(RIVER_ROWS, FRAME_ROWS)
    rows = [
        list(enumerate(zip(frame.ts_us.tolist(), frame.value.tolist(), strict=True)))
        for frame in frames
    ]
    place = (str(_LANE.epoch), LIVE, 0)
    began = time.process_time()
    for readings in rows:
        for number, (ts_us, value) in readings:
            monitors[number].run([(number, ts_us, value)], place, frozen=False)
    return len(frames) * FRAME_ROWS / (time.process_time() - began)


def _first_batch() -> Figure:
    """Time a process of its own, as one that scores is when it starts."""
    code = (
        "import time; began = time.perf_counter()\n"
        "from anomaly.scoring.warming import warm\n"
        "warm(); print(time.perf_counter() - began, time.process_time())"
    )
    with TemporaryDirectory() as bytecode:
        # An image has Python's bytecode, whatever the environment of this process keeps.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(3):  # the first may have to compile what has changed
            done = subprocess.run(  # our own code, our own interpreter
                [sys.executable, "-c", code],
                check=True, capture_output=True, text=True, env=environment,
            )  # fmt: skip
    seconds, cpu_seconds = (float(part) for part in done.stdout.split())
    return Figure(
        "first batch of a new process", seconds, "s", FIRST_SECONDS_AIM, rows=1,
        path="from the first import of the bank to the first reading scored, compiled before; "
        f"{cpu_seconds:.2f} s of CPU time with the start of Python",
    )  # fmt: skip


def _restart() -> Figure:
    """Bring back gateways from a snapshot and the frames since then, one after the other."""
    infos = _infos(SERIES)
    models = GatewayModels(shipped.EW_CHART, AnomalySettings())
    frames = _frames(SERIES * 2 * REPLAYED_SECONDS, SERIES)
    for frame in frames[:REPLAYED_SECONDS]:
        models.score(_LANE, frame, infos)
    blob = models.pack()
    began = time.perf_counter()
    for _ in range(GATEWAYS):
        again = GatewayModels(shipped.EW_CHART, AnomalySettings())
        again.unpack(blob, lambda _: infos)
        for frame in frames[REPLAYED_SECONDS:]:
            again.score(_LANE, frame, infos)
    return Figure(
        "restart of 64 gateways of 1,000 series",
        time.perf_counter() - began,
        "s",
        RESTART_SECONDS_AIM,
        rows=GATEWAYS * REPLAYED_SECONDS * SERIES,
        clients=1,
        path=f"snapshots of {len(blob) / SERIES / 1000:.2f} kB a series unpacked and {REPLAYED_SECONDS} s of "
        "frames replayed, one process, without reading them from the database",
    )


def _stored_rate() -> Figure:
    """Let one gateway's frames be ingested, then score them as a worker does."""
    with platform() as measured:
        database = Database(engine_for(measured.database_url, pool_size=2))
        try:
            gateway = make_gateway(database)
            columns = readings_to_store(STORED_ROWS)
            with connected(gateway, measured.mqtt_url) as sender:
                sender.send(gateway.frames(columns, STORED_FRAME_ROWS))
            section = AnomalySettings()
            scorer = Scorer(database, IngestFrames(), TelemetrySeries(), section, Memory())
            shard, scored = shard_of(gateway.agent, section.shards), 0
            began = time.perf_counter()
            while done := scorer.run(shard).readings:
                scored += done
            seconds = time.perf_counter() - began
        finally:
            database.dispose()
    return Figure(
        "score_stored", scored / seconds, "readings/s", RATE_AIM, rows=scored, clients=1,
        path=f"frames of {STORED_FRAME_ROWS} read from the log in PostgreSQL and scored as shipped; cursors, "
        "alarms and snapshots committed; against the aim",
    )  # fmt: skip
