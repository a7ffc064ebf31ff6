"""Nothing is lost or doubled whatever ends, stalls or comes twice."""

import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from ingest import metrics, service
from kernel.db import Database, engine_for
from kernel.wire.frames import Frame
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.postgres import EmbeddedPostgres
from runtime.embedded.service import free_port, running
from tests.integration.ingest.conftest import MakePlant, consuming
from tests.integration.ingest.edge import Edge, Plant
from tests.integration.ingest.test_flow import readings, sent
from tests.support.databases import DatabaseUrls

Connect = Callable[[Plant], Edge]


class Process:
    """`forewarn ingest run` as a process of its own."""

    def __init__(self, urls: DatabaseUrls, mqtt: EmbeddedMqtt, folder: Path, name: str) -> None:
        self.alive = folder / f"{name}.alive"
        self._metrics_port = free_port()
        self._env = {
            **os.environ,
            "FOREWARN_CONFIG": str(folder / "none.toml"),
            "FOREWARN_DATABASE_URL": urls.app,
            "FOREWARN_MQTT_URL": mqtt.url("platform"),
            "FOREWARN_INGEST_CLIENT_ID": f"{name}-{folder.name}",
            "FOREWARN_INGEST_METRICS_PORT": str(self._metrics_port),
            "FOREWARN_HEARTBEAT_FILE": str(self.alive),
        }
        self._log = (folder / f"{name}.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.alive.unlink(missing_ok=True)
        command = [sys.executable, "-m", "runtime", "ingest", "run"]
        self._process = subprocess.Popen(command, env=self._env, stdout=self._log, stderr=self._log)

    def wait_ready(self) -> None:
        deadline = time.monotonic() + 30
        while not self.alive.exists():
            assert self._process is not None
            assert self._process.poll() is None, Path(self._log.name).read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def answered(self, verdict: str) -> float:
        """How many frames it answered so, by its own metrics."""
        with urlopen(f"http://127.0.0.1:{self._metrics_port}/metrics") as response:
            page = response.read().decode()
        found = re.search(rf'ingest_frames_total{{verdict="{verdict}"}} (\S+)', page)
        return 0.0 if found is None else float(found[1])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
        return self._process.wait(20)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self._log.close()


@pytest.fixture
def process(
    database_urls: DatabaseUrls, mqtt: EmbeddedMqtt, tmp_path: Path
) -> Iterator[Callable[[str], Process]]:
    made: list[Process] = []

    def make(name: str) -> Process:
        made.append(Process(database_urls, mqtt, tmp_path, name))
        return made[-1]

    yield make
    for one in made:
        one.close()


@contextmanager
def away(postgres: EmbeddedPostgres, database: Database) -> Iterator[None]:
    """The test's database refuses everybody inside the block, and has ended all sessions."""
    name = sql.Identifier(str(database.engine.url.database))
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(name, sql.SQL("false")))
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(end, [database.engine.url.database])
        try:
            yield
        finally:
            connection.execute(allow.format(name, sql.SQL("true")))


def frames_of(plant: Plant, count: int, rows: int = 40) -> list[Frame]:
    return [
        plant.frame([float(n * 1000 + row) for row in range(rows)], lane=("live", "backlog")[n % 2])
        for n in range(count)
    ]


def check(database: Database, plant: Plant, frames: list[Frame]) -> None:
    """Every reading is there once, with its value, time and quality, and the ledger knows it."""
    assert readings(database) == sent(*frames)
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
        logged = [
            frame.value.tolist()
            for lane in ("live", "backlog")
            for frame in service.read_frames(session, plant.agent, plant.epoch, lane, 0, 1000)
        ]
    assert (counted.stored, counted.quarantined) == (sum(map(len, frames)), 0)
    assert sorted(logged) == sorted(frame.value.tolist() for frame in frames)


def test_kill_9_at_any_point_loses_and_doubles_nothing(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    process: Callable[[str], Process],
) -> None:
    plant = make_plant()
    ingest = process("victim")
    ingest.start()
    ingest.wait_ready()
    edge = connect(plant)
    frames = frames_of(plant, 250)
    sender = threading.Thread(target=edge.insist, args=(frames, 60))
    sender.start()
    for _ in range(3):
        time.sleep(random.uniform(0.05, 0.6))
        ingest.kill()
        ingest.start()
        ingest.wait_ready()
    sender.join()
    assert {(f.lane, f.seq) for f in frames} <= edge.acked
    check(database, plant, frames)
    assert ingest.stop() == 0


