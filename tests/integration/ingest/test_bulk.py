"""Many quarantine entries at once: each reading stored once, whoever is killed, in bounded memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from ingest import mapping, service
from ingest.admission import Admitted, Rejected, digest_of
from ingest.batch import Batch, Incoming
from ingest.commit import commit_frames
from ingest.partitions import ensure_frames_partitions
from ingest.quarantine import intake
from ingest.rules import Limits
from kernel import db
from kernel.clock import utc_now
from kernel.db import Database
from kernel.settings import forget_settings
from registry.assets import service as assets
from runtime.cli import run
from telemetry import service as telemetry
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Plant, now_us
from tests.support.databases import DatabaseUrls
from tests.support.http import SECRET

HOUR_US = 3_600_000_000
RSS_MB_MAX = 300
Forewarn = Callable[..., tuple[int, dict[str, object]]]


@pytest.fixture
def environment(database_urls: DatabaseUrls) -> dict[str, str]:
    """Of a process for which two hours ahead is not the future."""
    return {
        "FOREWARN_CONFIG": "none.toml",
        "FOREWARN_DATABASE_URL": database_urls.app,
        "FOREWARN_SECRET_KEY": SECRET,
        "FOREWARN_INGEST_FUTURE_SECONDS_MAX": "7200",
    }


@pytest.fixture
def forewarn(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Forewarn]:
    """Runs a quarantine command; returns its exit code and what it printed."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    forget_settings()
    db.database.cache_clear()

    def call(*arguments: str) -> tuple[int, dict[str, object]]:
        capsys.readouterr()
        code = run(["ingest", "quarantine", *arguments])
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else {"error": said.err}

    yield call
    db.database().dispose()
    db.database.cache_clear()
    forget_settings()


def quarantined(database: Database, plant: Plant, frames: int, rows: int, spoilt: int = 0) -> None:
    """Frames of readings an hour ahead, received; `spoilt` of the readings of each are no numbers."""
    with database.transaction() as session:
        gateway = assets.find_gateway(session, plant.agent)
        assert gateway is not None
        tags = mapping.announce(session, gateway, plant.schema.hash, plant.tags)
    ahead = now_us() + HOUR_US
    made = []
    for number in range(frames):
        first = number * rows
        values = [float(first + n) if n >= spoilt else float("inf") for n in range(rows)]
        frame = plant.frame(values, ts=[ahead + first + n for n in range(rows)])
        payload = plant.bytes_of(frame)
        made.append(Incoming(Admitted(frame, gateway, payload, digest_of(payload)), tags))
    limits = Limits.at(now_us(), future_seconds_max=300, age_days_max=1)
    ensure_frames_partitions(database.engine, [utc_now().date()])
    for start in range(0, frames, 20):
        with database.transaction() as session:
            batch = Batch.of(made[start : start + 20], now_us(), limits)
            commit_frames(session, batch, messages_kept_max=10)


def values_stored(database: Database) -> list[float]:
    with database.transaction() as session:
        rows = session.execute(text("SELECT value FROM telemetry.readings ORDER BY value"))
        return list(rows.scalars())


def counts(database: Database, plant: Plant) -> tuple[int, int]:
    with database.transaction() as session:
        found = service.counts(session, plant.agent)
    return found.stored, found.quarantined


def test_replay_by_filter(database: Database, make_plant: MakePlant, forewarn: Forewarn) -> None:
    plant, other = make_plant(), make_plant()
    quarantined(database, plant, 30, 20, spoilt=2)
    quarantined(database, other, 5, 20)
    tomorrow = f"{utc_now() + timedelta(days=1):%Y-%m-%dT%H:%M:%S}"
    code, said = forewarn("replay", "--since", tomorrow)
    assert (code, said["entries"]) == (0, 0)
    code, said = forewarn("replay", "--until", tomorrow, "--for", "text_value")
    assert (code, said["entries"]) == (0, 0)
    code, said = forewarn("replay", "--gateway", plant.agent)
    assert code == 3
    assert (said["entries"], said["resolved"], said["stored"]) == (60, 30, 540)
    assert said["remaining"] == {"not_finite": 60}
    assert counts(database, plant) == (540, 60)
    assert counts(database, other) == (0, 100)
    code, said = forewarn("replay", "--all")
    assert (code, said["stored"]) == (3, 100)
    code, said = forewarn("drop", "--for", "not_finite", "--reason", "broken sensor")
    assert (code, said) == (0, {"entries": 30, "resolved": 30})
    assert forewarn("replay", "--all") == (0, {
        "entries": 0, "resolved": 0, "stored": 0, "remaining": {}, "messages_failed": {},
    })  # fmt: skip
    assert counts(database, plant) == (540, 60)


@pytest.mark.parametrize("arguments", [[], ["qr_x", "--all"], ["--all", "--for", "x"]])
def test_what_is_meant_must_be_clear(forewarn: Forewarn, arguments: list[str]) -> None:
    assert forewarn("replay", *arguments)[0] == 2
    assert forewarn("drop", *arguments, "--reason", "x")[0] == 2


def test_killed_and_begun_again_by_two_stores_each_reading_once_in_bounded_memory(
    database: Database, make_plant: MakePlant, environment: dict[str, str], tmp_path: Path
) -> None:
    plant = make_plant()
    frames, rows = 200, 2000
    quarantined(database, plant, frames, rows)
    command = [sys.executable, "-m", "runtime", "ingest", "quarantine", "replay", "--all", "--json"]

    def start(name: str) -> subprocess.Popen[bytes]:
        with (tmp_path / name).open("wb") as log:
            return subprocess.Popen(
                command, env={**os.environ, **environment}, stdout=log, stderr=log
            )

    peaks = []

    def watch(*processes: subprocess.Popen[bytes], until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not until():
            assert time.monotonic() < deadline
            peaks.extend(
                psutil.Process(process.pid).memory_info().rss / 1e6
                for process in processes
                if process.poll() is None
            )
            time.sleep(0.01)

    first = start("first")
    watch(first, until=lambda: counts(database, plant)[0] > 0)
    first.kill()
    first.wait()
    stored = counts(database, plant)[0]
    assert 0 < stored < frames * rows
    assert len(values_stored(database)) == stored
    pair = [start("second"), start("third")]
    watch(*pair, until=lambda: all(process.poll() is not None for process in pair))
    assert [process.returncode for process in pair] == [0, 0], (tmp_path / "second").read_text()
    assert values_stored(database) == [float(n) for n in range(frames * rows)]
    assert counts(database, plant) == (frames * rows, 0)
    assert max(peaks) < RSS_MB_MAX


def test_messages_are_replayed_too(
    database: Database, make_plant: MakePlant, forewarn: Forewarn
) -> None:
    plant = make_plant()
    with database.transaction() as session:
        gateway = assets.find_gateway(session, plant.agent)
        assert gateway is not None
        mapping.announce(session, gateway, plant.schema.hash, plant.tags)
        payload = plant.bytes_of(plant.frame([1.0, 2.0]))
        for reason, body in (("unknown_agent", payload), ("not_a_frame", b"junk")):
            rejected = Rejected("unknown", None, reason, "", body, digest_of(body))
            intake.put_messages(session, [rejected], 10, utc_now())
    telemetry.ensure_partitions(database.engine)
    code, said = forewarn("replay", "--all")
    assert code == 3
    assert (said["entries"], said["resolved"], said["stored"]) == (2, 1, 2)
    assert sum(said["messages_failed"].values()) == 1  # type: ignore[attr-defined]  # a map, as JSON
