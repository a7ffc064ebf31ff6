"""`./forewarn` works from anywhere, however it is called, and says in one line what it lacks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LAUNCHER = ROOT / "forewarn"
# What POSIX gives a shell script, and no Python.
TOOLS = (
    "sh",
    "cat",
    "cksum",
    "dirname",
    "mkdir",
    "printf",
    "readlink",
    "rm",
    "sleep",
    "find",
    "head",
)


def run(
    *command: str | Path, cwd: Path | None = None, path: str | None = None
) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FOREWARN", "PYTHON"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**environment, "PATH": path or os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


@pytest.fixture
def posix_only(tmp_path: Path) -> str:
    """A search path without Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found:
            (folder / tool).symlink_to(found)
    return str(folder)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout in a folder with a space in its name, not set up."""
    root = tmp_path / "fore warn"
    root.mkdir()
    shutil.copy(LAUNCHER, root / "forewarn")
    for name in ("requirements.lock", "requirements-uv.lock", "pyproject.toml"):
        (root / name).write_text(f"# {name}\n")
    return root


@pytest.fixture
def ready_copy(copy: Path) -> Path:
    """The same, set up with a command that says how it was called."""
    bin_dir = copy / ".venv" / "bin"
    bin_dir.mkdir(parents=True)
    command = bin_dir / "forewarn"
    command.write_text('#!/bin/sh\necho called with "$@" in "$PWD"\nexit 7\n')
    command.chmod(0o755)
    summed = subprocess.run(
        "cat requirements.lock requirements-uv.lock pyproject.toml | cksum",
        shell=True,
        cwd=copy,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (copy / ".venv" / ".forewarn-stamp").write_text(f"{summed}{copy}\n")
    return copy


def test_it_runs_from_another_folder_and_through_links(tmp_path: Path) -> None:
    link = tmp_path / "a link"
    link.symlink_to(LAUNCHER)
    relative = tmp_path / "relative"
    relative.symlink_to("a link")
    run(LAUNCHER, "--version")  # in case the lock file changed since the last set-up
    for called in (LAUNCHER, link, relative):
        done = run(called, "--version", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "forewarn 0.1.0\n"), done.stderr
        assert done.stderr == ""


def test_arguments_exit_code_and_folder_pass_through(ready_copy: Path, tmp_path: Path) -> None:
    done = run(ready_copy / "forewarn", "admin", "a b", cwd=tmp_path)
    assert done.stdout == f"called with admin a b in {tmp_path}\n"
    assert done.returncode == 7


def test_once_set_up_it_needs_neither_python_nor_network(ready_copy: Path, posix_only: str) -> None:
    done = run(ready_copy / "forewarn", "config", "show", cwd=Path("/"), path=posix_only)
    assert done.returncode == 7, done.stderr
    assert done.stderr == ""


def test_without_python_it_says_so_in_one_line(copy: Path, posix_only: str) -> None:
    done = run(copy / "forewarn", "demo", path=posix_only)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines == [line for line in lines if line.startswith("forewarn: ")]
    assert lines[-1].startswith("forewarn: Python 3.11 or newer is needed and was not found")
    assert not (copy / ".forewarn-setup.lock").exists()


def test_too_old_a_python_is_no_python(copy: Path, posix_only: str) -> None:
    old = Path(posix_only) / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = run(copy / "forewarn", "demo", path=posix_only)
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr


def test_without_a_registry_it_says_so_and_tries_again_next_time(copy: Path) -> None:
    for name in ("requirements.lock", "requirements-uv.lock"):
        (copy / name).write_text(f"nothing-of-that-name==1 --hash=sha256:{'0' * 64}\n")
    environment = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    for _ in range(2):
        done = subprocess.run(
            [copy / "forewarn", "--version"],
            env={
                **os.environ,
                **environment,
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        assert done.returncode == 1
        assert (
            "could not fetch the installer from the package registry; check the network"
            in (done.stderr.splitlines()[-1])
        )
        assert not (copy / ".venv" / ".forewarn-stamp").exists()
        assert not (copy / ".forewarn-setup.lock").exists()


def test_a_set_up_that_died_does_not_block_the_next(copy: Path, posix_only: str) -> None:
    lock = copy / ".forewarn-setup.lock"
    lock.mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    (lock / "pid").write_text(str(ended.pid))
    done = run(copy / "forewarn", "demo", path=posix_only)
    assert "Python 3.11 or newer" in done.stderr
    assert not lock.exists()
