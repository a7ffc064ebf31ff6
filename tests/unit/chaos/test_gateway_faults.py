"""The clock, the disk and the network of one process, broken from outside."""

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from runtime.chaos.disk import EdgeDisk
from runtime.chaos.faults import links
from runtime.chaos.faults.fault import NotSeen
from runtime.chaos.proxy import Proxies
from runtime.chaos.wall_clock import ClockOffset

ROOT = Path(__file__).parents[3]
HOUR = 3600

TELL_TIMES = """
import sys, time
from pathlib import Path
from runtime.chaos import wall_clock
wall_clock.install(Path(sys.argv[1]))
from time import time_ns
for _ in sys.stdin:
    print(time_ns() // 1_000_000_000, int(time.time()), time.monotonic_ns(), flush=True)
"""

WRITE = """
import os, sys
handle = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
for _ in sys.stdin:
    try:
        print(os.write(handle, bytes(4096)), flush=True)
    except OSError as error:
        print(-error.errno, flush=True)
"""


@contextmanager
def process(program: str, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()


def ask(running: "subprocess.Popen[str]") -> list[int]:
    assert running.stdin is not None
    assert running.stdout is not None
    running.stdin.write("\n")
    running.stdin.flush()
    return [int(part) for part in running.stdout.readline().split()]


def test_a_process_clock_is_moved_while_it_runs_and_back(tmp_path: Path) -> None:
    offset = ClockOffset(tmp_path / "clock")
    with process(TELL_TIMES, str(tmp_path / "clock")) as running:
        ticks = []
        for us in (0, HOUR * 1_000_000, -HOUR * 1_000_000, 0):
            offset.set(us)
            assert offset.us == us
            real = time.time()
            by_ns, by_time, monotonic = ask(running)
            assert abs(by_ns - real - us / 1e6) < 5
            assert abs(by_time - real - us / 1e6) < 5
            ticks.append(monotonic)
        assert ticks == sorted(ticks)
        assert ticks[-1] - ticks[0] < 60e9


@pytest.mark.parametrize("kind", ["its own", "a folder"])
def test_a_full_disk_lets_nothing_be_written_until_it_is_freed(tmp_path: Path, kind: str) -> None:
    disk = EdgeDisk(tmp_path / "disk", mount=kind == "its own")
    disk.open()
    try:
        (disk.folder / "buffer").write_text("kept")
        with process(WRITE, str(disk.folder / "file")) as running:
            assert ask(running) == [4096]
            said = disk.fill(running.pid)
            assert ask(running) == [-errno.ENOSPC if disk.mounted else -errno.EFBIG]
            assert said == ("0 bytes free of 64m" if disk.mounted else "file size limit 0")
            disk.free(running.pid)
            assert ask(running) == [4096]
    finally:
        disk.close()
    # What was on it is there when it is opened again.
    disk.open()
    try:
        assert (disk.folder / "buffer").read_text() == "kept"
        assert not disk.ballast.exists()
    finally:
        disk.close()
    assert not os.path.ismount(disk.folder)


def test_a_disk_that_a_killed_run_left_is_taken_over(tmp_path: Path) -> None:
    left = EdgeDisk(tmp_path / "disk")
    left.open()
    if not left.mounted:
        pytest.skip("NOT RUN: needs the right to mount a file system")
    (left.folder / "buffer").write_text("newer")
    left.ballast.write_text("full")
    again = EdgeDisk(tmp_path / "disk")
    again.open()
    try:
        assert again.mounted
        assert (again.folder / "buffer").read_text() == "newer"
        assert not again.ballast.exists()
    finally:
        again.close()


def test_a_fault_on_a_link_nobody_uses_is_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_SECONDS", (0.05, 0.1))
    with socket.create_server(("127.0.0.1", 0)) as listening, Proxies() as proxies:
        proxies.add("link", listening.getsockname()[1])
        site: Any = SimpleNamespace(proxies=proxies)
        for fault in (links.stall, links.reset, links.half_open, links.delay, links.narrow):
            with pytest.raises(NotSeen, match="nothing on link noticed"):
                fault(site, "link", Random(1))