def test_two_replicas_share_the_load_and_see_the_same_frames(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    process: Callable[[str], Process],
) -> None:
    replicas = [process("one"), process("two")]
    for replica in replicas:
        replica.start()
    for replica in replicas:
        replica.wait_ready()
    plant = make_plant()
    edge = connect(plant)
    frames = frames_of(plant, 200)
    edge.announce()
    edge.insist(frames[:1])
    # Each frame thrice, so that both replicas have it at the same time.
    for frame in frames:
        edge.send(frame, frame, frame)
    edge.insist(frames)
    deadline = time.monotonic() + 20
    while sum(replica.answered("duplicate") for replica in replicas) < 400:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stored = [replica.answered("stored") for replica in replicas]
    assert sum(stored) == 200
    assert min(stored) > 0
    replicas[0].kill()
    more = frames_of(plant, 60)
    edge.insist(more)
    check(database, plant, frames + more)


def test_a_database_that_goes_away_is_waited_for(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    mqtt: EmbeddedMqtt,
    postgres: EmbeddedPostgres,
) -> None:
    plant = make_plant()
    edge = connect(plant)
    frames = frames_of(plant, 200)
    with consuming(database, mqtt, queue_messages_max=20) as consumer:
        edge.announce()
        edge.send(*frames[:50])
        with away(postgres, database):
            edge.send(*frames[50:])
            time.sleep(1.5)
            acked_while_away = len(edge.acked)
            # What the preparation holds in hand, what one read may add, and the bound itself.
            assert len(consumer._inbox) <= 25
            time.sleep(0.3)
            assert len(edge.acked) == acked_while_away < 200
        edge.insist(frames)
    check(database, plant, frames)
    assert metrics.REGISTRY.get_sample_value("forewarn_ingest_database_retries_total")


def test_a_broker_that_restarts_is_found_again(
    database: Database, make_plant: MakePlant, tmp_path: Path
) -> None:
    logins = {"platform": "one", "edge": "two"}
    broker = EmbeddedMqtt(tmp_path / "mqtt", free_port(), logins)
    plant = make_plant()
    frames = frames_of(plant, 60)
    with running(broker.service(), tmp_path / "logs"):
        started = consuming(database, broker)
        consumer = started.__enter__()
        edge = Edge(broker.url("edge"), plant)
        edge.insist(frames[:20])
        edge.send(*frames[20:40])
    try:
        # Everything the broker held is gone with it.
        with running(broker.service(), tmp_path / "logs"):
            edge.insist(frames, 40)
            assert consumer.subscribed
            edge.close()
            started.__exit__(None, None, None)
    finally:
        consumer.stop()
    check(database, plant, frames)


def test_a_partition_removed_behind_our_back_is_made_again(
    database: Database,
    database_urls: DatabaseUrls,
    make_plant: MakePlant,
    connect: Connect,
    mqtt: EmbeddedMqtt,
) -> None:
    plant = make_plant()
    edge = connect(plant)
    first, second = plant.frame([1.0]), plant.frame([2.0])
    with consuming(database, mqtt):
        edge.announce()
        edge.send(first)
        edge.wait_acked(first)
        owner = engine_for(database_urls.owner)
        with owner.begin() as connection:
            for table in ("telemetry.readings", "ingest.frames"):
                children = connection.execute(
                    text(
                        "SELECT inhrelid::regclass::text FROM pg_inherits "
                        "WHERE inhparent = CAST(CAST(:parent AS text) AS regclass)"
                    ),
                    {"parent": table},
                ).scalars()
                for child in list(children):
                    connection.execute(text(f"DROP TABLE {child}"))
        owner.dispose()
        edge.send(second)
        edge.wait_acked(second)
    assert readings(database) == sent(second)


def test_a_frame_that_the_database_refuses_does_not_hold_up_the_others(
    database: Database,
    database_urls: DatabaseUrls,
    make_plant: MakePlant,
    connect: Connect,
    mqtt: EmbeddedMqtt,
) -> None:
    owner = engine_for(database_urls.owner)
    with owner.begin() as connection:
        connection.execute(
            text("ALTER TABLE telemetry.readings ADD CONSTRAINT unlucky CHECK (value <> 13)")
        )
    owner.dispose()
    plant = make_plant()
    edge = connect(plant)
    frames = [plant.frame([float(n), 0.5]) for n in range(30)]
    with consuming(database, mqtt, commit_age_ms_max=300):
        edge.announce()
        edge.send(*frames)
        edge.wait_acked(*frames)
    assert readings(database) == sent(*[f for f in frames if 13.0 not in f.value])
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
        row = session.execute(
            text("SELECT reason, readings, seq, detail FROM ingest.quarantine")
        ).one()
    assert (counted.stored, counted.quarantined) == (58, 2)
    assert tuple(row)[:3] == ("storage_refused", 2, 13)
    assert "unlucky" in row.detail
