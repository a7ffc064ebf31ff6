"""A worker whose connection to Valkey is half open finds out by itself, within seconds."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from kernel.settings import forget_settings
from runtime.celery_app import celery_app
from runtime.chaos.proxy import Proxies
from runtime.embedded.valkey import EmbeddedValkey

ROOT = Path(__file__).parents[3]
FOUND_OUT_SECONDS_MAX = 12


@pytest.fixture(autouse=True)
def _our_broker(valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    monkeypatch.setenv("FOREWARN_REDIS_URL", valkey.url)
    forget_settings()
    celery_app.cache_clear()
    yield
    forget_settings()
    celery_app.cache_clear()


@contextmanager
def worker(url: str, folder: Path, pool: str) -> Iterator[Path]:
    done = folder / "done"
    done.touch()
    with (folder / "worker.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.runtime.napping", str(done), pool],
            env={**os.environ, "FOREWARN_REDIS_URL": url},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield done
    finally:
        process.kill()
        process.wait()


def until(true: Callable[[], bool], seconds: float) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() < began + seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.parametrize("pool", ["solo", pytest.param("threads", marks=pytest.mark.long)])
def test_a_worker_finds_out_that_valkey_forgot_it(
    valkey: EmbeddedValkey, tmp_path: Path, pool: str
) -> None:
    with Proxies() as proxies:
        link = proxies.add("worker-valkey", urlsplit(valkey.url).port or 0)
        parts = urlsplit(valkey.url)
        login, _, _ = parts.netloc.rpartition("@")
        url = parts._replace(netloc=f"{login}@127.0.0.1:{link.port}").geturl()
        with worker(url, tmp_path, pool) as done:
            celery_app().send_task("anomaly.nap", args=(1, 0))
            until(lambda: "end 1" in done.read_text(), 30)
            # The worker waits for work meanwhile, and says nothing.
            time.sleep(1)
            link.half_open("server")
            time.sleep(0.5)
            link.heal()
            # A message may get lost with a connection; nothing of Forewarn depends on a single one.
            numbers = iter(range(2, 1000))

            def works_again() -> bool:
                celery_app().send_task("anomaly.nap", args=(next(numbers), 0))
                time.sleep(0.5)
                return done.read_text()[-6:] != "end 1\n"

            until(works_again, FOUND_OUT_SECONDS_MAX)
