"""What the rest of the platform says of frames and series: the real sources of scoring."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from anomaly.detectors.base import SeriesRange
from anomaly.sources import Frame, LaneKey, SeriesDirectory, SeriesInfo
from ingest import service as ingest
from telemetry import service as telemetry

_NOT_SCORED_KINDS = frozenset({"state"})


class IngestFrames:
    """Frames from ingest's log."""

    def heads(self, session: Session) -> dict[LaneKey, int]:
        """Return, for every lane, the seq before which every frame is there."""
        return {
            LaneKey(head.agent_id, head.epoch, head.lane): head.next_seq
            for head in ingest.heads(session)
        }

    def read_frames(
        self, session: Session, lane: LaneKey, from_seq: int, limit: int
    ) -> Sequence[Frame]:
        """Return up to `limit` frames from `from_seq` on, in order, none beyond the first hole."""
        return ingest.read_frames(session, lane.agent_id, lane.epoch, lane.lane, from_seq, limit)


class TelemetrySeries:
    """Facts about series from telemetry."""

    def series(self, session: Session, ids: Iterable[int]) -> dict[int, SeriesInfo]:
        """Return what is known of each; unknown ids are absent."""
        return {
            facts.id: SeriesInfo(
                series_id=facts.id,
                asset_id=facts.asset_id,
                name=facts.name,
                unit=facts.unit,
                kind=facts.kind,
                range=SeriesRange(facts.low, facts.high),
                scored=facts.data_type == "number" and facts.kind not in _NOT_SCORED_KINDS,
            )
            for facts in telemetry.get_series(session, sorted(ids)).values()
        }


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
