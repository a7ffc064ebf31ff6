"""A worker goes on when Redis was killed and started again, whatever it was doing meanwhile."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kernel.settings import forget_settings
from runtime.celery_app import celery_app
from runtime.embedded.service import free_port, running
from runtime.embedded.valkey import EmbeddedValkey

ROOT = Path(__file__).parents[3]


@pytest.fixture
def own_valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path / "valkey", free_port(), "secret")
    monkeypatch.setenv("FOREWARN_REDIS_URL", server.url)
    forget_settings()
    celery_app.cache_clear()
    yield server
    forget_settings()
    celery_app.cache_clear()


def wait_for(true: Callable[[], bool], seconds: float, log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.05)


def send(number: int, seconds: float) -> None:
    celery_app().send_task("anomaly.nap", args=(number, seconds))


@pytest.mark.parametrize("pool", ["solo", "threads"])
def test_a_task_that_ran_while_redis_was_killed_does_not_stop_its_worker(
    own_valkey: EmbeddedValkey, tmp_path: Path, pool: str
) -> None:
    done, log = tmp_path / "done", tmp_path / "worker.log"
    done.touch()
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.runtime.napping", str(done), pool],
            env={**os.environ, "FOREWARN_REDIS_URL": own_valkey.url},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        with running(own_valkey.service(), tmp_path / "logs") as pid:
            send(1, 2.0)
            wait_for(lambda: "begin 1" in done.read_text(), 30, log)
            os.kill(pid, signal.SIGKILL)
            # There is no Redis to acknowledge it to.
            wait_for(lambda: "end 1" in done.read_text(), 30, log)
            time.sleep(0.5)
        with running(own_valkey.service(), tmp_path / "logs"):
            send(2, 0)
            wait_for(lambda: "end 2" in done.read_text(), 40, log)
    finally:
        worker.kill()
        worker.wait()
