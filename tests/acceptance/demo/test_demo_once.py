"""`forewarn demo --once`: the story happens, and its report is the truth."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.supervisor.applications import FOREWARN
from tests.acceptance.demo import books
from tests.acceptance.demo.telling import Telling, telling

KEYS = {
    "ok", "steps", "readings_sent", "readings_stored", "readings_quarantined", "alarm_id",
    "work_order_id", "complaint_id", "accepted_claim_id", "refused_claim", "latency_seconds",
    "rss_mb_max",
}  # fmt: skip
STEPS = [
    "warm", "fault", "alarm", "work_order", "complaint_linked", "closed_with_part", "claim_accepted",
    "claim_refused",
]  # fmt: skip
SCRIPT = Path(sys.executable).with_name("forewarn")


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


# Generous: a story takes about a minute, more where other tests run beside it.
@pytest.mark.timeout(500)
def test_the_story_happens_and_the_report_is_true(tmp_path: Path) -> None:
    with telling(tmp_path, program=[str(SCRIPT)]) as story:
        report = story.wait(400)
    _is_whole(report, story)
    with books.opened(story.data_dir, tmp_path / "logs") as left:
        books.check(left, report)


def _is_whole(report: dict[str, Any], story: Telling) -> None:
    assert set(report) == KEYS
    assert report["ok"] is True
    assert [step["name"] for step in report["steps"]] == STEPS
    for step in report["steps"]:
        assert set(step) == {"name", "ok", "seconds", "detail"}
        assert step["ok"] is True
        assert step["seconds"] > 0
        assert step["detail"]
        # Each is printed with its time.
        assert story.count(f"{step['name']:<17} {step['seconds']:7.2f} s") == 1
    assert None not in list(_leaves(report))
    assert set(report["refused_claim"]) == {"prior_claim_id", "rule"}
    assert set(report["latency_seconds"]) == {"value_to_stored_p95", "alarm_to_work_order_p95"}
    assert report["readings_quarantined"] == 0
    assert report["readings_sent"] == report["readings_stored"] > 100_000
    assert report["rss_mb_max"] > 0
    assert "Traceback" not in story.output


def _refused(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [*FOREWARN, "demo", "--once", "--data-dir", str(tmp_path / "data"), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_a_report_into_a_missing_folder_is_refused_before_anything_starts(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    code, said = _refused(tmp_path, "--report", str(missing / "report.json"))
    assert code == 2
    (line,) = said.strip().splitlines()
    assert line.endswith(f"--report: there is no folder {missing}")
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = _refused(tmp_path, "--port", str(port))
    assert code == 2
    starting, error = said.strip().splitlines()
    assert starting.startswith("Starting Forewarn")
    assert error.endswith(f"port {port} is taken by another program; choose another with --port")
    assert not (tmp_path / "data" / "postgres").exists()
