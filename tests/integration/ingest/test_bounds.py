"""What bounds the ingest process: floods, two of one name, a million tags."""

import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import msgpack
import psutil
import psycopg
import pytest
import zstandard

from ingest import service
from kernel.db import Database
from kernel.log import configure_logging
from kernel.paging import PageRequest
from kernel.wire.envelope import Kind, sign
from kernel.wire.frames import frame_topic, schema_topic
from registry.permissions import PLATFORM
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.postgres import EmbeddedPostgres
from tests.integration.ingest.conftest import MakePlant, consuming
from tests.integration.ingest.edge import Edge, Plant
from tests.integration.ingest.test_failures import Process, check, frames_of, process
from tests.integration.ingest.test_flow import readings, sent

__all__ = ["process"]

Connect = Callable[[Plant], Edge]
RSS_MB_MAX = 400
MB = 1_000_000


def rss_mb(ingest: Process) -> float:
    return float(psutil.Process(ingest.pid).memory_info().rss / MB)


@contextmanager
def stopped(postgres: EmbeddedPostgres, database: Database) -> Any:
    """Every session of the test's database is held still inside the block."""
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s", [database.engine.url.database]
        )
        held = [psutil.Process(pid) for (pid,) in rows]
    for session in held:
        session.suspend()
    try:
        yield
    finally:
        for session in held:
            session.resume()


def test_a_flood_while_the_database_stands_still(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    postgres: EmbeddedPostgres,
    process: Callable[[str], Process],
) -> None:
    plant = make_plant()
    ingest = process("flooded")
    ingest.start()
    ingest.wait_ready()
    edge = connect(plant)
    frames = [plant.frame([float(n * 3000 + row) for row in range(3000)]) for n in range(20)]
    edge.announce()
    edge.insist(frames[:1])
    payloads = [plant.bytes_of(frame) for frame in frames]
    peak, sent_bytes = rss_mb(ingest), 0
    with stopped(postgres, database):
        until = time.monotonic() + 3
        while time.monotonic() < until and sent_bytes < 200 * MB:
            for payload in payloads:
                edge.raw(frame_topic(plant.agent), payload)
                sent_bytes += len(payload)
            peak = max(peak, rss_mb(ingest))
            time.sleep(0.02)
        assert edge.acked <= {(frames[0].lane, frames[0].seq)}
    edge.insist(frames)
    peak = max(peak, rss_mb(ingest))
    assert readings(database) == sent(*frames)
    assert peak < RSS_MB_MAX, f"{peak} MB after {sent_bytes / MB} MB"
    assert ingest.stop() == 0


@pytest.mark.long
def test_two_processes_of_one_client_id_lose_nothing_and_say_so(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    mqtt: EmbeddedMqtt,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging()
    plant = make_plant()
    frames = frames_of(plant, 80)
    with consuming(database, mqtt, client_id="same"), consuming(database, mqtt, client_id="same"):
        connect(plant).insist(frames)
        deadline, said = time.monotonic() + 30, ""
        while "does another process have this client id" not in said:
            assert time.monotonic() < deadline
            time.sleep(0.1)
            said += "".join(capsys.readouterr())
    check(database, plant, frames)


def schema_of(plant: Plant, rows: list[Any]) -> bytes:
    """What our own program would not even encode."""
    packed = zstandard.ZstdCompressor().compress(msgpack.packb(rows))
    return sign(Kind.SCHEMA, plant.agent, packed, plant.key)


def test_a_million_tags_are_refused_and_cost_no_memory(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    process: Callable[[str], Process],
) -> None:
    plant, other = make_plant(), make_plant()
    ingest = process("refusing")
    ingest.start()
    ingest.wait_ready()
    edge, neighbour = connect(plant), connect(other)
    neighbour.announce()
    first = other.frame([1.0])
    neighbour.insist([first])
    before = rss_mb(ingest)
    tag = ["", "", "", "", None, None, "", "number"]
    for payload in (
        schema_of(plant, [tag] * 1_000_000),
        schema_of(plant, [[]] * 1_000_000),
        schema_of(plant, [f"{n}" for n in range(1_000_000)]),
        schema_of(plant, [[f"{n}", *tag[1:]] for n in range(100_000)]),
    ):
        edge.raw(schema_topic(plant.agent), payload)
    second = other.frame([2.0])
    neighbour.insist([second])
    assert readings(database) == sent(first, second)
    deadline = time.monotonic() + 20
    reasons: list[str] = []
    while len(reasons) < 4:
        assert time.monotonic() < deadline, reasons
        time.sleep(0.05)
        with database.transaction() as session:
            kept = service.list_quarantine(
                session, PLATFORM, service.QuarantineFilter(plant.agent), PageRequest()
            )
        reasons = sorted(entry.reason for entry in kept.items)
    assert reasons == ["inconsistent", "inconsistent", "too_large", "too_many_tags"]
    assert rss_mb(ingest) < min(before + 150, RSS_MB_MAX)
    assert ingest.stop() == 0


def test_frames_that_are_small_only_when_packed(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    process: Callable[[str], Process],
) -> None:
    plant = make_plant()
    ingest = process("swollen")
    ingest.start()
    ingest.wait_ready()
    edge = connect(plant)
    edge.announce()
    edge.insist([first := plant.frame([1.0])])
    # Fifteen megabytes of text each, in a few kilobytes.
    text_value = "x" * 65_536
    frames = [
        plant.frame([float("nan")] * 230, odd=dict.fromkeys(range(230), text_value))
        for _ in range(50)
    ]
    payloads = [plant.bytes_of(frame) for frame in frames]
    assert max(map(len, payloads)) < 20_000
    for payload in payloads:
        edge.raw(frame_topic(plant.agent), payload)
    peak, until = rss_mb(ingest), time.monotonic() + 60
    while not {(f.lane, f.seq) for f in (first, *frames)} <= edge.acked:
        peak = max(peak, rss_mb(ingest))
        assert time.monotonic() < until
        time.sleep(0.005)
    assert peak < RSS_MB_MAX
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
    assert (counted.stored, counted.quarantined) == (1, 50 * 230)
