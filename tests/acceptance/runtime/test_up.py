"""`forewarn up`: everything serves, survives, is found only once, and leaves nothing behind."""

import json
import os
import re
import signal
import stat
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from runtime.embedded.service import free_port
from runtime.supervisor.applications import FOREWARN

NAMES = {"postgres", "valkey", "mqtt", "api", "ingest", "worker", "scoring", "beat"}


class Up:
    """A running `forewarn up`."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir = data_dir
        self.port = port
        self.output = data_dir.with_suffix(f".{time.monotonic_ns()}.out")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*FOREWARN, "up", "--data-dir", str(data_dir), "--port", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_it_serves(self) -> None:
        wait_for(lambda: self.said("Ctrl-C stops it") or self.process.poll() is not None, 150)
        assert self.process.poll() is None, self.output.read_text()

    def said(self, text: str) -> bool:
        return text in self.output.read_text()

    @property
    def table(self) -> dict[str, dict[str, Any]]:
        """The processes on record, by name."""
        entries = json.loads((self.data_dir / "processes.json").read_text())
        return {entry["name"]: entry for entry in entries}

    def everything(self) -> set[int]:
        """Every process there is below the supervisor, the guardian too."""
        return {child.pid for child in psutil.Process(self.process.pid).children(recursive=True)}

    @property
    def is_ready(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.port}/readyz"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def wait_for(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def refused(data_dir: Path, port: int) -> tuple[int, str]:
    done = subprocess.run(
        [*FOREWARN, "up", "--data-dir", str(data_dir), "--port", str(port)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    return done.returncode, done.stderr


def beside(up: Up, *arguments: str) -> tuple[int, str]:
    """Run a command as a person does in another terminal; what it says holds no secret."""
    done = subprocess.run(
        [*FOREWARN, *arguments, "--data-dir", str(up.data_dir)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    said = done.stdout + done.stderr
    secrets = json.loads((up.data_dir / "stack.json").read_text())["secrets"].values()
    assert not any(secret in said for secret in secrets)
    return done.returncode, said


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up(tmp_path / "the data", free_port())
    try:
        running.wait_until_it_serves()
        yield running
    finally:
        running.process.kill()
        running.process.wait()


@pytest.mark.timeout(400)
def test_it_serves_survives_and_leaves_nothing_behind(up: Up, tmp_path: Path) -> None:
    assert set(up.table) == NAMES
    assert up.is_ready
    _closed_to_others(up)
    _found_only_once(up, tmp_path)
    _commands_beside_it_find_it(up)
    _every_process_comes_back(up)
    pids = up.everything()
    assert len(pids) > len(NAMES)

    up.process.kill()
    up.process.wait()
    wait_for(lambda: not any(runs(pid) for pid in pids), 30)
    code, said = beside(up, "db", "current")
    assert code == 2
    assert said.startswith(
        f"forewarn: No running Forewarn was found: no Forewarn runs on {up.data_dir};"
    )

    secrets = json.loads((up.data_dir / "stack.json").read_text())["secrets"]
    again = Up(up.data_dir, up.port)
    try:
        again.wait_until_it_serves()
        assert again.is_ready
        assert json.loads((up.data_dir / "stack.json").read_text())["secrets"] == secrets
        pids = again.everything()
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(60) == 0
        assert not any(runs(pid) for pid in pids)
        assert again.output.read_text().endswith("Stopped.\n")
        assert "Traceback" not in again.output.read_text()
    finally:
        again.process.kill()
        again.process.wait()


def _closed_to_others(up: Up) -> None:
    assert stat.S_IMODE(up.data_dir.stat().st_mode) == 0o700
    kept = up.data_dir / "stack.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    secrets = json.loads(kept.read_text())["secrets"].values()
    for pid in up.everything():
        command_line = " ".join(psutil.Process(pid).cmdline())
        assert not any(secret in command_line for secret in secrets), command_line


def _found_only_once(up: Up, tmp_path: Path) -> None:
    code, said = refused(up.data_dir, free_port())
    assert code == 1
    assert re.search(rf"already runs on .*\(process {up.process.pid}, http://127", said), said
    code, said = refused(tmp_path / "other", up.port)
    assert code == 2
    assert f"port {up.port} is taken by another program; choose another with --port" in said
    assert "Traceback" not in said
    assert up.is_ready


def _commands_beside_it_find_it(up: Up) -> None:
    create = ("admin", "create", "--email", "boss@example.com", "--name", "Boss")
    code, said = beside(up, *create)
    assert code == 0, said
    assert said.startswith(f"http://127.0.0.1:{up.port}/set-password#token=lnk_"), said
    assert beside(up, *create)[0] == 1
    assert beside(up, "db", "check")[0] == 0
    assert beside(up, "ingest", "quarantine", "list") == (0, "nothing\n")


def _every_process_comes_back(up: Up) -> None:
    before = up.table
    for entry in before.values():
        os.kill(entry["pid"], signal.SIGKILL)

    def all_new() -> bool:
        now = up.table
        return set(now) == NAMES and all(now[n]["pid"] != before[n]["pid"] for n in NAMES)

    wait_for(all_new, 120)
    wait_for(lambda: up.is_ready, 120)
    # Killed processes are reported one by one, on a line each.
    for name in NAMES:
        assert up.said(f"{name} ended by SIGKILL; starting again")
    wait_for(lambda: _steady(up), 120)


def _steady(up: Up) -> bool:
    before = up.table
    time.sleep(1)
    return up.table == before
