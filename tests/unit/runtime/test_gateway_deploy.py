"""What is deployed at a customer's site: the systemd unit and the image's recipe are sound."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest

from runtime import cli
from runtime.commands import edge

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "deploy" / "gateway" / "forewarn-edge.service"
IMAGE = ROOT / "deploy" / "gateway" / "Containerfile"


def _unit() -> ConfigParser:
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[method-assign,assignment]  # systemd's names have capitals
    found.read(UNIT)
    return found


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("NOT RUN: needs Debian's systemd")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/forewarn/bin/forewarn", sys.executable))
    done = subprocess.run(
        [analyze, "verify", unit], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    rated = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", unit],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert rated.returncode == 0, rated.stdout[-500:]


def test_the_unit_runs_a_real_command_and_lets_it_write_one_folder() -> None:
    service = _unit()["Service"]
    program, *arguments = service["ExecStart"].split()
    assert program == "/opt/forewarn/bin/forewarn"
    assert arguments[0] in cli.COMMANDS
    assert arguments[1] in {command.name for command in edge.app.registered_commands}
    assert service["Type"] == "notify"
    assert service["ProtectSystem"] == "strict"
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert service["Restart"] == "always"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


def test_the_image_holds_what_a_gateway_needs_and_nothing_of_the_server() -> None:
    text = IMAGE.read_text()
    copied = set(re.findall(r"^COPY (\w+) \w+$", text, re.MULTILINE))
    assert copied == {"edge_agent", "kernel", "runtime", "simulator"}
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    made = re.search(r"mkdir ((?:\w+ ?)+)", text)
    assert made is not None
    # The build wants every package of the distribution there, empty or not.
    assert copied | set(made[1].split()) == set(packages["targets"]["wheel"]["packages"])
    assert "--extra edge" in text
    assert "--only-binary :all:" in text
    assert "--require-hashes" in text
    assert "\nUSER forewarn\n" in text
    for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        assert re.fullmatch(r"python:\d+\.\d+-slim", image)


def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from edge_agent import watchdog

    monkeypatch.setattr(watchdog, "_told_ready", [])
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    watchdog.tell_service_manager()
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(os.fspath(place))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", os.fspath(place))
        watchdog.tell_service_manager()
        watchdog.tell_service_manager()
        assert manager.recv(100) == b"READY=1\nWATCHDOG=1"
        assert manager.recv(100) == b"WATCHDOG=1"
    watchdog.tell_service_manager()
