"""A measurement that is killed leaves no server behind, not even one that stood still."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[3]
Family = list[psutil.Process]


def wait_for(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture
def bench() -> Iterator[Callable[..., psutil.Process]]:
    started: list[subprocess.Popen[bytes]] = []
    seen: Family = []

    def start(*arguments: str) -> psutil.Process:
        process = subprocess.Popen(
            [sys.executable, "-m", "runtime", "bench", *arguments],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        found = psutil.Process(process.pid)
        seen.append(found)
        return found

    yield start
    for process in started:
        if process.poll() is None:
            seen.extend(psutil.Process(process.pid).children(recursive=True))
        process.kill()
        process.wait()
    for one in filter(lives, seen):
        one.kill()


def has(family: Family, *marks: str) -> bool:
    commands = [words(process) for process in family]
    return all(any(mark in command for command in commands) for mark in marks)


def end(measuring: psutil.Process, family: Family) -> None:
    try:
        measuring.kill()
        measuring.wait(10)
        wait_for(
            lambda: not any(map(lives, family)),
            "these are left",
            20,
        )
    finally:
        for process in filter(lives, family):
            process.kill()


@pytest.mark.long
def test_a_killed_bench_of_the_edge_leaves_nothing(bench: Callable[..., psutil.Process]) -> None:
    measuring = bench("edge", "--seconds", "60")

    def family() -> Family:
        return measuring.children(recursive=True)

    wait_for(lambda: has(family(), "rumqttd.toml", "edge_server", "edge.toml"), "it did not start")
    end(measuring, family())


def test_a_killed_bench_of_ingest_leaves_nothing_that_stood_still(
    bench: Callable[..., psutil.Process],
) -> None:
    measuring = bench("ingest")

    def family() -> Family:
        return measuring.children(recursive=True)

    wait_for(lambda: has(family(), "postgres", "rumqttd.toml", "ingest run"), "it did not start")
    # As when it is killed while it holds the database still.
    database = [p for p in family() if "postgres" in words(p)]
    for process in database:
        process.send_signal(signal.SIGSTOP)
    end(measuring, family())
