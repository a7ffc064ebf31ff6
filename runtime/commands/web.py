"""`forewarn web`: build, check and develop the pages in `web/`."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import typer

from runtime.node import NodeToolFailed, find_node, gist, install_packages, one_at_a_time

WEB = Path(__file__).resolve().parents[2] / "web"

app = typer.Typer(no_args_is_help=True, help="Build, check and develop the pages.")


def say(message: str) -> None:
    """Tell how far things are, on standard error."""
    typer.echo(f"forewarn: {message}", err=True)


def run_tool(web: Path, script: str, *arguments: str, quiet: bool = False) -> None:
    """Run a tool of `node_modules` with our Node.

    Raises:
        NodeToolFailed: it ended with an exit code other than 0.
    """
    node = find_node()
    install_packages(node, web, say)
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
        raise NodeToolFailed(f"{Path(script).stem} ended with exit code {done.returncode}{said}")


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
        NodeToolFailed: the build failed, or its first page is too heavy.
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


@app.command()
def build() -> None:
    """Build the pages into `web/dist`; a build that fails leaves the one before in place."""
    with one_at_a_time(WEB):
        install_packages(find_node(), WEB, say)
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
        raise NodeToolFailed(
            "web/openapi.json is not what the API says now; run forewarn web client"
        )
    run_tool(WEB, OPENAPI_TYPESCRIPT, document.name, "--output", types, "--check", quiet=True)
