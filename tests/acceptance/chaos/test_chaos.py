"""`forewarn chaos` with a fresh seed: eight faults, a Ctrl-C between them, and books that cannot be cooked.

The seed is printed; FOREWARN_TEST_SEED repeats it.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from runtime.chaos import signals
from runtime.chaos.faults.plan import plan
from runtime.embedded.postgres import OWNER_ROLE, EmbeddedPostgres
from runtime.embedded.service import free_port, running
from runtime.supervisor.applications import FOREWARN
from runtime.supervisor.state import StackState

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

CYCLES = 8
STOPPED_AFTER = 3
# Of a machine that does other things too; a quiet one is held to 5 s by the command's own default.
RECOVERY_SECONDS_MAX = 30


class Chaos:
    """One start of `forewarn chaos` on a folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.report_path = folder / "report.json"
        self.process = subprocess.Popen(
            [
                *(*FOREWARN, "chaos", "--cycles", str(CYCLES), "--seed", str(seed)),
                *("--report", str(self.report_path), "--resume", str(folder / "run")),
                *("--recovery-max", str(RECOVERY_SECONDS_MAX)),
            ],
            env={**os.environ, "COLUMNS": "300"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._said = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, text: str, seconds: float) -> None:
        with self._said:
            assert self._said.wait_for(lambda: any(text in line for line in self.lines), seconds), (
                f"{text!r} did not come:\n{self.output}"
            )

    def end(self, seconds: float) -> int:
        code = self.process.wait(seconds)
        assert psutil.Process().children(recursive=True) == []
        return code

    def report(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.report_path.read_text())
        return facts

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as said:
            for line in said:
                with self._said:
                    self.lines.append(line.rstrip())
                    self._said.notify_all()


@contextmanager
def chaos(folder: Path, seed: int) -> Iterator[Chaos]:
    started = Chaos(folder, seed)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            os.killpg(started.process.pid, signal.SIGTERM)
            started.process.wait(60)


def test_eight_faults_are_survived_and_every_reading_is_accounted_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("FOREWARN_TEST_SEED") or secrets.randbelow(1_000_000))
    with capsys.disabled():
        sys.stdout.write(f"\nchaos: FOREWARN_TEST_SEED={seed}\n")
    with chaos(tmp_path, seed) as first:
        first.wait_for(f"{STOPPED_AFTER}/{CYCLES}", 240)
        first.process.send_signal(signal.SIGINT)
        assert first.end(60) == 130, first.output
    assert any(f"--seed {seed} --resume" in line for line in first.lines)
    assert not first.report_path.exists()
    with chaos(tmp_path, seed) as second:
        code = second.end(400)
    report = second.report()
    assert code == 0, (report["failures"], second.output)
    _check(report, seed)
    _cook_the_books(tmp_path / "run")
    with chaos(tmp_path, seed) as third:
        assert third.end(240) == 1, third.output
    found = third.report()
    assert (found["missing"], found["duplicated"], found["unknown"]) == (2, 1, 1)
    assert (found["altered"], found["ok"], found["cycles"]) == (1, False, CYCLES)


def _check(report: dict[str, Any], seed: int) -> None:
    assert (report["ok"], report["cycles"], report["failures"]) == (True, CYCLES, [])
    assert (report["missing"], report["duplicated"], report["quarantined"]) == (0, 0, 0)
    assert report["taken"] == report["stored"] > CYCLES * 7000
    planned = [plan(seed, cycle) for cycle in range(1, CYCLES + 1)]
    faults = report["faults"]
    assert [(f["kind"], f["target"]) for f in faults] == [(p.kind, p.target) for p in planned]
    for fault in faults:
        assert fault["seen"]
        assert fault["readings"] > 7000
        assert fault["recovery_seconds"] >= 0
        assert fault["cycle_seconds"] <= 20, fault
    assert set(report["before_replay"]) <= {"future_timestamp"}
    assert report["not_as_emitted"] == 0


def _cook_the_books(folder: Path) -> None:
    """Lose one reading, store one twice and change one, behind the platform's back."""
    stack = folder / "stack"
    secrets_of = StackState.load(stack).secrets
    server = EmbeddedPostgres(stack / "postgres", free_port(), secrets_of["postgres_superuser"])
    with (
        running(server.service(), folder / "logs"),
        psycopg.connect(server.url(OWNER_ROLE, secrets_of["postgres_owner"])) as connection,
    ):
        one = (
            "(tableoid, ctid) = (SELECT tableoid, ctid FROM telemetry.readings"
            " WHERE quality = {} ORDER BY ts, series_id LIMIT 1)"
        )
        uncertain = one.format(signals.UNCERTAIN)
        changes = [
            f"DELETE FROM telemetry.readings WHERE {one.format(0)}",
            f"INSERT INTO telemetry.readings SELECT * FROM telemetry.readings WHERE {uncertain}",
            f"UPDATE telemetry.readings SET value = value + 1e-9 WHERE {one.format(0)}",
        ]
        assert [connection.execute(change).rowcount for change in changes] == [1, 1, 1]
