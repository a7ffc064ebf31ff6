"""TimescaleDB for its tests: a server that a variable names, else the one in WASM, which runs on Node."""

import os
from pathlib import Path

from runtime import node
from runtime.checks.needs import Missing, Say
from runtime.embedded.service import Service, answers

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "support" / "timescale"
# Looking through all tests for these few would take longer than some of them.
TESTS = ("tests/integration/telemetry", "tests/integration/ingest")
# The only one there is in WASM.
WASM_DATABASE = "template1"
VARIABLE = "FOREWARN_TEST_TIMESCALE_DSN"


def native_dsn() -> str:
    """Return the address of the server to test on; empty for the one in WASM."""
    return os.environ.get(VARIABLE, "")


def require(say: Say) -> dict[str, str]:
    """Make sure that there is a TimescaleDB to test on; installs the one in WASM once for a lock file.

    Raises:
        Missing: there is none; says why and what helps.
    """
    if not native_dsn():
        installed(say)
    return {}


def installed(say: Say) -> node.Node:
    """Return the Node that serves the one in WASM, its packages being there.

    Raises:
        Missing: there is no Node, or the packages could not be fetched.
    """
    try:
        found = node.find_node()
        with node.one_at_a_time(FOLDER):
            node.install_packages(found, FOLDER, say)
    except node.NodeToolFailed as error:
        raise Missing(f"no TimescaleDB here: {error}; or name a server in {VARIABLE}") from error
    return found


def wasm_service(port: int, say: Say) -> Service:
    """Return how to run the one in WASM; it ends by itself soon after the process that started it.

    Raises:
        Missing: as `installed` does.
    """
    argv = [str(installed(say).node), str(FOLDER / "serve.mjs"), str(port)]
    return Service("timescale", argv, lambda: answers(port))


def wasm_url(port: int) -> str:
    """Return the address of the one in WASM, as superuser."""
    return f"postgresql://postgres@127.0.0.1:{port}/{WASM_DATABASE}"
