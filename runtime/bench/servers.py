"""Servers and processes of a measurement: none outlives it, however it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel.errors import Unavailable
from runtime.embedded.service import Service
from runtime.supervisor.supervisor import START_SECONDS_MAX, Supervisor


@contextmanager
def running(
    service: Service, folder: Path, timeout_seconds: float = START_SECONDS_MAX
) -> Iterator[int]:
    """Run a service for the length of a `with` block, under a guardian of its own; yields its pid.

    Raises:
        Unavailable: it did not become ready, the end of its log is quoted; or it had to be started again
            meanwhile, and what was measured is worth nothing.
    """
    supervisor = Supervisor(folder / f"{service.name}.run")
    try:
        supervisor.start([service], tier=0, timeout_seconds=timeout_seconds)
        pid = supervisor.processes[service.name].pid
        if pid is None:
            raise Unavailable(f"{service.name} ended as soon as it was ready")
        yield pid
        if supervisor.processes[service.name].restarts:
            raise Unavailable(f"{service.name} ended while it was measured")
    finally:
        supervisor.close()
