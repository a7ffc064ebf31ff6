"""The supervisor's side of the guardian: the table of processes, told on every change."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from signal import Signals

from kernel.log import get_logger
from runtime.supervisor import guardian
from runtime.supervisor.guardian import Entry

log = get_logger(__name__)

LEFTOVER_SECONDS_MAX = 3.0
_RESTART_SECONDS_MIN = 0.5


class Guard:
    """Keeps a guardian running and tells it, and a file, what runs.

    The file is for the next start: should supervisor and guardian be killed together, `end_leftovers`
    finds there what they left. Thread-safe.
    """

    def __init__(self, record: Path) -> None:
        self._record = record
        self._table: dict[str, Entry] = {}
        self._lock = threading.RLock()
        self._closing = False
        self._guardian = self._start()
        threading.Thread(target=self._keep, name="guard", daemon=True).start()

    @property
    def pid(self) -> int:
        """Process id of the guardian."""
        return self._guardian.pid

    def put(self, name: str, pid: int, tier: int, stop_signal: Signals) -> Entry | None:
        """Put a started process under guard; None when it has ended already."""
        started = guardian.started_at(pid)
        if started is None:
            return None
        entry: Entry = {
            "name": name,
            "pid": pid,
            "started": started,
            "tier": tier,
            "stop_signal": int(stop_signal),
        }
        with self._lock:
            self._table[name] = entry
            self._tell()
        return entry

    def remove(self, name: str) -> None:
        """Take an ended process off the table."""
        with self._lock:
            if self._table.pop(name, None):
                self._tell()

    def close(self) -> None:
        """End the guardian; whatever is still on the table is ended by it."""
        with self._lock:
            self._closing = True
            assert self._guardian.stdin is not None
            self._guardian.stdin.close()
        self._guardian.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def _tell(self) -> None:
        line = json.dumps(list(self._table.values()))
        self._write_record(line)
        assert self._guardian.stdin is not None
        try:
            self._guardian.stdin.write(line.encode() + b"\n")
            self._guardian.stdin.flush()
        except BrokenPipeError:
            # It has just died; `_keep` starts another and tells that one.
            log.warning("the guardian is gone")

    def _write_record(self, line: str) -> None:
        fresh = self._record.with_suffix(".new")
        try:
            fresh.write_text(line)
            fresh.replace(self._record)
        except OSError as error:
            # A full disk: the guardian is told all the same, only the next start would not know.
            log.warning("the record of processes cannot be written", error=str(error))

    def _keep(self) -> None:
        while True:
            self._guardian.wait()
            with self._lock:
                if self._closing:
                    return
                log.warning("the guardian ended and is started again")
                assert self._guardian.stdin is not None
                with contextlib.suppress(BrokenPipeError):
                    self._guardian.stdin.close()
                self._guardian = self._start()
                self._tell()
            time.sleep(_RESTART_SECONDS_MIN)


def end_leftovers(record: Path) -> int:
    """End what an earlier supervisor left running, by its record; return how many there were.

    Only for whoever holds the data folder's lock: what is on record then belongs to nobody alive.
    """
    try:
        table: list[Entry] = json.loads(record.read_text())
    except (OSError, ValueError):
        return 0
    # Only what certainly is the process on record: numbers may have been used again since.
    left = [entry for entry in table if guardian.is_running(entry)]
    guardian.end_all(left, tier_seconds_max=LEFTOVER_SECONDS_MAX)
    record.unlink(missing_ok=True)
    return len(left)
