"""A running `forewarn demo --once`, watched line by line."""

import contextlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from runtime.embedded.service import free_port
from runtime.supervisor.applications import FOREWARN
from runtime.supervisor.supervisor import RECORD


class Telling:
    """One telling of the story. What it prints is read as it comes."""

    def __init__(self, folder: Path, *arguments: str, program: Sequence[str] = FOREWARN) -> None:
        self.data_dir = folder / "the data"
        self.report_path = folder / "report.json"
        self.process = subprocess.Popen(
            [
                *(*program, "demo", "--once", "--data-dir", str(self.data_dir)),
                *("--report", str(self.report_path), *arguments),
            ],
            # Wide, so that a line of the story is a line here.
            env={**os.environ, "COLUMNS": "300"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._said = threading.Condition()
        self._over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._said:
                self._lines.append(line.rstrip())
                self._said.notify_all()
        with self._said:
            self._over = True
            self._said.notify_all()

    @property
    def output(self) -> str:
        """Everything printed so far."""
        with self._said:
            return "\n".join(self._lines)

    def wait_for(self, text: str, seconds: float, times: int = 1) -> None:
        """Wait until so many lines with a text in them were printed."""

        def come() -> bool:
            return sum(text in line for line in self._lines) >= times

        with self._said:
            self._said.wait_for(lambda: come() or self._over, seconds)
            assert come(), f"{text!r} did not come:\n" + "\n".join(self._lines)

    def count(self, text: str) -> int:
        """Return how many lines with a text in them were printed so far."""
        with self._said:
            return sum(text in line for line in self._lines)

    def wait(self, seconds: float) -> dict[str, Any]:
        """Wait for the end, which must be a good one, and return the report."""
        code = self.process.wait(seconds)
        self._reader.join(10)
        assert code == 0, self.output + self._logs()
        report: dict[str, Any] = json.loads(self.report_path.read_text())
        return report

    def pid(self, name: str) -> int:
        """Return the process id of a supervised process, from the record the supervisor keeps."""
        deadline = time.monotonic() + 30
        while True:
            table = json.loads((self.data_dir / RECORD).read_text())
            found = [entry["pid"] for entry in table if entry["name"] == name]
            if found:
                return int(found[0])
            assert time.monotonic() < deadline, f"{name} is not on record: {table}"
            time.sleep(0.05)

    def stop(self) -> None:
        """End it if it still runs; its guardian ends the rest."""
        if self.process.poll() is None:
            below = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            self.process.wait()
            psutil.wait_procs(below, timeout=20)
        self._reader.join(10)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def _logs(self) -> str:
        ends = []
        for path in sorted((self.data_dir / "logs").glob("*.log")):
            with contextlib.suppress(OSError):
                ends.append(f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}")
        return "\n" + "\n".join(ends)


@contextmanager
def telling(folder: Path, program: Sequence[str] = FOREWARN) -> Iterator[Telling]:
    """Tell the story in `folder` inside the `with` block."""
    running = Telling(folder, "--port", str(free_port()), program=program)
    try:
        yield running
    finally:
        running.stop()
