"""The whole way: frames over MQTT into ingest, scored by a Celery worker, an alarm with its event."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from anomaly import service, tasks
from anomaly.detectors.base import SeriesRange
from anomaly.directory import IngestFrames, TelemetrySeries
from anomaly.scoring.memory import Memory
from anomaly.scoring.scorer import Scorer
from anomaly.settings import AnomalySettings
from anomaly.shards import shard_of
from kernel.db import Database
from kernel.db import database as process_database
from kernel.settings import forget_settings
from registry.permissions import PLATFORM
from runtime.celery_app import celery_app
from runtime.embedded.valkey import EmbeddedValkey
from tests.integration.ingest import conftest as ingest_fixtures
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant, now_us
from tests.support.databases import DatabaseUrls

Connect = Callable[[Plant], Edge]

make_plant = ingest_fixtures.make_plant
connect = ingest_fixtures.connect
consumer = ingest_fixtures.consumer

SECRET = "a secret of the tests, long enough"


@pytest.fixture(autouse=True)
def _secret(
    monkeypatch: pytest.MonkeyPatch, database_urls: DatabaseUrls, valkey: EmbeddedValkey
) -> Iterator[None]:
    monkeypatch.setenv("FOREWARN_SECRET_KEY", SECRET)
    monkeypatch.setenv("FOREWARN_DATABASE_URL", database_urls.app)
    monkeypatch.setenv("FOREWARN_REDIS_URL", valkey.url)
    for cached in (process_database, celery_app):
        cached.cache_clear()
    forget_settings()
    celery_app()  # what tasks are sent through
    yield
    process_database().dispose()
    for cached in (process_database, celery_app):
        cached.cache_clear()
    forget_settings()


def history_and_wear(plant: Plant) -> list[bytes]:
    """Two series: eleven hours every 30 s, then two minutes every 0.5 s in which one wears out."""
    random, frames = Random(1), []
    live_s, step_us = 120, 30_000_000
    begin = now_us() - live_s * 1_000_000 - 1320 * step_us
    times = [begin + n * step_us for n in range(1320)]
    times += [times[-1] + n * 500_000 for n in range(1, 2 * live_s)]
    wear_at = times[-1] - 60_000_000
    for start in range(0, len(times), 120):
        ts, values, series = [], [], []
        for moment in times[start : start + 120]:
            wear = max(moment - wear_at, 0) / 18_000_000
            ts += [moment, moment]
            values += [random.gauss(2.0, 0.1) + 2.5 * wear, random.gauss(9.0, 0.3)]
            series += [0, 1]
        frames.append(plant.bytes_of(plant.frame(values, ts=ts, series=series)))
    return frames


def send(edge: Edge, frames: list[bytes]) -> None:
    edge.announce()
    for frame in frames:
        edge.raw(f"fw/v1/{edge.plant.agent}/frames", frame)
    deadline = time.monotonic() + 30
    while len(edge.acked) < len(frames):
        assert time.monotonic() < deadline, "not acked"
        time.sleep(0.01)


def wait_for_alarm(database: Database) -> service.AlarmFacts:
    deadline = time.monotonic() + 60
    while True:
        with database.transaction() as session:
            found = service.list_alarms(session, PLATFORM).items
        if found:
            return found[0]
        assert time.monotonic() < deadline, "no alarm"
        time.sleep(0.05)


@pytest.mark.usefixtures("consumer")
def test_a_worker_finds_the_wear_that_came_over_mqtt(
    database: Database, make_plant: MakePlant, connect: Connect, tmp_path: Path
) -> None:
    plant = make_plant(2)
    edge = connect(plant)
    send(edge, history_and_wear(plant))
    tasks.sweep.run()
    log = (tmp_path / "worker.log").open("wb")
    worker = subprocess.Popen(
        [sys.executable, "-m", "runtime", "worker", "run", "--queue", "scoring"],
        env=dict(os.environ),
        stdout=log,
        stderr=log,
        cwd=Path.cwd(),
    )
    try:
        alarm = wait_for_alarm(database)
    finally:
        worker.terminate()
        worker.wait(20)
        log.close()
    assert (alarm.category, alarm.failure_mode) == ("machine", "bearing_wear")
    assert alarm.cause["series_name"] == "t0"
    assert alarm.cause["unit"] == "mm/s"
    assert not alarm.historical
    with database.transaction() as session:
        topics = session.scalars(text("SELECT topic FROM kernel.outbox ORDER BY id")).all()
        assert topics[0] == "anomaly.alarm_raised"
        assert topics.count("anomaly.alarm_raised") == 1
        band = service.expected_band(session, PLATFORM, alarm.cause["series_id"])
    assert band.warm
    assert band.high is not None
    assert band.high < alarm.cause["seen"]


@pytest.mark.usefixtures("consumer")
def test_what_ingest_quarantined_is_no_reading_and_no_hole(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(1)
    edge = connect(plant)
    now = now_us()
    frames = [
        plant.frame([1.0, 2.0]),
        plant.frame([float("nan")]),
        plant.frame([3.0, 4.0], ts=[now, now + 3_600_000_000]),
        plant.frame([float("nan")], odd={0: "text"}),
        plant.frame([1e308, 5.0]),
    ]
    send(edge, [plant.bytes_of(frame) for frame in frames])
    scorer = Scorer(database, IngestFrames(), TelemetrySeries(), AnomalySettings(), Memory())
    run = scorer.run(shard_of(plant.agent, 64))
    assert (run.frames, run.readings) == (5, 5)
    with database.transaction() as session:
        assert scorer.shards_with_work(session) == []
        (info,) = TelemetrySeries().series(session, [1, 2, 3]).values()
    assert (info.name, info.kind, info.range) == ("t0", "vibration", SeriesRange(0.0, 20.0))


@pytest.mark.usefixtures("consumer")
def test_the_sweep_asks_for_exactly_the_shards_with_work(
    database: Database,
    make_plant: MakePlant,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[int]] = []
    monkeypatch.setattr(tasks, "enqueue", lambda shards: asked.append(list(shards)))
    tasks.sweep.run()
    plant = make_plant(1)
    send(connect(plant), [plant.bytes_of(plant.frame([1.0]))])
    tasks.sweep.run()
    shard = shard_of(plant.agent, 64)
    tasks.score_shard.run(shard)
    tasks.sweep.run()
    assert asked == [[], [shard], []]
    del database
