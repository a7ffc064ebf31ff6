"""A process that stands still without ending is killed and started again; one that others hold up is not."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.embedded.service import Service
from runtime.supervisor.keeper import State
from runtime.supervisor.supervisor import Supervisor
from tests.integration.runtime.test_supervisor import runs, wait_for

PROGRAM = """
import pathlib, subprocess, sys, time, os
folder = pathlib.Path(sys.argv[1])
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(folder / "one.child").write_text(str(child.pid))
(folder / "one.pulse").touch()
(folder / "one.ready").write_text(str(os.getpid()))
while True:
    (folder / "one.pulse").touch()
    time.sleep(0.05)
"""
LIMIT_SECONDS = 1.5


def service(folder: Path) -> Service:
    ready = folder / "one.ready"
    return Service(
        "one",
        [sys.executable, "-c", PROGRAM, str(folder)],
        ready.exists,
        prepare=lambda: ready.unlink(missing_ok=True),
        pulse=folder / "one.pulse",
        pulse_seconds_max=LIMIT_SECONDS,
    )


Said = list[tuple[State, str]]


@pytest.fixture
def said() -> Said:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: Said) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path, lambda _, state, detail: said.append((state, detail)))
    yield made
    made.close()


def test_a_process_that_stands_still_is_killed_and_started_again(
    supervisor: Supervisor, said: Said, tmp_path: Path
) -> None:
    supervisor.start([service(tmp_path)], tier=0)
    pid, child = supervisor.processes["one"].pid, int((tmp_path / "one.child").read_text())
    assert pid is not None
    began = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: supervisor.processes["one"].restarts == 1)
    assert time.monotonic() - began >= LIMIT_SECONDS - 1
    wait_for(lambda: supervisor.processes["one"].state is State.READY)
    assert not runs(pid)
    assert not runs(child)
    (detail,) = [detail for state, detail in said if state is State.WAITING]
    assert detail.startswith("hung for 1.5 s and was killed; starting again in ")
    # The new one is watched from its own beginning.
    time.sleep(LIMIT_SECONDS + 1)
    assert supervisor.processes["one"].restarts == 1


def test_a_short_stop_and_a_clock_that_jumps_change_nothing(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start([service(tmp_path)], tier=0)
    before = supervisor.processes["one"]
    assert before.pid is not None
    for jump in (-3600, 3600, 0):
        os.kill(before.pid, signal.SIGSTOP)
        os.utime(tmp_path / "one.pulse", (time.time() + jump, time.time() + jump))
        time.sleep(0.4)
        os.kill(before.pid, signal.SIGCONT)
        time.sleep(0.3)
    assert supervisor.processes["one"] == before


def test_one_that_hangs_while_it_waits_for_others_is_started_again_too(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    go.touch()
    ready = tmp_path / "one.ready"
    waiting = replace(service(tmp_path), ready=lambda: go.exists() and ready.exists())
    supervisor.start([waiting], tier=0)
    first = supervisor.processes["one"].pid
    assert first is not None
    go.unlink()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: ready.exists() and int(ready.read_text() or first) != first)
    second = int(ready.read_text())
    time.sleep(LIMIT_SECONDS + 1)
    # As long as it turns it may wait.
    assert supervisor.processes["one"].pid == second
    os.kill(second, signal.SIGSTOP)
    wait_for(lambda: supervisor.processes["one"].restarts == 2)
    assert not runs(second)


SUPERVISOR = """
import sys, time, pathlib
from tests.integration.runtime.test_hung_processes import service
from runtime.supervisor.supervisor import Supervisor
folder = pathlib.Path(sys.argv[1])
supervisor = Supervisor(folder)
supervisor.start([service(folder)], tier=0)
while True:
    (folder / "restarts").write_text(str(supervisor.processes["one"].restarts))
    (folder / "restarts").replace(folder / "told")
    time.sleep(0.05)
"""


@pytest.mark.long
def test_time_in_which_the_supervisor_stood_still_too_does_not_count(tmp_path: Path) -> None:
    """As on a machine that was asleep: everything stops, and goes on at about the same time."""
    victim = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SUPERVISOR), str(tmp_path)],
        cwd=Path(__file__).parents[3],
    )
    try:
        wait_for((tmp_path / "told").exists)
        pid = int((tmp_path / "one.ready").read_text())
        os.kill(victim.pid, signal.SIGSTOP)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(LIMIT_SECONDS * 3)
        os.kill(victim.pid, signal.SIGCONT)
        time.sleep(0.3)
        os.kill(pid, signal.SIGCONT)
        time.sleep(LIMIT_SECONDS + 1)
        assert (tmp_path / "told").read_text() == "0"
        assert runs(pid)
    finally:
        victim.kill()
        victim.wait()
    wait_for(lambda: not runs(pid))
