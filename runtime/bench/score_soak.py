"""Many gateways for a while: frames through broker, ingest and database to a scoring process of its own.

Says whether scoring kept up, what it took, and how long a new process needs until it has caught up.
"""

import multiprocessing as mp
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Final
from uuid import UUID, uuid4

import numpy as np
import paho.mqtt.client as paho
import psutil

from anomaly import service as anomaly
from anomaly.directory import IngestFrames, TelemetrySeries
from anomaly.scoring.memory import Memory
from anomaly.scoring.scorer import Scorer
from anomaly.scoring.warming import warm
from anomaly.settings import AnomalySettings
from kernel.db import Database, engine_for
from kernel.wire.frames import Frame, encode_frame, frame_topic, schema_topic
from kernel.wire.messages import Schema, Tag, encode_schema
from registry.assets import service as assets
from registry.gateways import service as gateways
from registry.organisations import service as organisations
from registry.permissions import PLATFORM
from registry.product_models import service as product_models
from registry.sites import service as sites
from runtime.bench.figures import Figure
from runtime.bench.ingest_platform import platform
from runtime.bench.ingest_sender import BenchGateway, connected

GATEWAYS: Final = 64
MACHINES: Final = 50
MACHINE_SERIES: Final = 20
SERIES: Final = MACHINES * MACHINE_SERIES
RESTART_SECONDS_AIM: Final = 10.0
# Scoring may be this far behind and still keep up: it works in rounds.
LAG_SECONDS_MAX: Final = 5.0
_LOOK_SECONDS: Final = 0.2
_DRAIN_SECONDS_MAX: Final = 300.0
_US: Final = 1_000_000

Say = Callable[[str], None]


@dataclass
class Plant:
    """All gateways, and how many frames each has sent: one a second, of all its series."""

    gateways: list[BenchGateway]
    epochs: list[UUID] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self.epochs = [uuid4() for _ in self.gateways]
        self._random = np.random.default_rng(1)
        self._series = array("I", range(SERIES))
        self._quality = array("I", bytes(4 * SERIES))

    def announce(self, client: paho.Client) -> None:
        """Send what the tags of each gateway are."""
        for gateway in self.gateways:
            schema = encode_schema(gateway.schema, gateway.key)
            client.publish(schema_topic(gateway.agent), schema, qos=1)

    def send(self, client: paho.Client) -> None:
        """Send a second's frame of every gateway, spread over that second."""
        began = time.time()
        for number, (gateway, epoch) in enumerate(zip(self.gateways, self.epochs, strict=True)):
            now_us = time.time_ns() // 1000
            ts = array("q", [now_us]) * SERIES
            value = array("d", self._random.normal(10.0, 1.0, SERIES).round(3).tobytes())
            frame = Frame(
                gateway.agent, epoch, "live", self.sent, gateway.schema.hash, now_us, self._series, ts, ts,
                ts, value, self._quality,
            )  # fmt: skip
            client.publish(frame_topic(gateway.agent), encode_frame(frame, gateway.key), qos=1)
            time.sleep(max(0.0, began + (number + 1) / GATEWAYS - time.time()))
        self.sent += 1


def make_plant(database: Database) -> Plant:
    """Make gateways with machines of some series each."""
    with database.transaction() as session:
        top = organisations.create_manufacturer(session, PLATFORM, "Bench")
        owner = organisations.create_organisation(
            session, PLATFORM, kind="customer", name="Bench", parent_id=top.id
        )
        site = sites.create_site(
            session, PLATFORM, organisation_id=owner.id, name="Bench", time_zone="UTC"
        )
        model = product_models.create_model(
            session, PLATFORM, code="B", name="Bench", equipment_class="pump"
        )
        made = []
        for number in range(GATEWAYS):
            gateway, key = gateways.create_gateway(session, PLATFORM, f"Bench {number}", site.id)
            tags = []
            for machine in range(MACHINES):
                asset = assets.register_asset(
                    session,
                    PLATFORM,
                    serial_number=f"B-{number:03d}-{machine:03d}",
                    name="Bench",
                    model_id=model.id,
                    organisation_id=owner.id,
                    site_id=site.id,
                )
                names = (f"t{machine}.{n}" for n in range(MACHINE_SERIES))
                tags += [Tag(name, asset.serial_number, name) for name in names]
            made.append(BenchGateway(Schema(gateway.id, tuple(tags)), key))
    return Plant(made)


def score(url: str, stop: "threading.Event") -> None:
    """Score what there is until told to stop: what a scoring worker does, without its queue."""
    parent = mp.parent_process()
    assert parent is not None
    warm()
    database = Database(engine_for(url, pool_size=2))
    scorer = Scorer(database, IngestFrames(), TelemetrySeries(), AnomalySettings(), Memory())
    try:
        while not stop.is_set() and parent.is_alive():
            with database.transaction() as session:
                due = scorer.shards_with_work(session)
            for shard in due:
                scorer.run(shard)
            if not due:
                stop.wait(_LOOK_SECONDS)
    finally:
        database.dispose()


