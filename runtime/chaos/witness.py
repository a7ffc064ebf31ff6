"""The agent's end of the journal: tells the recorder of every commit of its buffer. No numpy on a gateway.

A record is a head `kind, number, rows` and, for BEGUN, the columns of the batch one after another:
series uint32, source time and edge time int64 µs, value float64, quality uint32, all little-endian. The
recorder answers each BEGUN with one byte once the record is in its file.
"""

import socket
import struct
import time
from pathlib import Path
from typing import Any, Final

HEAD: Final = struct.Struct("<BQI")
BEGUN, TAKEN, REFUSED, FAILED = 1, 2, 3, 4
COLUMNS: Final = ("series", "ts", "edge_ts", "value", "quality")
WRITTEN: Final = b"\n"
_CONNECT_SECONDS_MAX: Final = 30.0


class Witness:
    """A connection to the recorder. Used by one thread."""

    def __init__(self, socket_path: Path) -> None:
        """Connect.

        Raises:
            OSError: nobody records.
        """
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_CONNECT_SECONDS_MAX)
        self._socket.connect(str(socket_path))
        # Numbers of an earlier process must not come again.
        self._number = time.time_ns()

    def begin(self, batch: Any) -> int:
        """Write down what is about to be committed; returns its number once it is in the file."""
        self._number += 1
        columns = [getattr(batch, name).tobytes() for name in COLUMNS]
        self._socket.sendall(HEAD.pack(BEGUN, self._number, len(batch)) + b"".join(columns))
        if self._socket.recv(1) != WRITTEN:
            raise ConnectionError("the recorder has gone")
        return self._number

    def end(self, number: int, how: int) -> None:
        """Say how the commit went."""
        self._socket.sendall(HEAD.pack(how, number, 0))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
