"""Epochs of a buffer: how many readings each took and gave up, and the next number of each lane.

Beside them, up to which source time each tag was read.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

# Closed epochs stay for a while, so that their last counts reach the platform.
_CLOSED_KEPT = 5
# Why an epoch was opened: the file is an old copy.
RESTORED = "restored"


@dataclass(frozen=True)
class EpochCounts:
    """Readings of one epoch since it began."""

    epoch: UUID
    taken: int
    dropped: int
    current: bool


class Epochs:
    """The epochs' rows; every method is part of the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def current(self) -> UUID | None:
        """Return the epoch of new frames."""
        row = self._db.execute("SELECT epoch FROM epochs WHERE current = 1").fetchone()
        return None if row is None else UUID(bytes=row[0])

    def open(self, reason: str, now_us: int) -> UUID:
        """Open a new epoch."""
        epoch = uuid4()
        self._db.execute("UPDATE epochs SET current = 0")
        self._db.execute(
            "INSERT INTO epochs (epoch, opened_at_us, reason, current) VALUES (?, ?, ?, 1)",
            (epoch.bytes, now_us, reason),
        )
        return epoch

    def restored_at_us(self) -> int:
        """Return when it was last noticed that the file is an old copy; 0 for never."""
        row = self._db.execute(
            "SELECT coalesce(max(opened_at_us), 0) FROM epochs WHERE reason = ?", (RESTORED,)
        ).fetchone()
        return int(row[0])

    def add_closed(self, epoch: bytes, opened_at_us: int, taken: int, dropped: int) -> None:
        """Add an epoch of another file, so that its last counts reach the platform."""
        self._db.execute(
            "INSERT OR IGNORE INTO epochs (epoch, opened_at_us, reason, taken, dropped, current)"
            " VALUES (?, ?, 'of a damaged file', ?, ?, 0)",
            (epoch, opened_at_us, taken, dropped),
        )

    def count(self, epoch: UUID, *, taken: int = 0, dropped: int = 0) -> None:
        """Add to an epoch's counters."""
        self._db.execute(
            "UPDATE epochs SET taken = taken + ?, dropped = dropped + ? WHERE epoch = ?",
            (taken, dropped, epoch.bytes),
        )

    def take_seq(self, epoch: UUID, lane: str) -> int:
        """Return the number of the next frame, and take it."""
        row = self._db.execute(
            "SELECT next_seq FROM lanes WHERE epoch = ? AND lane = ?", (epoch.bytes, lane)
        ).fetchone()
        seq = int(row[0]) if row else 0
        values = (epoch.bytes, lane, seq + 1)
        self._db.execute("INSERT OR REPLACE INTO lanes VALUES (?, ?, ?)", values)
        return seq

    def positions(self) -> dict[str, int]:
        """Return the source time of the last reading taken, per tag name."""
        return dict(self._db.execute("SELECT tag, ts_us FROM positions").fetchall())

    def put_positions(self, positions: Mapping[str, int]) -> None:
        """Note source times of readings taken, by tag name."""
        self._db.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?)", positions.items())

    def counts(self) -> list[EpochCounts]:
        """Return the counters, the current epoch first, then the latest."""
        rows = self._db.execute(
            "SELECT epoch, taken, dropped, current FROM epochs ORDER BY current DESC, number DESC"
        )
        return [EpochCounts(UUID(bytes=row[0]), row[1], row[2], bool(row[3])) for row in rows]

    def forget(self) -> None:
        """Delete epochs long closed of which no frame waits."""
        deleted = self._db.execute(
            "DELETE FROM epochs WHERE current = 0"
            " AND NOT EXISTS (SELECT 1 FROM frames WHERE frames.epoch = epochs.epoch)"
            " AND number NOT IN (SELECT number FROM epochs ORDER BY number DESC LIMIT ?)",
            (_CLOSED_KEPT,),
        )
        if deleted.rowcount:
            self._db.execute("DELETE FROM lanes WHERE epoch NOT IN (SELECT epoch FROM epochs)")
