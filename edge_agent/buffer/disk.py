"""How much of the disk the buffer uses, and whether its file is still the one on the disk."""

import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from edge_agent.buffer.file import PAGE_BYTES, wal_bytes_max

# For the tables' own pages, positions, schemas and what is declared; and half a page lost per frame.
_RESERVED_BYTES: Final = 96 * 1024


class Disk:
    """The file and its log.

    Attributes:
        limit: what the pages in use may have; the rest is the log's and a reserve.
        log_share: what is set aside for the log; a transaction larger than that needs more.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, bytes_max: int) -> None:
        self._db = connection
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self.log_share = wal_bytes_max(bytes_max)
        self.limit = max(0, bytes_max - self.log_share - _RESERVED_BYTES)
        self._identity = self._identities()

    def bytes_in_use(self) -> int:
        """Return the bytes of pages that hold something; freed ones are used again."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        return int(pages - free) * PAGE_BYTES

    def bytes_used(self) -> int:
        """Return the bytes of pages in use and of the log: never more than the policy allows."""
        return self.bytes_in_use() + _size(self._log)

    def bytes_free(self) -> int | None:
        """Return what the file system has left; None when it does not say."""
        try:
            return shutil.disk_usage(self._path.parent).free
        except OSError:
            return None

    def is_gone(self) -> bool:
        """Tell whether the file or its log was deleted or replaced under this process."""
        return self._identities() != self._identity

    def _identities(self) -> list[tuple[int, int] | None]:
        return [_identity(path) for path in (self._path, self._log)]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
