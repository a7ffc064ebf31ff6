"""Processes are restarted when they end, and none is left when the supervisor ends, however it ends."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from kernel.errors import Unavailable
from runtime.embedded.service import Service
from runtime.supervisor.keeper import State
from runtime.supervisor.supervisor import RECORD, Supervisor

# Notes its pid, has a child of its own, and ignores Ctrl-C as a server in a terminal would have to.
PROGRAM = """
import pathlib, subprocess, sys, time, os, signal
folder, name, stubborn = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "stubborn"
if stubborn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(folder / f"{name}.child").write_text(str(child.pid))
(folder / f"{name}.ready").write_text(str(os.getpid()))
print(name, "works", flush=True)
while True:
    time.sleep(0.05)
"""


def service(
    folder: Path, name: str, kind: str = "polite", *, stop_seconds_max: float = 5
) -> Service:
    ready = folder / f"{name}.ready"
    return Service(
        name,
        [sys.executable, "-c", PROGRAM, str(folder), name, kind],
        ready.exists,
        stop_seconds_max=stop_seconds_max,
        prepare=lambda: ready.unlink(missing_ok=True),
    )


def wait_for(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def noted(folder: Path) -> list[int]:
    return [
        int(path.read_text())
        for pattern in ("*.ready", "*.child", "guardian.pid")
        for path in folder.glob(pattern)
    ]


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path)
    yield made
    made.close()
    # Whoever adopted them collects them in its own time.
    wait_for(lambda: not any(runs(pid) for pid in noted(tmp_path)))
    assert not runs(made.guardian_pid)


def test_a_killed_process_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start([service(tmp_path, "one"), service(tmp_path, "two")], tier=0)
    before = supervisor.processes
    assert all(facts.state is State.READY for facts in before.values())
    old_child = int((tmp_path / "one.child").read_text())
    assert before["one"].pid is not None
    os.kill(before["one"].pid, signal.SIGKILL)
    wait_for(lambda: supervisor.processes["one"].restarts == 1)
    wait_for(lambda: supervisor.processes["one"].state is State.READY)
    after = supervisor.processes
    assert after["one"].pid not in {None, before["one"].pid}
    assert after["two"] == before["two"]
    # What the killed one had started is gone too, not doubled.
    assert not runs(old_child)


def test_a_process_that_does_not_start_says_why(supervisor: Supervisor, tmp_path: Path) -> None:
    broken = Service("broken", [sys.executable, "-c", "raise SystemExit('no fuel')"], lambda: False)
    with pytest.raises(Unavailable, match=r"(?s)broken did not start.*no fuel"):
        supervisor.start([broken], tier=0)
    missing = Service("missing", [str(tmp_path / "nowhere")], lambda: False)
    with pytest.raises(Unavailable, match=r"(?s)missing did not start.*No such file"):
        supervisor.start([missing], tier=0)


def test_a_stubborn_process_is_killed_in_time(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start([service(tmp_path, "deaf", "stubborn", stop_seconds_max=0.3)], tier=0)
    pid = supervisor.processes["deaf"].pid
    assert pid is not None
    began = time.monotonic()
    supervisor.stop("deaf")
    assert time.monotonic() - began < 5
    assert not runs(pid)


def test_trouble_with_the_disk_or_the_terminal_does_not_end_the_watch(tmp_path: Path) -> None:
    def closed_terminal(*_: object) -> None:
        raise OSError("closed")

    watching = Supervisor(tmp_path, closed_terminal)
    try:
        watching.start([service(tmp_path, "one")], tier=0)
        logs, aside = tmp_path / "logs", tmp_path / "aside"
        logs.rename(aside)
        logs.write_text("in the way")
        pid = watching.processes["one"].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: watching.processes["one"].restarts >= 2)
        logs.unlink()
        aside.rename(logs)
        wait_for(lambda: watching.processes["one"].state is State.READY)
    finally:
        watching.close()


def test_a_killed_guardian_is_replaced_and_knows_everything(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start([service(tmp_path, "one")], tier=0)
    first = supervisor.guardian_pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: supervisor.guardian_pid != first and runs(supervisor.guardian_pid))
    assert [entry["name"] for entry in json.loads((tmp_path / RECORD).read_text())] == ["one"]


# A supervisor in a process of its own, to be killed.
SUPERVISOR = """
import sys, time, pathlib
from tests.integration.runtime.test_supervisor import service
from runtime.supervisor.supervisor import Supervisor
folder = pathlib.Path(sys.argv[1])
supervisor = Supervisor(folder)
supervisor.start([service(folder, "server", "stubborn")], tier=0)
supervisor.start([service(folder, "one"), service(folder, "two", "stubborn")], tier=1)
(folder / "guardian.pid").write_text(str(supervisor.guardian_pid))
(folder / "all").touch()
time.sleep(600)
"""


@pytest.fixture
def victim(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SUPERVISOR), str(tmp_path)],
        cwd=Path(__file__).parents[3],
    )
    try:
        wait_for((tmp_path / "all").exists)
        yield process
    finally:
        process.kill()
        process.wait()


def test_nothing_is_left_when_the_supervisor_is_killed(
    victim: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    pids = noted(tmp_path)
    assert len(pids) == 7
    assert all(runs(pid) for pid in pids)
    victim.kill()
    victim.wait()
    wait_for(lambda: not any(runs(pid) for pid in pids))


def test_the_next_start_ends_what_supervisor_and_guardian_left(
    victim: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    left = [
        int((tmp_path / f"{name}.{kind}").read_text())
        for name in ("server", "two")
        for kind in ("ready", "child")
    ]
    guardian = int((tmp_path / "guardian.pid").read_text())
    # Stopped first, so that it cannot act on the supervisor's death before its own.
    os.kill(guardian, signal.SIGSTOP)
    victim.kill()
    victim.wait()
    os.kill(guardian, signal.SIGKILL)
    # The polite one is told of its parent's death by the kernel; it has a child of its own.
    polite = int((tmp_path / "one.ready").read_text())
    wait_for(lambda: not runs(polite))
    os.kill(int((tmp_path / "one.child").read_text()), signal.SIGKILL)
    assert all(runs(pid) for pid in left)
    following = Supervisor(tmp_path)
    following.close()
    assert following.leftovers == 2
    assert not any(runs(pid) for pid in left)
