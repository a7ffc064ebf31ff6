"""Who can read the broker's secrets: nobody on the machine but the broker, and no command line shows one."""

import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import debian

MAKE_CERTS = debian.DEPLOY / "mosquitto" / "make-certs.sh"
FOR_ALL = {"ca.crt", "server.crt"}
PROGRAMS = ("mosquitto", "mosquitto_ctrl", "mosquitto_passwd", "mosquitto_sub")


def _make(folder: Path) -> None:
    # As on most machines: what is made without a thought can be read by everybody.
    subprocess.run(
        ["/bin/sh", "-c", f"umask 022; '{MAKE_CERTS}' '{folder}' localhost 127.0.0.1"],
        check=True,
        capture_output=True,
    )


def _readable_by_others(folder: Path) -> set[str]:
    return {
        path.name
        for path in folder.iterdir()
        if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
    }


def _verifies(folder: Path) -> bool:
    done = subprocess.run(
        ["openssl", "verify", "-CAfile", folder / "ca.crt", folder / "server.crt"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_what_is_mounted_has_no_authority_in_it_and_no_key_for_all(tmp_path: Path) -> None:
    debian.require()
    folder = tmp_path / "certs"
    _make(folder)
    assert {path.name for path in folder.iterdir()} == {*FOR_ALL, "server.key"}
    assert _readable_by_others(folder) == FOR_ALL
    authority = tmp_path / "certs.authority"
    assert stat.S_IMODE(authority.stat().st_mode) == 0o700
    assert _readable_by_others(authority) == set()
    assert _verifies(folder)
    before = (folder / "ca.crt").read_bytes(), (folder / "server.crt").read_bytes()
    _make(folder)
    assert (folder / "ca.crt").read_bytes() == before[0]
    assert (folder / "server.crt").read_bytes() != before[1]
    assert _verifies(folder)


def test_the_authority_of_an_earlier_program_is_moved_out(tmp_path: Path) -> None:
    debian.require()
    folder, authority = tmp_path / "certs", tmp_path / "certs.authority"
    _make(folder)
    for path in authority.iterdir():
        path.rename(folder / path.name)
    (folder / "server.key").chmod(0o644)
    before = (folder / "ca.crt").read_bytes()
    _make(folder)
    assert (folder / "ca.crt").read_bytes() == before
    assert {path.name for path in folder.iterdir()} == {*FOR_ALL, "server.key"}
    assert _readable_by_others(folder) == FOR_ALL
    assert (authority / "ca.key").exists()


@dataclass(frozen=True)
class Watched:
    """Programs whose command lines are noted before they run."""

    folder: Path

    @property
    def lines(self) -> str:
        """Every command line so far."""
        return (self.folder / "lines").read_text()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    debian.require()
    folder = tmp_path / "programs"
    folder.mkdir()
    folder.chmod(0o755)
    for name in PROGRAMS:
        shim = folder / name
        shim.write_text(
            f'#!/bin/sh\nprintf "%s %s\\n" {name} "$*" >>{folder}/lines\n'
            f'PATH="{debian.PATH}"\nexec {name} "$@"\n'
        )
        shim.chmod(0o755)
    return Watched(folder)


def _is_healthy(command: str) -> bool:
    return subprocess.run(command, shell=True, check=False, capture_output=True).returncode == 0


def test_no_command_line_shows_a_password(watched: Watched) -> None:
    with debian.broker(watched.folder) as broker:
        check = f"PATH={watched.folder}:$PATH; {broker.health_check}"
        assert _is_healthy(check)
        lines = watched.lines
        (broker.folder / "mosquitto" / "health" / "mosquitto_sub").unlink()
        assert not _is_healthy(check), "it is the login that is tried"
    assert {line.partition(" ")[0] for line in lines.splitlines()} == set(PROGRAMS)
    for secret in broker.secrets:
        assert secret not in lines
        assert secret not in check


def test_the_brokers_key_is_the_brokers_alone(watched: Watched) -> None:
    """It reads its key after it has given up root's rights, so it has a copy of its own."""
    with debian.broker(watched.folder) as broker:
        assert _readable_by_others(broker.folder / "mosquitto") <= {
            "acl",
            "mosquitto.conf",
            "gateways",
        }
        key = (broker.folder / "mosquitto" / "server.key").stat()
        assert stat.S_IMODE(key.st_mode) == 0o600
        assert key.st_uid != 0 or os.geteuid() != 0
