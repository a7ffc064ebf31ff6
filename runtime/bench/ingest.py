"""What one ingest process does: its rate beside a raw COPY, delay, memory, what malformed input costs.

Rounds are interleaved, so that whatever else the machine does falls on all of them: the same rows are sent
and copied, then, in shorter rounds, sent clean, sent with malformed messages between them and sent with
malformed readings among them; the order changes from round to round.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

import numpy as np

from kernel.db import Database, engine_for
from runtime.bench.figures import Figure, median_between, percentile
from runtime.bench.ingest_path import FRAME_ROWS, WAY, copy_seconds
from runtime.bench.ingest_platform import (
    IngestPlatform,
    database_of,
    platform,
    timescale_in_wasm,
)
from runtime.bench.ingest_sender import connected, make_gateway, malformed, paced, readings
from runtime.checks.needs import Missing, Say
from telemetry.columns import ReadingColumns

ROUNDS: Final = 8
ROWS: Final = 1_000_000
# Many short rounds: the machine's pace drifts by more than malformed input costs.
MALFORMED_ROUNDS: Final = 80
MALFORMED_ROUNDS_IN_WASM: Final = 16
MALFORMED_ROWS: Final = 250_000
LATENCY_SECONDS: Final = 10.0
FLOOD_SECONDS: Final = 10.0
FLOOD_FRAMES: Final = 300
FLOOD_FRAME_ROWS: Final = 5000
MALFORMED_PART: Final = 0.01
MALFORMED_COST_AIM: Final = 5.0

RATE_AIM: Final = 200_000.0
TIMESCALE_RATE_AIM: Final = 400_000.0
DELAY_AIM_SECONDS: Final = 2.0
RSS_AIM_MB: Final = 400.0
IN_WASM: Final = "TimescaleDB in WASM: one backend in turns, no disk; --dsn for a native one; "
TIMESCALE_VARIABLE: Final = "FOREWARN_TEST_TIMESCALE_DSN"


@dataclass
class _Sent:
    """Readings per second of each round; processor seconds of ingest for a million."""

    rates: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)


def run(say: Say, *, cold: bool = False, dsn: str | None = None) -> list[Figure]:
    """Measure on embedded PostgreSQL and on TimescaleDB."""
    del cold
    with platform() as measured:
        figures = _rates("ingest_postgres", measured, say, RATE_AIM, MALFORMED_ROUNDS)
        rate = figures[0].value
        assert rate is not None
        say(f"sending {rate / 2:,.0f} readings/s for {LATENCY_SECONDS:.0f} s ...")
        figures.append(_delay(measured, rate / 2))
        say("flooding it while the database stands still ...")
        figures += _flood(measured)
    return figures + _on_timescale(dsn or os.environ.get(TIMESCALE_VARIABLE), say)


def _on_timescale(dsn: str | None, say: Say) -> list[Figure]:
    """Measure on the server named, else on TimescaleDB in WASM, where a checkout has it."""
    name = "ingest_timescale"
    where = database_of(dsn) if dsn else timescale_in_wasm(say)
    try:
        with platform(where) as measured:
            figures = _rates(
                name,
                measured,
                say,
                TIMESCALE_RATE_AIM,
                MALFORMED_ROUNDS if dsn else MALFORMED_ROUNDS_IN_WASM,
            )
    except Missing as missing:
        return [Figure(name, None, "1/s", path=f"{missing.detail}; or --dsn")]
    if dsn:
        return figures
    return [replace(figure, path=IN_WASM + figure.path) for figure in figures]


@contextmanager
def peak_rss_mb(measured: IngestPlatform) -> Iterator[list[float]]:
    """Watch the memory of the ingest process; the list holds its peak in MB when the block has ended."""
    peak, stop = [0.0], threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            peak[0] = max(peak[0], measured.ingest.memory_info().rss / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


@contextmanager
def _database(measured: IngestPlatform) -> Iterator[Database]:
    database = Database(engine_for(measured.database_url, pool_size=2))
    try:
        yield database
    finally:
        database.dispose()


def _rates(
    name: str, measured: IngestPlatform, say: Say, aim: float, malformed_rounds: int
) -> list[Figure]:
    clean, copied = _Sent(), list[float]()
    sent = {what: _Sent() for what in ("clean", "messages", "readings")}
    with _database(measured) as database, peak_rss_mb(measured) as peak:
        for number in range(ROUNDS):
            say(f"{name}: round {number + 1} of {ROUNDS} ...")
            _round(number, database, measured, clean, copied)
        for number in range(malformed_rounds):
            say(f"{name}: malformed input, round {number + 1} of {malformed_rounds} ...")
            _malformed_round(number, database, measured, sent)
    ratios = [ours / raw for ours, raw in zip(clean.rates, copied, strict=True)]
    return [
        Figure(
            name,
            median(clean.rates),
            "1/s",
            median(copied),
            rows=ROWS * ROUNDS,
            clients=1,
            path=WAY,
            low=min(clean.rates),
            high=max(clean.rates),
            ratio_low=round(min(ratios), 3),
            ratio_high=round(max(ratios), 3),
        ),
        Figure(f"{name}: aim", median(clean.rates), "1/s", aim, path="the rate aimed at"),
        *_malformed_figures(name, "messages", sent["messages"], sent["clean"]),
        *_malformed_figures(name, "readings", sent["readings"], sent["clean"]),
        Figure(
            f"{name}: processor time of ingest",
            median(clean.processor),
            "s/million",
            path="user and system time of the ingest process for a million readings; what else the machine "
            "does changes it little",
            low=min(clean.processor),
            high=max(clean.processor),
        ),
        Figure(f"{name}: memory", peak[0], "MB", RSS_AIM_MB, path="resident, peak of all rounds"),
    ]


def _processor_seconds(measured: IngestPlatform) -> float:
    times = measured.ingest.cpu_times()
    return float(times.user + times.system)


def _malformed_figures(name: str, what: str, bad: _Sent, clean: _Sent) -> list[Figure]:
    way = f"against the same without malformed {what} in the same rounds"
    return [
        _cost(
            f"{name}: cost of 1 % malformed {what}",
            [1 - ours / good for ours, good in zip(bad.rates, clean.rates, strict=True)],
            f"of the rate, {way}",
        ),
        Figure(
            f"{name}: processor cost of 1 % malformed {what}",
            100 * (sum(bad.processor) / sum(clean.processor) - 1),
            "%",
            rows=MALFORMED_ROWS * len(bad.processor),
            path=f"processor time of ingest over all rounds, {way}; little changed by other load",
        ),
    ]


def _cost(name: str, parts: list[float], way: str) -> Figure:
    """Return the median cost of the rounds, each against its own clean one; below 0 where there was none.

    Its low and high bound the median with 95 % confidence, where the rounds suffice for that.
    """
    percent = [100 * part for part in parts]
    low, high, confidence = median_between(percent)
    return Figure(
        name,
        median(percent),
        "%",
        MALFORMED_COST_AIM,
        rows=MALFORMED_ROWS * len(parts),
        path=f"{way}; median of {len(parts)} rounds, between its bounds with {confidence:.0%} confidence",
        low=low,
        high=high,
    )


def _round(
    number: int, database: Database, measured: IngestPlatform, clean: _Sent, copied: list[float]
) -> None:
    columns = readings(ROWS)
    parts: list[Callable[[], None]] = [
        lambda: _send(database, measured, columns, 0, clean),
        lambda: copied.append(ROWS / copy_seconds(database, columns, number)),
    ]
    for part in parts if number % 2 else reversed(parts):
        part()


def _malformed_round(
    number: int, database: Database, measured: IngestPlatform, sent: dict[str, _Sent]
) -> None:
    columns = readings(MALFORMED_ROWS)
    values = columns.value.copy()
    values[:: round(1 / MALFORMED_PART)] = np.nan
    spoilt = replace(columns, value=values)
    turns = list(sent)
    for what in turns[number % len(turns) :] + turns[: number % len(turns)]:
        _send(
            database,
            measured,
            spoilt if what == "readings" else columns,
            MALFORMED_PART if what == "messages" else 0,
            sent[what],
        )


def _send(
    database: Database,
    measured: IngestPlatform,
    columns: ReadingColumns,
    malformed_part: float,
    noted: _Sent,
) -> None:
    """Send readings from a gateway of their own, and so many malformed messages between the frames."""
    gateway, rows = make_gateway(database), len(columns.value)
    frames = gateway.frames(columns, FRAME_ROWS)
    others = malformed(frames, round(len(frames) * malformed_part))
    before = _processor_seconds(measured)
    with connected(gateway, measured.mqtt_url) as sender:
        noted.rates.append(rows / sender.send(frames, others))
    noted.processor.append((_processor_seconds(measured) - before) / rows * 1e6)


def _delay(measured: IngestPlatform, rate: float) -> Figure:
    """Send at half load; a reading can be queried by the time its frame is acknowledged.

    Every frame counts with its oldest reading, so that cutting frames is part of it.
    """
    with _database(measured) as database:
        gateway = make_gateway(database)
        ahead = 1.0
        while True:
            # Signed beforehand, so that the sender does not take the processor from what is measured.
            start = time.time() + ahead
            columns = paced(rate, LATENCY_SECONDS, FRAME_ROWS, start)
            frames = gateway.frames(columns, FRAME_ROWS)
            if time.time() + 0.5 < start:
                break
            ahead = 2 * (time.time() - start + ahead) + 1
    oldest = (columns.ts_us[::FRAME_ROWS] / 1e6).tolist()
    cut = (columns.ts_us[FRAME_ROWS - 1 :: FRAME_ROWS] / 1e6).tolist()
    with connected(gateway, measured.mqtt_url) as sender:
        sender.announce()
        sender.send_at(frames, cut)
        delays = [sender.acked_at[seq] - oldest[seq] for seq in range(len(frames))]
    return Figure(
        "source to queryable at half load, p99",
        percentile(delays, 0.99),
        "s",
        DELAY_AIM_SECONDS,
        rows=len(columns),
        clients=1,
        path=f"{rate:,.0f} readings/s; from the oldest reading of a frame to its acknowledgement",
        low=min(delays),
        high=max(delays),
    )


def _flood(measured: IngestPlatform) -> list[Figure]:
    with _database(measured) as database:
        gateway = make_gateway(database)
    frames = gateway.frames(readings(FLOOD_FRAMES * FLOOD_FRAME_ROWS), FLOOD_FRAME_ROWS)
    sent = 0
    with connected(gateway, measured.mqtt_url) as sender, peak_rss_mb(measured) as peak:
        sender.announce()
        sender.publish(frames[0])
        sender.wait_for(1, frames[:1])
        with measured.database_stopped():
            until = time.monotonic() + FLOOD_SECONDS
            while time.monotonic() < until:
                for frame in frames[:50]:
                    sender.publish(frame)
                sent += 50
                time.sleep(0.05)
        began = time.monotonic()
        sender.wait_for(len(frames), frames)
        seconds = time.monotonic() - began
    sent_mb = sent * len(frames[0]) / 1e6
    way = (
        f"{sent} frames, {sent_mb:,.0f} MB, in {FLOOD_SECONDS:.0f} s while the database was stopped"
    )
    return [
        Figure("memory in a flood", peak[0], "MB", RSS_AIM_MB, path=way),
        Figure("flood: until all is acknowledged", seconds, "s", rows=len(frames), path=way),
    ]
