"""Noting what series are expected to be, as it changes: in memory, until a snapshot is written.

A band moves slowly. So it is looked at every ten minutes of source time and noted where it has moved by a
fiftieth of its width, and once a day in any case: at most 144 rows a series and day, one where nothing
changes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np

from anomaly.expectations.bands import Bands, Told

STEP_US: Final = 600_000_000
DAY_US: Final = 86_400_000_000
# A baseline that rests on so many times the readings is told anew even if it has not moved.
GROWN: Final = 1.1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class LaneNotes:
    """What was expected of a lane's series, noted but not written yet."""

    def __init__(self) -> None:
        self._looked_us = 0
        self._told = Told()
        self._noted: list[Bands] = []

    def look(self, newest_us: int, bands: Callable[[], Bands]) -> None:
        """Note which bands have moved; costs next to nothing unless ten minutes have gone by.

        Args:
            newest_us: source time of the newest reading of the last frame.
            bands: tells what is expected now.
        """
        if abs(newest_us - self._looked_us) < STEP_US:
            return
        self._looked_us = newest_us
        now = bands()
        before, is_new = self._told.of(now)
        gone_by = np.abs(now.heard_us - before.heard_us)
        is_due = (gone_by >= STEP_US) & (now.moved_from(before) | (gone_by >= DAY_US))
        # A series that has learnt too little is no news; that one knows too little again is.
        told = (now.heard_us != 0) & np.where(is_new, ~np.isnan(now.low), is_due)
        if told.any():
            self._noted.append(now.rows(told))
            self._told.put(self._noted[-1])

    def take(self) -> list[Mapping[str, Any]]:
        """Return what was noted since the last time, as rows of the table."""
        noted, self._noted = self._noted, []
        return [row for bands in noted for row in _rows(bands)]


def _rows(bands: Bands) -> list[Mapping[str, Any]]:
    names = ("series_id", "at", "low", "high")
    times = [_EPOCH + timedelta(microseconds=heard_us) for heard_us in bands.heard_us.tolist()]
    rows = zip(bands.series.tolist(), times, *bands.ends(), strict=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


class Baselines:
    """What is expected of series at present: which of it has changed since it was written."""

    def __init__(self) -> None:
        self._told = Told()
        self._detectors: dict[int, str] = {}

    def changed(
        self, bands: Bands, version_of: Callable[[int], str], now: datetime
    ) -> Sequence[Mapping[str, Any]]:
        """Return the baselines that differ from what this returned before, as rows of their table.

        Args:
            bands: what is expected now.
            version_of: tells the detector that a series has.
            now: when it is written.
        """
        before, is_new = self._told.of(bands)
        ids = bands.series.tolist()
        detectors = {key: version_of(key) for key in ids}
        told = is_new | np.array(
            [self._detectors.get(key) != detectors[key] for key in ids], np.bool_
        )
        told |= bands.moved_from(before)
        told |= (bands.learnt > before.learnt * GROWN) | (bands.learnt < before.learnt)
        chosen = bands.rows(told)
        self._told.put(chosen)
        self._detectors = detectors
        rows = zip(chosen.series.tolist(), chosen.learnt.tolist(), *chosen.ends(), strict=True)
        return [
            {
                "series_id": key,
                "detector": detectors[key],
                "learnt": learnt,
                "low": low,
                "high": high,
                "updated_at": now,
            }
            for key, learnt, low, high in rows
        ]


class Expected:
    """The notes of a gateway's lanes, and its baselines."""

    def __init__(self) -> None:
        self._notes: dict[str, LaneNotes] = {}
        self.baselines = Baselines()

    def look(self, lane: str, newest_us: int, bands: Callable[[], Bands]) -> None:
        """Note what has changed in a lane, if it is time to look."""
        self._notes.setdefault(lane, LaneNotes()).look(newest_us, bands)

    def take(self) -> list[Mapping[str, Any]]:
        """Return what was noted, as rows; the same moment of a series once."""
        rows = [row for notes in self._notes.values() for row in notes.take()]
        return list({(row["series_id"], row["at"]): row for row in rows}.values())
