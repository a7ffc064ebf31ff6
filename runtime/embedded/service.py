"""What a supervised or borrowed server is: how to start it, how to tell that it answers, how to stop it."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kernel.errors import Unavailable

# The first of the ports chosen here, and how many there are.
_OWN_PORTS = (20_000, 12_000)


@dataclass(frozen=True)
class Service:
    """One process of the stack.

    Attributes:
        name: short name, also of its log file.
        argv: the command.
        ready: whether it serves; must not block for more than a second or two.
        env: variables added to this process's own.
        stop_signal: what ends it cleanly.
        stop_seconds_max: how long it may take to end before it is killed.
        prepare: called before every start, to clear away what an earlier run left.
        pulse: a file the process touches again and again once it is ready; None when it has none.
        pulse_seconds_max: untouched for so long, the process hangs.
    """

    name: str
    argv: Sequence[str]
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds_max: float = 10.0
    prepare: Callable[[], None] = lambda: None
    pulse: Path | None = None
    pulse_seconds_max: float = 30.0


def free_port(preferred: int = 0) -> int:
    """Return `preferred` when nothing listens there on loopback, else any free port.

    The latter lies below the ports the system gives to outgoing connections (from 32768 on Linux): one of
    those is easily taken between this answer and the server's bind.

    Raises:
        Unavailable: a hundred ports were tried and none was free.
    """
    tried = (_OWN_PORTS[0] + secrets.randbelow(_OWN_PORTS[1]) for _ in range(100))
    for port in (preferred, *tried) if preferred else tried:
        with socket.socket() as probe:
            # As servers do: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Unavailable("no free TCP port on 127.0.0.1")


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


@contextmanager
def running(service: Service, log_dir: Path, timeout_seconds: float = 30) -> Iterator[int]:
    """Run a service for the length of a `with` block, for tests and tools; yields its pid.

    Raises:
        Unavailable: it ended or did not become ready in time; the end of its log is quoted.
    """
    log_dir.mkdir(parents=True, exist_ok=True)
    log_path = log_dir / f"{service.name}.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            service.argv,
            env={**os.environ, **service.env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_ready(service, process.poll, log_path, timeout_seconds)
        yield process.pid
    finally:
        if process.poll() is None:
            process.send_signal(service.stop_signal)
            try:
                process.wait(service.stop_seconds_max)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_ready(
    service: Service, poll: Callable[[], int | None], log_path: Path, timeout_seconds: float
) -> None:
    """Wait until a started service answers.

    Raises:
        Unavailable: it ended or did not become ready in time; the end of its log is quoted.
    """
    deadline = time.monotonic() + timeout_seconds
    while not service.ready():
        if poll() is not None or time.monotonic() > deadline:
            tail = log_path.read_text(errors="replace")[-600:].strip() if log_path.exists() else ""
            raise Unavailable(f"{service.name} did not start; end of {log_path}: {tail}")
        time.sleep(0.03)
