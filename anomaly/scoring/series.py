"""Facts about series, asked for once in a while."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from anomaly.sources import SeriesDirectory, SeriesInfo


class Facts(Mapping[int, SeriesInfo]):
    """What is known of series as of one moment: another object means that it may have changed.

    Who wants several at once says so first, with `ask`; what was not asked for is absent.
    """

    def __init__(self, directory: SeriesDirectory) -> None:
        self._directory = directory
        self._session: Session | None = None
        self._known: dict[int, SeriesInfo] = {}
        self._asked: set[int] = set()

    def within(self, session: Session) -> "Facts":
        """Ask in this session from now on."""
        self._session = session
        return self

    def ask(self, ids: Iterable[int]) -> None:
        """Learn of series that were not asked for before."""
        missing = set(ids) - self._asked
        if missing and self._session is not None:
            self._known |= self._directory.series(self._session, missing)
            self._asked |= missing

    def __getitem__(self, series_id: int) -> SeriesInfo:
        return self._known[series_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class CachedSeries:
    """Remembers what a directory said for a minute: facts change rarely, frames come all the time."""

    KEPT_FOR = timedelta(seconds=60)

    def __init__(self, directory: SeriesDirectory) -> None:
        self._directory = directory
        self._facts = Facts(directory)
        self._asked_at: datetime | None = None

    def expire(self, now: datetime) -> None:
        """Ask anew from now on if what is remembered is too old."""
        if self._asked_at is None or now - self._asked_at > self.KEPT_FOR:
            self._facts, self._asked_at = Facts(self._directory), now

    def facts(self, session: Session) -> Facts:
        """Return what is remembered; the same object until it is too old."""
        return self._facts.within(session)

    def series(self, session: Session, ids: Iterable[int]) -> dict[int, SeriesInfo]:
        """Return what is known of each; unknown ids are absent."""
        wanted = set(ids)
        facts = self.facts(session)
        facts.ask(wanted)
        return {key: facts[key] for key in wanted if key in facts}
