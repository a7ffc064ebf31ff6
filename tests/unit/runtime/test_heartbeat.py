"""Heartbeat and pulse: health, and whether the process turns at all."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.settings import forget_settings
from runtime import heartbeat
from runtime.heartbeat import beating, pulse_file


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FOREWARN_HEARTBEAT_FILE", str(tmp_path / "one.alive"))
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.05)
    forget_settings()
    yield tmp_path / "one.alive"
    forget_settings()


def is_touched(path: Path) -> bool:
    """Whether a file is touched from now on."""
    path.unlink(missing_ok=True)
    deadline = time.monotonic() + 0.6
    while time.monotonic() < deadline and not path.exists():
        time.sleep(0.01)
    return path.exists()


def test_a_process_whose_peer_is_away_has_a_pulse_and_no_heartbeat(file: Path) -> None:
    works = True
    with beating(lambda: works):
        assert is_touched(file)
        assert is_touched(pulse_file(file))
        works = False
        time.sleep(0.1)
        assert not is_touched(file)
        assert is_touched(pulse_file(file))


def test_a_process_whose_loop_hangs_has_neither(file: Path) -> None:
    turns = True
    with beating(lambda: True, lambda: turns):
        assert is_touched(pulse_file(file))
        turns = False
        time.sleep(0.1)
        assert not is_touched(file)
        assert not is_touched(pulse_file(file))
