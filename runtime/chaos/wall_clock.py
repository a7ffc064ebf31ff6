"""A wall clock that can be moved for one process, as if somebody had set the machine's.

`time.time` and `time.time_ns` of the process then read the real clock and add what a small shared file
says. What Python's C code reads by itself (`datetime.now`) and all monotonic clocks stay as they are; the
agent takes its times from `time.time_ns` alone. Nothing of it is part of the agent: whoever starts the
process installs it first.
"""

import mmap
import os
import struct
import time
from pathlib import Path
from typing import Final

_OFFSET: Final = struct.Struct("<q")


class ClockOffset:
    """The shared file: by how many µs a process' clock is wrong."""

    def __init__(self, path: Path) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.ftruncate(handle, _OFFSET.size)
            self._shared = mmap.mmap(handle, _OFFSET.size)
        finally:
            os.close(handle)

    @property
    def us(self) -> int:
        """The offset in force."""
        offset: int = _OFFSET.unpack_from(self._shared)[0]
        return offset

    def set(self, us: int) -> None:
        """Move the clock to `us` from the real time."""
        _OFFSET.pack_into(self._shared, 0, us)


def install(path: Path) -> None:
    """Let this process read its clock through the file at `path`."""
    offset, real_ns = ClockOffset(path), time.time_ns
    time.time_ns = lambda: real_ns() + offset.us * 1000
    time.time = lambda: time.time_ns() / 1e9
