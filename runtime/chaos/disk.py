"""The gateway's disk: small, so that it can be full.

As root it is a tmpfs of its own and is filled for real. Elsewhere the file size limit of the agent's
process stands in for it: every write fails, with EFBIG where a full disk says ENOSPC.
"""

import contextlib
import os
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Final

from kernel.errors import Unavailable

SIZE: Final = "64m"
_BALLAST: Final = "ballast"
_BLOCK_BYTES: Final = 1024 * 1024
_PAGE_BYTES: Final = 4096


class EdgeDisk:
    """A folder that can be full for the agent.

    Attributes:
        folder: where the agent keeps its buffer.
        mounted: whether it is a file system of its own.
    """

    def __init__(self, folder: Path, *, mount: bool = True) -> None:
        self.folder = folder
        self.mounted = False
        self._kept = folder.with_name(f"{folder.name}.kept")
        self._mount = shutil.which("mount") if mount and os.geteuid() == 0 else None
        self._umount = shutil.which("umount") or "/bin/umount"

    def open(self) -> None:
        """Make the folder; what an earlier run kept is there again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.path.ismount(self.folder):
            # A run that was killed left it; what is on it is newer than what was kept.
            self.mounted = True
            self.ballast.unlink(missing_ok=True)
            return
        if self._mount is not None:
            options = f"size={SIZE},mode=0700"
            done = subprocess.run(
                [self._mount, "-t", "tmpfs", "-o", options, "forewarn-chaos", str(self.folder)],
                check=False,
                capture_output=True,
            )
            self.mounted = done.returncode == 0
        if self._kept.is_dir():
            shutil.copytree(self._kept, self.folder, dirs_exist_ok=True)

    def close(self) -> None:
        """Keep what is on it in an ordinary folder, and unmount it.

        Raises:
            Unavailable: it cannot be unmounted.
        """
        self.ballast.unlink(missing_ok=True)
        if not self.mounted:
            return
        shutil.rmtree(self._kept, ignore_errors=True)
        shutil.copytree(self.folder, self._kept)
        done = subprocess.run(
            [self._umount, str(self.folder)], check=False, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise Unavailable(f"{self.folder} could not be unmounted: {done.stderr.strip()}")
        self.mounted = False

    @property
    def ballast(self) -> Path:
        """The file that fills it."""
        return self.folder / _BALLAST

    def fill(self, pid: int) -> str:
        """Leave the agent's process no room to write; returns how."""
        if not self.mounted:
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
            return "file size limit 0"
        with self.ballast.open("wb", buffering=0) as file:
            for size in (_BLOCK_BYTES, _PAGE_BYTES):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))
        free = os.statvfs(self.folder)
        return f"{free.f_bavail * free.f_frsize} bytes free of {SIZE}"

    def free(self, pid: int) -> None:
        """Give the room back."""
        if self.mounted:
            self.ballast.unlink(missing_ok=True)
        else:
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
