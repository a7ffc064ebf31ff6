"""Facts about series, asked for once in a while."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from anomaly.sources import SeriesDirectory, SeriesInfo


class CachedSeries:
    """Remembers what a directory said for a minute: facts change rarely, frames come all the time."""

    KEPT_FOR = timedelta(seconds=60)

    def __init__(self, directory: SeriesDirectory) -> None:
        self._directory = directory
        self._known: dict[int, SeriesInfo] = {}
        self._unknown: set[int] = set()
        self._asked_at: datetime | None = None

    def expire(self, now: datetime) -> None:
        """Ask anew from now on if what is remembered is too old."""
        if self._asked_at is None or now - self._asked_at > self.KEPT_FOR:
            self._known, self._unknown, self._asked_at = {}, set(), now

    def series(self, session: Session, ids: Iterable[int]) -> dict[int, SeriesInfo]:
        """Return what is known of each; unknown ids are absent."""
        wanted = set(ids)
        missing = wanted - self._known.keys() - self._unknown
        if missing:
            found = self._directory.series(session, missing)
            self._known |= found
            self._unknown |= missing - found.keys()
        return {key: self._known[key] for key in wanted if key in self._known}
