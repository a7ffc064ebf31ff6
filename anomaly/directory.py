"""What the rest of the platform says of frames and series: the real sources of scoring."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from anomaly.choices import service as choices
from anomaly.detectors.base import SeriesRange
from anomaly.limits.service import limits_by_series
from anomaly.modes.service import tags_by_series
from anomaly.redundancy.service import groups_by_series
from anomaly.sources import Frame, LaneKey, Recorded, SeriesInfo
from ingest import service as ingest
from telemetry import service as telemetry
from telemetry.received import service as received

_NOT_SCORED_KINDS = frozenset({"state"})


class IngestFrames:
    """Frames from ingest's log, and telemetry's readings where the log was shortened."""

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

    def readings(
        self, session: Session, series_id: int, from_us: int, before: datetime, limit: int
    ) -> Recorded:
        """Return a series' newest readings of source time `from_us` or later, received before `before`."""
        found = received.newest_readings(session, series_id, from_us, before, limit)
        return Recorded(found.ts_us, found.value, found.quality, found.received_us)


class TelemetrySeries:
    """Facts about series from telemetry, with the detector that is chosen for their asset."""

    def series(self, session: Session, ids: Iterable[int]) -> dict[int, SeriesInfo]:
        """Return what is known of each; unknown ids are absent."""
        found = list(telemetry.get_series(session, sorted(ids)).values())
        chosen = choices.detectors_of(session, {facts.asset_id for facts in found})
        redundant = groups_by_series(session, {facts.asset_id for facts in found})
        modes = tags_by_series(session, found)
        limits = limits_by_series(session, found)
        return {
            facts.id: SeriesInfo(
                series_id=facts.id,
                asset_id=facts.asset_id,
                name=facts.name,
                unit=facts.unit,
                kind=facts.kind,
                range=SeriesRange(facts.low, facts.high),
                scored=facts.data_type == "number" and facts.kind not in _NOT_SCORED_KINDS,
                redundant=redundant.get(facts.id),
                modes=modes.get(facts.id, ()),
                detector=choice.kind if (choice := chosen.get(facts.asset_id)) else None,
                limits=limits.get(facts.id, ()),
                false_alarms_per_year=choice.false_alarms_per_year if choice else None,
            )
            for facts in found
        }
