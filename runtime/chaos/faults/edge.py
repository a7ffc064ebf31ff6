"""What happens to the gateway itself: its disk is full, its clock is wrong, its buffer file is an old one."""

import shutil
import signal
import sqlite3
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Final

import psutil

from runtime.chaos.faults.fault import Span, lasting, require
from runtime.chaos.faults.processes import family, send, wait_dead
from runtime.chaos.site import Site, wait_until

HOUR_US: Final = 3_600_000_000
_DISK_SECONDS: Final = (2.0, 3.0)
_LAST_WRITE_SECONDS: Final = 0.5
_CLOCK_SECONDS: Final = (1.5, 3.0)
_LIVED_SECONDS: Final = (1.0, 2.0)
_WAIT_SECONDS_MAX: Final = 30.0
# Tries to meet readings that are in no frame yet.
_COPIES_MAX: Final = 20
_PARTS: Final = ("", "-wal")


def full_disk(site: Site, _: str, chance: Random) -> Span:
    """Leave the agent no room on its disk for a while.

    It is started anew first: a log that has been written before is written over in place, which a full
    disk does not prevent, and that can go on for long.
    """
    site.stop_agent()
    began = time.monotonic()
    site.start_agent()
    wait_until("readings are taken", lambda: site.recorder.taken_since(began), _WAIT_SECONDS_MAX)
    pid = site.pid("edge")
    failed = site.recorder.failed
    taken = 0

    def free() -> None:
        nonlocal failed, taken
        failed = site.recorder.failed - failed
        taken = len(site.recorder.taken_since(span.began_at + _LAST_WRITE_SECONDS))
        site.disk.free(pid)

    with lasting(chance.uniform(*_DISK_SECONDS), free) as span:
        how = site.disk.fill(pid)
    # What fails first may be the commit that only cuts frames: then none that takes readings is tried.
    require(failed or not taken, f"the agent could write although there was no room ({how})")
    span.seen = f"{how}; {failed} commits failed, {taken} did not"
    return span


def clock_jump(site: Site, target: str, chance: Random) -> Span:
    """Move the agent's clock by an hour, to and back."""
    offset_us = HOUR_US if target == "+1h" else -HOUR_US
    with lasting(chance.uniform(*_CLOCK_SECONDS), lambda: site.clock.set(0)) as span:
        site.clock.set(offset_us)
    taken = site.recorder.taken_since(span.began_at)
    moved = [edge_ts for _, edge_ts in taken if abs(_ahead_us(edge_ts) - offset_us) < HOUR_US // 10]
    require(moved, "the agent's clock did not move")
    span.seen = f"{len(moved)} batches were taken {target} away"
    return span


def old_buffer(site: Site, _: str, chance: Random) -> Span:
    """Put back a copy of the buffer, made while the agent ran, after the agent has gone on for a while.

    The copy is what a power cut at that moment would have left: frames on their way, and mostly readings
    not yet in a frame, which were cut into other frames afterwards. The file it replaces holds nothing that
    has not been delivered, so that nothing is lost with it.
    """
    with tempfile.TemporaryDirectory(prefix="fw-chaos-buffer-") as folder:
        copy, last = Path(folder) / "old", Path(folder) / "last"
        processes = family(site.pid("edge"))
        for _try in range(_COPIES_MAX):
            _copy_standing(site, processes, copy)
            if _waiting(copy)[1]:
                break
        time.sleep(chance.uniform(*_LIVED_SECONDS))
        site.pause_plant()
        try:
            wait_until(
                "the buffer is empty",
                lambda: _is_empty(site, processes, last),
                _WAIT_SECONDS_MAX,
                every_seconds=0.2,
            )
            send(processes, signal.SIGKILL)
            require(wait_dead(processes), "the agent outlived SIGKILL")
            site.stop_agent()
            waiting = _put_back(copy, site.buffer)
        finally:
            site.resume_plant()
    span = Span()
    site.start_agent()
    span.end()
    require(waiting[0] + waiting[1], "the old file held nothing that could be sent again")
    span.seen = f"the old file held {waiting[0]} frames and {waiting[1]} batches already delivered"
    return span


def _ahead_us(edge_ts: int) -> int:
    return edge_ts - time.time_ns() // 1000


def _copy_standing(site: Site, processes: list[psutil.Process], to: Path) -> None:
    """Copy the buffer while nobody writes to it: what is there is what a killed process leaves."""
    send(processes, signal.SIGSTOP)
    try:
        for part in _PARTS:
            path = site.buffer.with_name(site.buffer.name + part)
            if path.exists():
                shutil.copyfile(path, to.with_name(to.name + part))
    finally:
        send(processes, signal.SIGCONT)


def _is_empty(site: Site, processes: list[psutil.Process], scratch: Path) -> bool:
    """Look into a copy of the buffer; leaves the agent standing still when there is nothing in it."""
    send(processes, signal.SIGSTOP)
    for part in _PARTS:
        path = site.buffer.with_name(site.buffer.name + part)
        target = scratch.with_name(scratch.name + part)
        target.unlink(missing_ok=True)
        if path.exists():
            shutil.copyfile(path, target)
    if _waiting(scratch) == (0, 0):
        return True
    send(processes, signal.SIGCONT)
    return False


def _put_back(copy: Path, buffer: Path) -> tuple[int, int]:
    waiting = _waiting(copy)
    for part in _PARTS:
        kept, place = (path.with_name(path.name + part) for path in (copy, buffer))
        # What else lies beside the buffer is left as it is, as by somebody who restores one file.
        place.unlink(missing_ok=True)
        if kept.exists():
            shutil.copyfile(kept, place)
    return waiting


def _waiting(path: Path) -> tuple[int, int]:
    """Return how many frames, and batches not yet in a frame, a buffer file holds."""
    with tempfile.TemporaryDirectory(prefix="fw-chaos-look-") as folder:
        for part in _PARTS:
            kept = path.with_name(path.name + part)
            if kept.exists():
                shutil.copyfile(kept, Path(folder) / f"look{part}")
        connection = sqlite3.connect(Path(folder) / "look")
        try:
            frames, pending = connection.execute(
                "SELECT (SELECT count(*) FROM frames), (SELECT count(*) FROM pending)"
            ).fetchone()
        finally:
            connection.close()
    return int(frames), int(pending)
