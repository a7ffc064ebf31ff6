"""A fresh copy in a folder with a space sets itself up and runs, as whoever calls it."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def _python_for_all() -> bool:
    """Tell whether there is a Python that every user of this machine can run."""
    try:
        subprocess.run(
            ["python3", "-c", "import sys, ensurepip; assert sys.version_info >= (3, 11)"],
            env={"PATH": SYSTEM_PATH},
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _become(user: str) -> list[str]:
    # Unlike runuser it does not stay in between, so that signals arrive.
    setpriv, group = str(shutil.which("setpriv")), pwd.getpwnam(user).pw_gid
    return [setpriv, f"--reuid={user}", f"--regid={group}", "--clear-groups", "--"]


class Copy:
    """A copy of what is committed or about to be, owned and run by one user."""

    def __init__(self, folder: Path, user: str | None) -> None:
        self.root = folder / "fore warn"
        self.home = folder / "home"
        self._prefix = _become(user) if user else []
        self._path = SYSTEM_PATH if user else os.environ["PATH"]
        self.home.mkdir()
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        for name in filter(None, listed):
            if (ROOT / name).is_file():
                target = self.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target)
        if user:
            owner = pwd.getpwnam(user)
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, owner.pw_uid, owner.pw_gid)

    def _environment(self, **extra: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FOREWARN", "XDG_"))}
        # Another user is one without a home of its own, as a service account is.
        home = "/nonexistent" if self._prefix else str(self.home)
        data = {"XDG_DATA_HOME": str(self.home / "data"), "HOME": home}
        return {**kept, **data, "PATH": self._path, **extra}

    def run(self, *arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*self._prefix, self.root / "forewarn", *arguments],
            cwd="/",
            env=self._environment(**extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self, *arguments: str, **extra: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*self._prefix, self.root / "forewarn", *arguments],
            cwd="/",
            env=self._environment(**extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(params=["the same user", "nobody in particular"])
def copy(request: pytest.FixtureRequest) -> Iterator[Copy]:
    user = None
    if request.param != "the same user":
        if os.geteuid() != 0 or shutil.which("setpriv") is None or not _python_for_all():
            pytest.skip("NOT RUN: needs root, and a Python that other users can run")
        user = "nobody"
    # Not pytest's folder, which is closed to others.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    folder.chmod(0o755)
    try:
        yield Copy(folder, user)
    finally:
        shutil.rmtree(folder)


def test_it_sets_itself_up_once_and_then_runs_without_network(copy: Copy) -> None:
    first = copy.run("--version")
    assert (first.returncode, first.stdout) == (0, "forewarn 0.1.0\n"), first.stderr
    assert "setting up Python packages" in first.stderr

    # The pages are built once, by the first command that serves them.
    built = copy.run("api", "--help")
    assert built.returncode == 0, built.stderr
    assert (copy.root / "web" / "dist" / "index.html").exists()

    nowhere = "http://127.0.0.1:9"
    offline = {
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere),
        "UV_OFFLINE": "1",
        "PIP_NO_INDEX": "1",
        "npm_config_offline": "true",
        "no_proxy": "127.0.0.1,localhost",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    again = copy.run("--version", **offline)
    assert (again.returncode, again.stderr) == (0, "")
    up = copy.start("up", **offline)
    try:
        assert up.stdout is not None
        said = []
        deadline = time.monotonic() + 90
        for line in up.stdout:
            said.append(line)
            if "Ctrl-C stops it" in line or time.monotonic() > deadline:
                break
        assert "Forewarn serves at" in said[-1], "".join(said)
        assert (copy.home / "data/forewarn/stack.json").exists()
    finally:
        up.send_signal(signal.SIGTERM)
        rest = up.communicate(timeout=60)[0]
    assert "Stopped." in rest
