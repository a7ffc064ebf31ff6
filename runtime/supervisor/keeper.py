"""One supervised process: started, waited for, and started again when it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kernel.errors import Unavailable
from kernel.log import get_logger
from runtime.embedded.service import Service
from runtime.supervisor import gate
from runtime.supervisor.guard import Guard

log = get_logger(__name__)

BACKOFF_SECONDS_MIN = 0.25
BACKOFF_SECONDS_MAX = 30.0
# Whoever served for so long was no crash loop: the next start waits no longer than the first.
STABLE_SECONDS = 10.0
POLL_SECONDS = 0.05


class State(StrEnum):
    """What a supervised process is doing."""

    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"
    STOPPED = "stopped"


# name, state, what happened ("" when there is nothing to add)
Report = Callable[[str, State, str], None]


@dataclass(frozen=True)
class ProcessFacts:
    """A supervised process as it is now; `pid` is None between two runs."""

    pid: int | None
    state: State
    restarts: int


def backoff_seconds(failures: int) -> float:
    """Return how long to wait before the next start after `failures` short runs in a row."""
    return float(min(BACKOFF_SECONDS_MIN * 2 ** min(failures, 20), BACKOFF_SECONDS_MAX))


class Keeper:
    """Keeps one service running, in a thread that starts it and waits for it.

    It is the same thread for every start on purpose: the signal a child gets at its parent's death is
    tied to the thread that made it.
    """

    def __init__(
        self, service: Service, tier: int, log_path: Path, guard: Guard, report: Report
    ) -> None:
        self.service = service
        self.tier = tier
        self.log_path = log_path
        self._guard = guard
        self._report = report
        self._process: subprocess.Popen[bytes] | None = None
        self._told: subprocess.Popen[bytes] | None = None
        self._hung: subprocess.Popen[bytes] | None = None
        self._pulse: tuple[int, int] | None = None
        self._still_seconds = 0.0
        self._state = State.STARTING
        self._restarts = 0
        self._stopping = threading.Event()
        # Re-entrant: a signal handler may call `stop` while `stop` holds it.
        self._reaping = threading.RLock()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=service.name, daemon=True)

    @property
    def facts(self) -> ProcessFacts:
        """The process as it is now."""
        process = self._process
        running = process is not None and process.returncode is None
        return ProcessFacts(
            process.pid if process is not None and running else None, self._state, self._restarts
        )

    def start(self) -> None:
        """Start keeping it; returns at once."""
        self._thread.start()

    def wait_ready(self, timeout_seconds: float) -> None:
        """Wait for its first readiness.

        Raises:
            Unavailable: it ended or did not become ready in time; the end of its log is quoted.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._state is not State.STARTING or self._stopping.is_set(),
                timeout_seconds,
            )
        if self._state is not State.READY:
            self.stop()
            raise Unavailable(
                f"{self.service.name} did not start; the end of {self.log_path}:\n{self._log_end()}"
            )

    def request_stop(self) -> None:
        """Ask it to end; returns at once."""
        self._stopping.set()
        self._tell_to_end()
        with self._changed:
            self._changed.notify_all()

    def stop(self, *, within_seconds: float | None = None) -> None:
        """End it, by force when it takes longer than the service allows."""
        self.request_stop()
        if self._thread.ident is None:
            return
        self._thread.join(
            self.service.stop_seconds_max if within_seconds is None else within_seconds
        )
        if self._thread.is_alive():
            self._signal(signal.SIGKILL)
            self._thread.join(5)

    def watch_pulse(self, seconds: float) -> None:
        """Kill the process if it hangs: it does not end, and does not touch its file any more.

        Called again and again; `seconds` are those since the last call in which both could have run. Not
        the file's time counts but that it changes, so that clocks may be set. While it starts it is not
        watched before it has touched the file for the first time.
        """
        process, path = self._process, self.service.pulse
        if path is None or process is None:
            return
        touched_at = _touched_at(path)
        if self._state is not State.READY and not (self._state is State.STARTING and touched_at):
            self._pulse = None
            return
        pulse = process.pid, touched_at
        if pulse != self._pulse:
            self._pulse, self._still_seconds = pulse, 0.0
            return
        self._still_seconds += seconds
        if self._still_seconds >= self.service.pulse_seconds_max and self._hung is not process:
            self._hung = process
            log.warning("a process hangs and is killed", process=self.service.name, pid=process.pid)
            self._signal(signal.SIGKILL)

    def _tell_to_end(self) -> None:
        with self._reaping:
            process = self._process
            # Once only: to some servers a second signal means "at once".
            if process is not None and process is not self._told:
                self._told = process
                self._signal(self.service.stop_signal)

    def _signal(self, number: signal.Signals) -> None:
        with self._reaping:
            process = self._process
            # Not reaped yet, so the number is still its own.
            if process is not None and process.returncode is None:
                os.kill(process.pid, number)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                what = self._ending(self._run_once())
            except OSError as error:
                # A full disk, no more processes: what it cannot start now it can start later.
                what = f"could not be started ({error})"
            if self._stopping.is_set():
                break
            failures = 0 if time.monotonic() - began > STABLE_SECONDS else failures
            delay_seconds = backoff_seconds(failures)
            failures += 1
            self._restarts += 1
            self._set(State.WAITING, f"{what}; starting again in {delay_seconds:g} s")
            self._stopping.wait(delay_seconds)
        self._set(State.STOPPED)

    def _ending(self, code: int) -> str:
        if self._hung is not None and self._hung is self._process:
            return f"hung for {self.service.pulse_seconds_max:g} s and was killed"
        return _ending(code)

    def _run_once(self) -> int:
        self._set(State.STARTING)
        self.service.prepare()
        process = self._spawn()
        self._let_through(process)
        while not _has_ended(process.pid) and not self._stopping.is_set():
            if self.service.ready():
                self._set(State.READY)
                break
            time.sleep(POLL_SECONDS)
        if self._stopping.is_set():
            # The request to stop may have come before there was a process to signal.
            self._tell_to_end()
        _has_ended(process.pid, wait=True)
        with self._reaping:
            # What it started itself may be left in its group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        self._guard.remove(self.service.name)
        return code

    def _spawn(self) -> "subprocess.Popen[bytes]":
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        # Appending, so that the file can be cut while it is written to.
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", gate.__file__),
                    str(int(self.service.stop_signal)),
                    *self.service.argv,
                ],
                env={**os.environ, **self.service.env},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._process

    def _let_through(self, process: "subprocess.Popen[bytes]") -> None:
        self._guard.put(self.service.name, process.pid, self.tier, self.service.stop_signal)
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(b"\n")

    def _set(self, state: State, detail: str = "") -> None:
        with self._changed:
            self._state = state
            self._changed.notify_all()
        # Whoever watched may have closed the terminal.
        with contextlib.suppress(OSError):
            self._report(self.service.name, state, detail)

    def _log_end(self) -> str:
        if not self.log_path.exists():
            return ""
        return self.log_path.read_text(errors="replace")[-1500:].strip()


def _has_ended(pid: int, *, wait: bool = False) -> bool:
    """Tell whether a child has ended, leaving it unreaped so that its number stays its own."""
    options = os.WEXITED | os.WNOWAIT | (0 if wait else os.WNOHANG)
    return os.waitid(os.P_PID, pid, options) is not None


def _touched_at(path: Path) -> int:
    """Return when a file was touched last; 0 for one that is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _ending(code: int) -> str:
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
