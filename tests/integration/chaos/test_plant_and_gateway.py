"""The chaos plant and the chaos gateway as processes: what is emitted, taken and written down is one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from runtime.chaos import plant, signals
from runtime.chaos.compare import not_as_emitted
from runtime.chaos.journal import Journal, Recorder
from runtime.chaos.wall_clock import ClockOffset
from runtime.embedded.service import answers, free_port

ROOT = Path(__file__).parents[3]
HOUR_US = 3_600_000_000


@contextmanager
def process(
    module: str, *arguments: object, **variables: str
) -> Iterator["subprocess.Popen[bytes]"]:
    running = subprocess.Popen(
        [sys.executable, "-P", "-m", module, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def until(what: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _config(folder: Path, port: int) -> Path:
    tags = "".join(
        f"[[opcua.tags]]\nnode = '{plant.node_of(series)}'\nasset = '{series.machine}'\n"
        f"series = '{series.name}'\n"
        for series in signals.all_series()
    )
    path = folder / "edge.toml"
    path.write_text(
        f"agent = 'gw-1'\n[mqtt]\nurl = 'mqtt://127.0.0.1:{free_port()}'\n"
        f"[[opcua]]\nname = 'plc'\nurl = '{plant.url_of(port)}'\n{tags}"
    )
    return path


def test_every_commit_is_witnessed_and_is_what_the_plant_emitted(tmp_path: Path) -> None:
    port, ticks_file, pause = free_port(), tmp_path / "ticks", tmp_path / "pause"
    clock = ClockOffset(tmp_path / "clock")
    recorder = Recorder(tmp_path / "journal", tmp_path / "s")
    arguments = (_config(tmp_path, port), recorder.socket_path, tmp_path / "clock")
    with process("runtime.chaos.plant", port, ticks_file, pause):
        until(lambda: answers(port))
        with process("runtime.chaos.gateway", *arguments, FOREWARN_EDGE_KEY="ab" * 32) as gateway:
            until(lambda: recorder.taken > 3000)
            clock.set(HOUR_US)
            since = time.monotonic() + 0.5
            until(lambda: recorder.taken_since(since))
            assert all(
                abs(edge_ts - time.time_ns() // 1000 - HOUR_US) < 30_000_000
                for _, edge_ts in recorder.taken_since(since)
            )
            clock.set(0)
            pause.touch()
            since = time.monotonic()
            until(lambda: time.monotonic() - since > 1)
            assert not recorder.taken_since(since + 0.5), "the plant was told to pause"
            pause.unlink()
            until(lambda: recorder.taken_since(since + 0.5))
            os.kill(gateway.pid, signal.SIGKILL)
    recorder.close()
    journal = Journal.read(tmp_path / "journal")
    ticks = np.fromfile(ticks_file, "<i8").reshape(-1, 2)
    assert len(journal.taken) == recorder.taken
    assert not_as_emitted(np.concatenate([journal.taken, journal.uncertain]), ticks) == 0
    assert (journal.refused, journal.failed) == (0, 0)
    assert np.array_equal(ticks[:, 0], np.arange(len(ticks)))


def test_a_plant_goes_on_with_the_tick_after_its_journals_last(tmp_path: Path) -> None:
    journal = plant.TickJournal(tmp_path / "ticks")
    assert [journal.note(ts) for ts in (10, 20, 30)] == [0, 1, 2]
    with (tmp_path / "ticks").open("ab") as file:
        file.write(b"half")
    again = plant.TickJournal(tmp_path / "ticks")
    assert again.note(40) == 3
    assert np.fromfile(tmp_path / "ticks", "<i8").tolist() == [0, 10, 1, 20, 2, 30, 3, 40]
