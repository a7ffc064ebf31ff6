"""What the edge took, written down beside its buffer: before every commit, and after it.

The agent's process tells the recorder (`witness`) what it is about to commit and waits until that is in
the file; then it commits, and says how that went. So whatever the buffer holds was written here first, and
a batch whose end nobody told is one that its process died over: it was taken once or not at all.
"""

import contextlib
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from runtime.chaos.witness import BEGUN, COLUMNS, FAILED, HEAD, REFUSED, TAKEN, WRITTEN

ROW: Final = np.dtype(
    [("series", "<u4"), ("ts", "<i8"), ("edge_ts", "<i8"), ("value", "<f8"), ("quality", "<u4")]
)
_RECENT: Final = 2000


@dataclass
class Journal:
    """What a journal says.

    Attributes:
        taken: rows that were surely taken.
        uncertain: rows of batches whose process died over them: taken once or not at all.
        refused: rows a full buffer did not take.
        failed: commits that failed, the disk being full or broken; such a batch was tried again.
    """

    taken: Any
    uncertain: Any
    refused: int = 0
    failed: int = 0

    @classmethod
    def read(cls, path: Path) -> "Journal":
        """Read a journal; what was cut off at its end was never committed."""
        kept: dict[str, list[Any]] = {"taken": [], "uncertain": []}
        refused = failed = 0
        begun: dict[int, Any] = {}
        for kind, number, rows in _records(path.read_bytes()):
            if kind == BEGUN:
                begun[number] = rows
                continue
            batch = begun.pop(number)
            if kind == TAKEN:
                kept["taken"].append(batch)
            elif kind == REFUSED:
                refused += len(batch)
            else:
                failed += 1
        kept["uncertain"] = list(begun.values())
        return cls(_joined(kept["taken"]), _joined(kept["uncertain"]), refused, failed)


def _records(data: bytes) -> Iterator[tuple[int, int, Any]]:
    at = 0
    while at + HEAD.size <= len(data):
        kind, number, count = HEAD.unpack_from(data, at)
        at += HEAD.size
        if at + count * ROW.itemsize > len(data):
            return
        rows = np.empty(count, ROW)
        for name in COLUMNS:
            of_type = ROW[name]
            rows[name] = np.frombuffer(data, of_type, count, at)
            at += count * of_type.itemsize
        yield kind, number, rows


def _joined(batches: list[Any]) -> Any:
    return np.concatenate(batches) if batches else np.empty(0, ROW)


@dataclass
class Recorder:
    """The harness' end: writes the journal, and knows what was taken when.

    Attributes:
        taken: rows surely taken while it ran.
        failed: commits that failed while it ran.
    """

    path: Path
    socket_path: Path
    taken: int = 0
    failed: int = 0
    _recent: "deque[tuple[float, int, int]]" = field(default_factory=lambda: deque(maxlen=_RECENT))

    def __post_init__(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket_path.unlink(missing_ok=True)
        self._listening.bind(str(self.socket_path))
        self._listening.listen()
        threading.Thread(target=self._accept, name="recorder", daemon=True).start()

    def close(self) -> None:
        """Stop listening; whoever still writes is cut off."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        os.close(self._file)

    def taken_since(self, moment: float) -> set[tuple[int, int]]:
        """Return (source time, edge time) of what the first series was taken with since a moment.

        `moment` is of `time.monotonic`.
        """
        return {(ts, edge_ts) for at, ts, edge_ts in list(self._recent) if at > moment}

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        begun: dict[int, Any] = {}
        with connection, contextlib.suppress(OSError):
            while head := _exactly(connection, HEAD.size):
                kind, number, count = HEAD.unpack(head)
                body = _exactly(connection, count * ROW.itemsize) if count else b""
                if body is None:
                    return
                # Appended in one piece, so that a record is whole or cut off at the end.
                os.write(self._file, head + body)
                if kind == BEGUN:
                    ((_, _, begun[number]),) = _records(head + body)
                    connection.sendall(WRITTEN)
                else:
                    self._note(kind, begun.pop(number))

    def _note(self, kind: int, rows: Any) -> None:
        if kind == FAILED:
            self.failed += 1
        if kind != TAKEN:
            return
        self.taken += len(rows)
        first = rows[rows["series"] == 0]
        if len(first):
            self._recent.append((time.monotonic(), int(first["ts"][-1]), int(first["edge_ts"][-1])))


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            return None
        data += part
    return data
