"""Background work is done soon when it is announced, and anyway when it is not."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import psutil
import pytest
import redis
from sqlalchemy import text

from kernel import outbox
from kernel.db import Database
from kernel.events import Event
from kernel.settings import forget_settings
from runtime import wake as wake_module
from runtime import wiring
from runtime.celery_app import celery_app
from runtime.embedded.service import free_port
from runtime.embedded.valkey import EmbeddedValkey
from runtime.supervisor.applications import applications
from runtime.supervisor.keeper import State
from runtime.supervisor.supervisor import Supervisor
from tests.support.databases import DatabaseUrls


class NobodyListens(Event):
    topic: ClassVar[str] = "test.nobody_listens"
    number: int = 0


def forget_everything() -> None:
    forget_settings()
    wake_module._redis.cache_clear()
    wake_module._outage = wake_module._Outage()
    celery_app.cache_clear()
    outbox.on_publish(lambda: None)


@pytest.fixture
def broker(valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> Iterator["redis.Redis"]:
    monkeypatch.setenv("FOREWARN_REDIS_URL", valkey.url)
    forget_everything()
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
        yield client
    forget_everything()


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FOREWARN_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    forget_everything()
    yield
    forget_everything()


def publish(database: Database, number: int = 0) -> None:
    with database.transaction() as session:
        outbox.publish(session, NobodyListens(number=number))


def waiting(database: Database) -> int:
    with database.transaction() as session:
        query = text("SELECT count(*) FROM kernel.outbox WHERE completed_at IS NULL")
        return int(session.execute(query).scalar_one())


def wait_for(true: Callable[[], bool], seconds: float = 60) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "waited too long"
        time.sleep(0.02)
    return time.monotonic() - began


def test_a_burst_of_commits_leaves_one_message(database: Database, broker: "redis.Redis") -> None:
    wiring.connect_wake_ups()
    for number in range(20):
        publish(database, number)
    assert broker.llen("default") == 1
    # The task begins: what comes now needs another run.
    wake_module.awake("kernel.relay")
    publish(database)
    assert broker.llen("default") == 2


def test_scoring_is_woken_once_for_each_shard(broker: "redis.Redis") -> None:
    agents = [f"gw_{number}" for number in range(500)]
    wiring.wake_scoring(agents)
    wiring.wake_scoring(agents)
    assert broker.llen("scoring") == 64
    assert broker.llen("default") == 0


@pytest.mark.usefixtures("no_broker")
def test_a_commit_stands_when_redis_is_away(database: Database) -> None:
    wiring.connect_wake_ups()
    began = time.monotonic()
    for number in range(50):
        publish(database, number)
    assert waiting(database) == 50
    # Refused once, then not asked again for a while: nobody waits for it.
    assert time.monotonic() - began < 5


@contextmanager
def started(
    names: set[str], database_url: str, redis_url: str, folder: Path
) -> Iterator[Supervisor]:
    """Run some of the platform's processes as `forewarn up` does."""
    supervisor = Supervisor(folder)
    environment = {
        "FOREWARN_DATABASE_URL": database_url,
        "FOREWARN_REDIS_URL": redis_url,
        "FOREWARN_SECRET_KEY": "0123456789" * 4,
    }
    every = applications(environment, "127.0.0.1", 0, folder)
    try:
        supervisor.start([s for s in every if s.name in names], tier=0)
        yield supervisor
    finally:
        supervisor.close()


@pytest.fixture
def processes(
    database_urls: DatabaseUrls, broker: "redis.Redis", valkey: EmbeddedValkey, tmp_path: Path
) -> Iterator[Supervisor]:
    """The worker and beat, as `forewarn up` runs them."""
    assert broker.dbsize() == 0
    with started({"worker", "beat"}, database_urls.app, valkey.url, tmp_path) as supervisor:
        yield supervisor


def test_work_is_done_announced_or_not_and_through_every_kill(
    processes: Supervisor, database: Database
) -> None:
    wiring.connect_wake_ups()
    publish(database)
    wait_for(lambda: waiting(database) == 0)

    outbox.on_publish(lambda: None)
    publish(database)
    wait_for(lambda: waiting(database) == 0)

    for name in ("worker", "beat"):
        pid = processes.processes[name].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        publish(database)
        wait_for(lambda: waiting(database) == 0)
        wait_for(lambda name=name: processes.processes[name].state is State.READY)  # type: ignore[misc]
    assert {facts.restarts for facts in processes.processes.values()} == {1}


def test_a_worker_told_to_end_ends_in_good_order(processes: Supervisor) -> None:
    pid = processes.processes["worker"].pid
    assert pid is not None
    worker = psutil.Process(pid)
    processes.stop("worker")
    assert not worker.is_running()
    assert "Traceback" not in (processes.log_dir / "worker.log").read_text()


def test_delivered_events_are_forgotten_with_their_inbox_rows(database: Database) -> None:
    outbox.subscribe(NobodyListens, "test.somebody")(lambda *_: None)
    try:
        for number in range(5):
            publish(database, number)
        outbox.relay(database)
    finally:
        outbox._subscriptions.pop(NobodyListens.topic)
    publish(database)

    def count(table: str) -> int:
        with database.transaction() as session:
            return int(session.execute(text(f"SELECT count(*) FROM kernel.{table}")).scalar_one())

    with database.transaction() as session:
        now = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        assert outbox.prune(session, before=now, limit=3) == 3
    assert (count("outbox"), count("inbox")) == (3, 2)
    with database.transaction() as session:
        assert outbox.prune(session, before=now, limit=100) == 2
    # What is not delivered yet stays.
    assert (count("outbox"), count("inbox")) == (1, 0)
