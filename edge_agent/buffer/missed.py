"""Spans of source time whose readings were missed and are being fetched from a history, or are to be told.

They are on disk before anything moves past them, and go with what deals with them, in one transaction.
"""

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple


class MissedSpan(NamedTuple):
    """A span of one tag, exclusive of its bounds.

    Attributes:
        tag: its name.
        start_us, end_us: source times of the readings around it.
        reason: see `kernel.wire.gaps.REASONS`.
    """

    tag: str
    start_us: int
    end_us: int
    reason: str


class Known(NamedTuple):
    """What earlier runs left to know about tags.

    Attributes:
        positions: source time of the last reading taken, per tag name.
        missed: spans that were being fetched, or could not be told of.
        restored_at_us: when it was last noticed that the buffer's file is an old copy; 0 for never.
    """

    positions: dict[str, int]
    missed: list[MissedSpan]
    restored_at_us: int


class MissedSpans:
    """The spans' rows; every method is part of the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def change(self, added: Iterable[MissedSpan], settled: Iterable[MissedSpan]) -> None:
        """Forget spans that are dealt with, and note others."""
        self._db.executemany(
            "DELETE FROM missed WHERE tag = ? AND start_us = ? AND end_us = ? AND reason = ?",
            settled,
        )
        self._db.executemany("INSERT OR IGNORE INTO missed VALUES (?, ?, ?, ?)", added)

    def all(self) -> list[MissedSpan]:
        """Return those not dealt with."""
        rows = self._db.execute(
            "SELECT tag, start_us, end_us, reason FROM missed ORDER BY start_us"
        )
        return [MissedSpan(*row) for row in rows]
