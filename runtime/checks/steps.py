"""The checks themselves, in the order they run: the quick ones first."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from runtime.checks import chromium, timescale
from runtime.checks.counts import Counts
from runtime.checks.needs import Need

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
PROCESSES_MAX = 4

QUICK = "quick"
LONG = "long"


@dataclass(frozen=True)
class Step:
    """One check: a command whose exit code says whether it passed.

    Attributes:
        streams: its output is shown as it comes; otherwise only when it fails.
        junit: name of the JUnit report it is asked to write, for its counts.
        count: reads counts from its output; without it and `junit` the step counts as one.
        needs: gets what it cannot run without.
        beside: runs beside the others, one such step after another.
    """

    name: str
    what: str
    argv: tuple[str, ...]
    suite: str = QUICK
    streams: bool = False
    junit: str = ""
    count: Callable[[str], Counts | None] | None = None
    needs: Need | None = None
    env: dict[str, str] = field(default_factory=dict)
    beside: bool = False


def _module(name: str, *arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-P", "-m", name, *arguments)


def _forewarn(*arguments: str) -> tuple[str, ...]:
    return _module("runtime", *arguments)


def _pytest(
    marker: str, *arguments: str, processes: int = 0, folders: tuple[str, ...] = ("tests",)
) -> tuple[str, ...]:
    spread = ("-n", str(processes), "--dist", "worksteal") if processes else ()
    # Without -P: the tests import each other from the checkout.
    return (PYTHON, "-m", "pytest", "-q", "-m", marker, *spread, *arguments, *folders)


def steps() -> list[Step]:
    """Return every check, in order."""
    # Some of their time the tests wait for their servers.
    processes = min((os.cpu_count() or 1) + 1, PROCESSES_MAX)
    return [
        Step("format", "every Python file is formatted", _module("ruff", "format", "--check", ".")),
        Step("lint", "every Python file is clean", _module("ruff", "check", ".")),
        Step("imports", "imports go down the list only", (_tool("lint-imports"),)),
        Step(
            "config", "docs/configuration.md is up to date", _forewarn("config", "docs", "--check")
        ),
        Step("types", "mypy, strict", _module("mypy"), beside=True),
        Step(
            "client",
            "the typed client is the API's",
            _forewarn("web", "client", "--check"),
            beside=True,
        ),
        Step("web lint", "the pages' form and types", _forewarn("web", "lint"), beside=True),
        Step(
            "web test",
            "the pages' unit tests",
            _forewarn("web", "test"),
            count=Counts.from_vitest,
            beside=True,
        ),
        Step(
            "tests",
            "unit, integration and acceptance tests",
            _pytest("not long and not browser and not timescale", processes=processes),
            streams=True,
            junit="tests.xml",
        ),
        Step(
            "timescale",
            "the store of readings on TimescaleDB",
            _pytest("timescale and not long", folders=timescale.TESTS),
            streams=True,
            junit="timescale.xml",
            needs=timescale.require,
            beside=True,
        ),
        Step(
            "browser",
            "the story through the pages, in Chromium",
            _pytest("browser and not long"),
            streams=True,
            junit="browser.xml",
            needs=chromium.require,
            beside=True,
        ),
        Step(
            "long",
            "soaks, chaos, sweeps, a cold set-up; up to 30 minutes",
            _pytest("long and not browser", "--timeout=1500"),
            suite=LONG,
            streams=True,
            junit="long.xml",
        ),
        Step(
            "long browser",
            "every bad condition of a gateway through the pages, in Chromium",
            _pytest("browser and long"),
            suite=LONG,
            streams=True,
            junit="long-browser.xml",
            needs=chromium.require,
        ),
    ]


def _tool(name: str) -> str:
    return str(Path(PYTHON).parent / name)
