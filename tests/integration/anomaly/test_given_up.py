"""Real retention gives up real frames that were not scored: the models learn from the stored readings."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from anomaly import service
from anomaly.directory import IngestFrames, TelemetrySeries
from anomaly.scoring.memory import Memory
from anomaly.scoring.scorer import Scorer
from anomaly.settings import AnomalySettings
from anomaly.shards import shard_of
from ingest.partitions import ensure_frames_partitions, forget_frames_partitions
from ingest.retention import remove_frames
from ingest.settings import Ingest
from kernel.clock import utc_now
from kernel.db import Database
from kernel.settings import forget_settings
from tests.integration.anomaly.test_from_ingest import send
from tests.integration.ingest import conftest as ingest_fixtures
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant, now_us
from tests.support.databases import DatabaseUrls

make_plant = ingest_fixtures.make_plant
connect = ingest_fixtures.connect
consumer = ingest_fixtures.consumer

SECRET = "a secret of the tests, long enough"
SECTION = AnomalySettings(warmup_readings=100, warmup_span_s=0)
FRAMES, READINGS, STEP_US = 12, 100, 30_000_000
HOUR_US = 3_600_000_000


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FOREWARN_SECRET_KEY", SECRET)
    forget_settings()
    yield
    forget_settings()


def frames_of(plant: Plant) -> list[bytes]:
    """Two series, a reading of each every 30 s, to the latest full hour.

    By the hour, for models so young may find the same noise strange or not as it lies over the hours.
    """
    random, begin = Random(1), now_us() // HOUR_US * HOUR_US - FRAMES * READINGS * STEP_US
    frames = []
    for start in range(0, FRAMES * READINGS, READINGS):
        times = [begin + n * STEP_US for n in range(start, start + READINGS) for _ in range(2)]
        frames.append(
            plant.bytes_of(
                plant.frame(
                    [random.gauss(5.0 + n * 1e-3, 0.5) for n in range(2 * READINGS)],
                    ts=times,
                    series=[0, 1] * READINGS,
                )
            )
        )
    return frames


def give_up(database: Database, urls: DatabaseUrls, plant: Plant, seqs: range) -> None:
    """Make frames look as if they had been received on another day, and that day go for lack of room."""
    day = utc_now().date() - timedelta(days=2)
    ensure_frames_partitions(database.engine, [day])
    forget_frames_partitions(database.engine)
    with psycopg.connect(urls.owner) as connection:
        connection.execute(
            "UPDATE ingest.frames SET received_at = %s WHERE agent_id = %s AND seq = ANY(%s)",
            [f"{day} 12:00+00", plant.agent, list(seqs)],
        )
    with database.transaction() as session:
        needed = {
            (lane.agent_id, lane.epoch, lane.lane): seq
            for lane, seq in service.frames_needed_from(session).items()
        }
    gone = remove_frames(database, needed, Ingest(frames_bytes_max=1))
    assert "give_up" in [one.verdict for one in gone if one.day == day]


def detectors(memory: Memory, database: Database, plant: Plant) -> list[dict[str, Any]]:
    shard = shard_of(plant.agent, SECTION.shards)
    with database.transaction() as session:
        query = text("SELECT generation FROM anomaly.shards WHERE shard = :shard")
        generation = session.execute(query, {"shard": shard}).scalar_one()
    kept = memory.take(shard, generation)
    assert kept is not None
    memory.put(shard, generation, kept)
    monitors = kept.gateways[plant.agent].live.monitors
    return [monitors[key].detector.state() for key in sorted(monitors)]


@pytest.mark.usefixtures("consumer")
def test_models_are_those_of_every_frame_though_frames_were_given_up(
    database: Database,
    database_urls: DatabaseUrls,
    make_plant: MakePlant,
    connect: Callable[[Plant], Edge],
) -> None:
    memory = Memory()
    scorer = Scorer(database, IngestFrames(), TelemetrySeries(), SECTION, memory)
    states = []
    for lost in (range(0), range(5, 9)):
        plant = make_plant(2)
        edge, frames = connect(plant), frames_of(plant)
        send(edge, frames[:5])
        assert scorer.run(shard_of(plant.agent, SECTION.shards)).frames == 5
        edge.acked.clear()
        send(edge, frames[5:9])
        edge.acked.clear()
        if lost:
            give_up(database, database_urls, plant, lost)
        send(edge, frames[9:])
        run = scorer.run(shard_of(plant.agent, SECTION.shards))
        assert run.frames == FRAMES - 5 - len(lost)
        assert run.alarms == 0
        states.append(
            [
                {name: value for name, value in state.items() if not name.endswith("_us")}
                for state in detectors(memory, database, plant)
            ]
        )
    assert states[0] == states[1]
    assert states[0][0]["learnt"] > FRAMES * READINGS * 0.9