@contextmanager
def scoring(url: str) -> Iterator[psutil.Process]:
    """Have a process score for the length of the block."""
    context = mp.get_context("spawn")
    stop = context.Event()
    process: BaseProcess = context.Process(target=score, args=(url, stop))
    process.start()
    try:
        yield psutil.Process(process.pid)
    finally:
        stop.set()
        process.join(60)
        if process.is_alive():
            process.kill()


@dataclass(frozen=True)
class Behind:
    """Frames, of the gateway that is furthest behind: that were received, and scored."""

    received: int
    scored: int


def _behind(database: Database, plant: Plant) -> Behind:
    with database.transaction() as session:
        heads, cursors = IngestFrames().heads(session), anomaly.scored_up_to(session)
    received = [head for lane, head in heads.items() if lane.epoch in plant.epochs]
    scored = [cursors.get(lane, 0) for lane in heads if lane.epoch in plant.epochs]
    all_there = len(received) == GATEWAYS
    return Behind(min(received), min(scored)) if all_there else Behind(0, 0)


def _wait(database: Database, plant: Plant, say: Say) -> tuple[Behind, float]:
    """Wait until everything is scored; return what was, and after how many seconds."""
    began, told = time.monotonic(), None
    while True:
        behind, waited = _behind(database, plant), time.monotonic() - began
        if behind.scored >= plant.sent or waited > _DRAIN_SECONDS_MAX:
            return behind, waited
        if behind != told:
            told = behind
            say(
                f"{plant.sent - behind.received} s to receive, {plant.sent - behind.scored} to score"
            )
        time.sleep(1.0)


def run(say: Say, seconds: float) -> list[Figure]:
    """Send for so many seconds and measure what scoring makes of it."""
    say("compiling, or loading what was compiled before ...")
    warm()
    with platform() as measured:
        database = Database(engine_for(measured.database_url, pool_size=2))
        try:
            say(f"{GATEWAYS} gateways of {SERIES:,} series are made ...")
            plant = make_plant(database)
            with connected(plant.gateways[0], measured.mqtt_url) as sender:
                plant.announce(sender.client)
                return _measure(say, database, plant, sender.client, measured.database_url, seconds)
        finally:
            database.dispose()


def _measure(  # noqa: PLR0917 - what is measured, and with what
    say: Say, database: Database, plant: Plant, client: paho.Client, url: str, seconds: float
) -> list[Figure]:
    with scoring(url) as process:
        plant.send(client)  # resolves the schemas
        _wait(database, plant, say)
        began, cpu = time.monotonic(), _cpu_seconds(process)
        memory = [process.memory_info().rss]
        while (lasted := time.monotonic() - began) < seconds:
            plant.send(client)
            memory.append(process.memory_info().rss)
            if plant.sent % 10 == 0:
                behind = _behind(database, plant)
                say(
                    f"{lasted:.0f} s: {plant.sent - behind.scored} s behind, {memory[-1] / 1e6:.0f} MB"
                )
        share = (_cpu_seconds(process) - cpu) / lasted
        last = _behind(database, plant)
        drained, waited = _wait(database, plant, say)
        scored = GATEWAYS * SERIES * max(drained.scored - 1, 0)
        rate = scored / (_cpu_seconds(process) - cpu)
    readings = plant.sent * GATEWAYS * SERIES
    with scoring(url):
        say("a new process catches up ...")
        plant.send(client)
        began = time.monotonic()
        again, _ = _wait(database, plant, say)
        restart = time.monotonic() - began if again.scored >= plant.sent else None
    way = f"{GATEWAYS} gateways of {SERIES:,} series in machines of {MACHINE_SERIES}, a reading a second each"
    way += ", through broker, ingest and database to one scoring process; snapshots as shipped"
    settled = memory[len(memory) // 3]
    offered = GATEWAYS * SERIES * (len(memory) - 1) / lasted
    late = f"{plant.sent - 1 - last.received} s of it not received yet; "
    late += (
        f"all scored after {waited:.1f} s" if drained.scored >= plant.sent - 1 else "not all scored"
    )
    return [
        Figure("soak: sent", offered, "readings/s", GATEWAYS * SERIES, rows=readings, path=way),
        Figure(
            "soak: scoring behind at the end", last.received - last.scored, "s", LAG_SECONDS_MAX,
            path=f"the gateway furthest behind; {late}",
        ),
        Figure(
            "soak: processor share", share, "cores", 1.0,
            path=f"of the scoring process; it scored {rate:,.0f} readings per second of processor time",
        ),
        Figure(
            "soak: growth of memory", (memory[-1] - settled) / 1e6, "MB", settled / 1e6,
            path="from a third of the time to its end, against what there was then",
        ),
        Figure(
            "soak: restart", restart, "s", RESTART_SECONDS_AIM,
            path="from the start of a new process, imports included, until all gateways are brought back "
            "from snapshots and all frames since then scored",
        ),
    ]  # fmt: skip


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
