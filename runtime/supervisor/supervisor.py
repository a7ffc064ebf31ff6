"""Several supervised processes: started tier by tier, stopped in reverse, their logs kept small."""

import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from kernel.errors import Conflict, NotFound
from runtime.embedded.service import Service
from runtime.supervisor.guard import Guard, end_leftovers
from runtime.supervisor.keeper import Keeper, ProcessFacts, Report

LOG_BYTES_MAX = 8 * 1024 * 1024
LOG_CHECK_SECONDS = 5.0
START_SECONDS_MAX = 120.0
PULSE_CHECK_SECONDS = 0.5
RECORD = "processes.json"


class Supervisor:
    """Keeps processes running for as long as it lives, and none a moment longer. Thread-safe.

    Whoever makes one holds the lock on `data_dir`: leftovers on its record are ended first.
    """

    def __init__(self, data_dir: Path, report: Report = lambda *_: None) -> None:
        self.log_dir = data_dir / "logs"
        self.log_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._report = report
        self.leftovers = end_leftovers(data_dir / RECORD)
        self._guard = Guard(data_dir / RECORD)
        self._keepers: dict[str, Keeper] = {}
        # Re-entrant: a signal handler may call `kill` while `close` holds it.
        self._lock = threading.RLock()
        self._closed = threading.Event()
        threading.Thread(target=self._watch_logs, name="logs", daemon=True).start()
        threading.Thread(target=self._watch_pulses, name="pulses", daemon=True).start()

    @property
    def processes(self) -> dict[str, ProcessFacts]:
        """What each process is doing, by name, in the order they were started."""
        with self._lock:
            return {name: keeper.facts for name, keeper in self._keepers.items()}

    @property
    def guardian_pid(self) -> int:
        """Process id of the guardian."""
        return self._guard.pid

    def start(
        self,
        services: Sequence[Service],
        tier: int,
        timeout_seconds: float = START_SECONDS_MAX,
    ) -> None:
        """Start services side by side and wait until all are ready; lower tiers outlive higher ones.

        Raises:
            Unavailable: one of them did not become ready; the end of its log is quoted.
            Conflict: a service of that name is there already, or the supervisor is closing.
        """
        keepers = [self._register(service, tier) for service in services]
        for keeper in keepers:
            keeper.start()
        for keeper in keepers:
            keeper.wait_ready(timeout_seconds)

    def stop(self, name: str) -> None:
        """Stop one service for good.

        Raises:
            NotFound: there is none of that name.
        """
        with self._lock:
            keeper = self._keepers.pop(name, None)
        if keeper is None:
            raise NotFound(f"no process {name}")
        keeper.stop()

    def close(self) -> None:
        """Stop everything, the last tier first; bounded by the services' own limits."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            keepers = list(self._keepers.values())
        for tier in sorted({keeper.tier for keeper in keepers}, reverse=True):
            of_tier = [keeper for keeper in keepers if keeper.tier == tier]
            for keeper in of_tier:
                keeper.request_stop()
            for keeper in of_tier:
                keeper.stop()
        self._guard.close()

    def kill(self) -> None:
        """End everything at once, by force."""
        with self._lock:
            keepers = list(self._keepers.values())
        for keeper in keepers:
            keeper.stop(within_seconds=0)

    def _register(self, service: Service, tier: int) -> Keeper:
        keeper = Keeper(
            service, tier, self.log_dir / f"{service.name}.log", self._guard, self._report
        )
        with self._lock:
            if self._closed.is_set():
                raise Conflict("the supervisor is closing")
            if service.name in self._keepers:
                raise Conflict(f"a process {service.name} is there already")
            self._keepers[service.name] = keeper
        return keeper

    def _watch_pulses(self) -> None:
        before = time.monotonic()
        while not self._closed.wait(PULSE_CHECK_SECONDS):
            now = time.monotonic()
            # Of a time in which this process stood still, only a moment counts: the others did too.
            seconds, before = min(now - before, 2 * PULSE_CHECK_SECONDS), now
            with self._lock:
                keepers = list(self._keepers.values())
            for keeper in keepers:
                keeper.watch_pulse(seconds)

    def _watch_logs(self) -> None:
        while not self._closed.wait(LOG_CHECK_SECONDS):
            cut_logs(self.log_dir)


def cut_logs(log_dir: Path, bytes_max: int = LOG_BYTES_MAX) -> None:
    """Move what a log file holds to `NAME.log.1` once it is too long; its writer need not know.

    Writers append, so a file cut to nothing goes on from there. A line written between the copy and the
    cut is lost, which a log may.
    """
    for path in log_dir.glob("*.log"):
        if path.stat().st_size > bytes_max:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            with path.open("r+b") as log:
                log.truncate(0)
