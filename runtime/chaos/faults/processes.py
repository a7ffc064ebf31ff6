"""Processes killed with -9, and processes that stand still."""

import signal
import time
from collections.abc import Sequence
from random import Random
from typing import Final

import psutil

from runtime.chaos.faults.fault import Span, lasting, require
from runtime.chaos.site import Site, wait_until

# What people call them → the supervisor's names.
PROCESSES: Final = {
    "agent": "edge",
    "broker": "mqtt",
    "ingest": "ingest",
    "worker": "worker",
    "scoring": "scoring",
    "database": "postgres",
    "valkey": "valkey",
}
_GONE_SECONDS_MAX: Final = 10.0
_STOP_SECONDS: Final = (1.5, 5.0)


def family(pid: int) -> list[psutil.Process]:
    """Return a process and everything it started, itself first."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def send(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    """Signal those that still run."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def wait_dead(processes: Sequence[psutil.Process]) -> bool:
    """Wait until all have ended; tells whether they have. Reaping them is left to their parent."""
    deadline = time.monotonic() + _GONE_SECONDS_MAX
    while any(_lives(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill(site: Site, target: str, chance: Random) -> Span:  # noqa: ARG001 - the form of every fault
    """Kill a process and its children at once; it is over as soon as they are dead."""
    name = PROCESSES[target]
    pid = site.pid(name)
    processes = family(pid)
    span = Span()
    send(processes, signal.SIGKILL)
    dead = wait_dead(processes)
    span.end()
    require(dead, f"{target} outlived SIGKILL")
    wait_until(
        f"{target} is started again",
        lambda: site.stack.processes[name].pid not in {None, pid},
        _GONE_SECONDS_MAX * 4,
        every_seconds=0.02,
    )
    span.seen = f"process {pid} and {len(processes) - 1} children died"
    return span


def stop(site: Site, target: str, chance: Random) -> Span:
    """Let a process and its children stand still for a while."""
    processes = family(site.pid(PROCESSES[target]))
    with lasting(
        chance.uniform(*_STOP_SECONDS), lambda: send(processes[::-1], signal.SIGCONT)
    ) as span:
        send(processes, signal.SIGSTOP)
        time.sleep(0.2)
        still = [p for p in processes if p.is_running() and p.status() == psutil.STATUS_STOPPED]
        require(still, f"{target} did not stop")
        span.seen = f"{len(still)} processes stood still"
    return span
