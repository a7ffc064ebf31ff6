"""The guardian: a small process that outlives its supervisor and ends what it left behind.

Standard library only, run by path with `python -I -S`. Its standard input is a pipe that the supervisor
alone holds open; each line on it is the whole table of processes now running. When the pipe ends without
a last, empty table, the supervisor was killed: the guardian ends every process of the table in order,
those of the highest `tier` first, politely and then not.

A process is known by its id *and* the time it was started, so that a reused id is never signalled.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

TIER_SECONDS_MAX = 3.0
Entry = dict[str, Any]


def started_at(pid: int) -> str | None:
    """Return when a process was started, in the system's own words; None when it has ended."""
    try:
        # The name, in parentheses, may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self").exists() else _asked_of_ps(pid)
    return None if fields[0] in "ZX" else fields[19]


def _asked_of_ps(pid: int) -> str | None:
    # Systems without /proc.
    said = subprocess.run(
        ["/bin/ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return None if not said or said.startswith("Z") else said.partition(" ")[2].strip()


def is_running(entry: Entry) -> bool:
    """Tell whether the very process of a table's entry still runs."""
    started: str = entry["started"]
    return started_at(entry["pid"]) == started


def _end_politely(entry: Entry) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(entry["pid"], entry["stop_signal"])
    # What somebody made stand still, and did not live to let go on, could not end.
    for pid in family(entry["pid"]):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGCONT)


def family(pid: int) -> list[int]:
    """Return a process and everything that it started and that still runs; only itself without /proc."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def kill_group(entry: Entry) -> None:
    """Kill a process and what it left in its group; each supervised process leads one of its own."""
    if started_at(entry["pid"]) in (None, entry["started"]):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(entry["pid"], signal.SIGKILL)


def end_all(table: list[Entry], tier_seconds_max: float = TIER_SECONDS_MAX) -> None:
    """End every process of `table` that still runs, tier by tier; bounded by the seconds given each."""
    for tier in sorted({entry["tier"] for entry in table}, reverse=True):
        of_tier = [entry for entry in table if entry["tier"] == tier]
        left = [entry for entry in of_tier if is_running(entry)]
        for entry in left:
            _end_politely(entry)
        deadline = time.monotonic() + tier_seconds_max
        while any(is_running(entry) for entry in left) and time.monotonic() < deadline:
            time.sleep(0.05)
        # Also of those that have ended: what they started may be left.
        for entry in of_tier:
            kill_group(entry)


def watch() -> None:
    """Read tables until the pipe ends, then end what the last one names."""
    table: list[Entry] = []
    for line in sys.stdin.buffer:
        # A line cut short is from a supervisor killed while it wrote: the table before it holds.
        if line.endswith(b"\n"):
            table = json.loads(line)
    end_all(table)


if __name__ == "__main__":
    # Ctrl-C at the terminal is for the supervisor; the guardian ends with its pipe.
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watch()
