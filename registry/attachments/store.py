"""The bytes of attached files: one file for each content, named by its SHA-256."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from registry.attachments.errors import FileTooLarge

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Stored:
    """What was written."""

    sha256: str
    size_bytes: int


class FileStore:
    """Files under a folder; a file is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path_of(self, sha256: str) -> Path:
        """Return where a content is, or would be."""
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def measure(self, source: BinaryIO, bytes_max: int) -> Stored:
        """Return the hash and the size of a seekable file.

        Raises:
            FileTooLarge.
        """
        source.seek(0)
        digest, size = hashlib.sha256(), 0
        while chunk := source.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > bytes_max:
                raise FileTooLarge(f"at most {bytes_max:,} bytes are taken", bytes_max=bytes_max)
            digest.update(chunk)
        source.seek(0)
        return Stored(digest.hexdigest(), size)

    def put(self, source: BinaryIO, sha256: str) -> None:
        """Write a content, on disk for good when this returns; it may be there already."""
        target = self.path_of(sha256)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = target.with_name(f"{sha256}.{secrets.token_hex(4)}.part")
        try:
            with partial.open("xb") as out:
                source.seek(0)
                while chunk := source.read(_CHUNK_BYTES):
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, sha256: str) -> None:
        """Remove a content."""
        self.path_of(sha256).unlink(missing_ok=True)

    def older_than(self, timestamp: float) -> Iterator[str]:
        """Yield the hashes of what was written before a time (seconds since the epoch)."""
        for path in self._root.glob("??/??/*"):
            if path.stat().st_mtime < timestamp and path.suffix == "":
                yield path.name
