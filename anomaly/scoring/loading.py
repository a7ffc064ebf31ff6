"""A gateway's models saved and brought back: a snapshot, and the frames between it and the cursors.

The replay changes no alarm: those frames' alarms were committed together with the cursors.
"""

import math
from datetime import datetime

from sqlalchemy.orm import Session

from anomaly import repository
from anomaly.calibration import repository as calibrations
from anomaly.detectors.base import DetectorKind
from anomaly.deviations import Deviation, Onset, Record
from anomaly.expectations import repository as expectations
from anomaly.models import DeviationRow
from anomaly.redundancy import repository as redundancy
from anomaly.scoring.bands import bands_of
from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.positions import pack_positions, unpack_positions
from anomaly.scoring.relearning import Relearning
from anomaly.scoring.series import CachedSeries
from anomaly.settings import AnomalySettings
from anomaly.sources import BACKLOG, LIVE, FrameSource, LaneKey
from kernel.log import get_logger

log = get_logger(__name__)

FRAMES_PER_READ = 100
# Without a snapshot, models are learnt anew from so many frames before the cursor, if they are still there.
_FRAMES_RELEARNT = 20_000


class Loader:
    """Brings gateways' models back."""

    def __init__(
        self,
        session: Session,
        source: FrameSource,
        series: CachedSeries,
        kind: DetectorKind,
        section: AnomalySettings,
        *,
        now: datetime,
    ) -> None:
        self._session = session
        self._source = source
        self._series = series
        self._kind = kind
        self._section = section
        self._relearning = Relearning(session, source, series, now)

    def load(self, agent_id: str) -> GatewayModels:
        """Return a gateway's models as they were when its cursors were last committed."""
        cursors = repository.cursors(self._session, [agent_id])
        models, positions = self._from_snapshot(agent_id)
        for lane, end in cursors.items():
            relearnt = 0 if positions else max(end - _FRAMES_RELEARNT, 0)
            models.positions[lane.epoch, lane.lane] = positions.get(lane, relearnt)
        replayed = 0
        for lane in sorted(cursors, key=lambda key: (key.lane != LIVE, key not in positions)):
            replayed += self._replay(models, lane, cursors[lane], catch_up=bool(positions))
            models.positions[lane.epoch, lane.lane] = cursors[lane]
            scored = models.lane(lane.lane)
            if scored is not None:
                scored.rests.take_changes()  # written down together with the cursors
        self._agree_on_limits(models, agent_id)
        if models.must_save:
            self._agree_with_alarms(models, agent_id)
        models.must_save = models.must_save or not positions
        log.info("models loaded", agent_id=agent_id, frames_replayed=replayed)
        return models

    def _agree_with_alarms(self, models: GatewayModels, agent_id: str) -> None:
        """Models that caught up with a loss cannot name a deviation as the frames did: the alarms can."""
        known: dict[str, dict[int, Deviation]] = {LIVE: {}, BACKLOG: {}}
        for row in repository.open_deviations(self._session, agent_id):
            lane = models.lane(row.onset_lane)
            if Record(row.record).is_joint or Record(row.record).is_comparison:
                continue  # devices, and sensors beside each other, speak for themselves anew
            if lane is not None and row.detector == lane.kinds.version_of(row.series_id):
                known[row.onset_lane][row.series_id] = _deviation_of(row)
        for name, deviations in known.items():
            lane = models.lane(name)
            if lane is not None:
                lane.hold_to(deviations)

    def _agree_on_limits(self, models: GatewayModels, agent_id: str) -> None:
        """Limits that were changed meanwhile can say in a replay what nobody was told: they begin anew."""
        known: dict[str, set[tuple[int, Record]]] = {LIVE: set(), BACKLOG: set()}
        for row in repository.open_deviations(self._session, agent_id):
            known[row.onset_lane].add((row.series_id, Record(row.record)))
        for name, watch in models.limits.items():
            watch.agree(known[name])
            lane = models.lane(name)
            if lane is not None:
                lane.redundancy.agree(known[name])

    def _from_snapshot(self, agent_id: str) -> tuple[GatewayModels, dict[LaneKey, int]]:
        models = GatewayModels(self._kind, self._section)
        saved = repository.snapshot(self._session, agent_id)
        if saved is None:
            return models, {}
        if saved.detector != self._kind.version:
            log.warning("detector changed, learning anew", agent_id=agent_id, was=saved.detector)
            return models, {}
        try:
            models.unpack(saved.models, lambda ids: self._series.series(self._session, ids))
        except (KeyError, TypeError, ValueError) as error:
            log.warning("snapshot unreadable, learning anew", agent_id=agent_id, error=str(error))
            return GatewayModels(self._kind, self._section), {}
        models.saved_at = saved.taken_at
        return models, unpack_positions(agent_id, saved.positions)

    def _replay(self, models: GatewayModels, lane: LaneKey, end: int, *, catch_up: bool) -> int:
        """Score a lane's frames up to `end`; tell how many there were.

        `catch_up` says that those which are gone were known to the models once.
        """
        replayed, start = 0, models.positions[lane.epoch, lane.lane]
        while start < end:
            count = min(FRAMES_PER_READ, end - start)
            frames = self._source.read_frames(self._session, lane, start, count)
            if catch_up and (not frames or frames[0].seq > start):
                left = min(frames[0].seq, end) if frames else end
                new = frames[0].series_id.tolist() if frames else ()
                self._relearning.catch_up(models, lane, left, new)
            if not frames:
                break
            for frame in frames:
                if frame.seq >= end:
                    break
                models.score(lane, frame, self._series.facts(self._session))
                if catch_up:
                    models.note_expected(lane)
                replayed += 1
            start = frames[-1].seq + 1
        return replayed


def _deviation_of(row: DeviationRow) -> Deviation:
    onset_us = round(row.onset_at.timestamp() * 1_000_000)
    place = str(row.onset_epoch), row.onset_lane, row.onset_seq, row.onset_index
    seen = math.nan if row.seen is None else row.seen
    return Deviation(
        Record(row.record), Onset(*place, onset_us), row.low, row.high, seen, row.score, row.since_s
    )


def save_gateway(session: Session, agent_id: str, models: GatewayModels, now: datetime) -> None:
    """Write a gateway's snapshot, and what its series are expected to do, in the caller's transaction."""
    repository.put_snapshot(
        session,
        {
            "agent_id": agent_id,
            "detector": models.kind.version,
            "positions": pack_positions(models.positions),
            "models": models.pack(),
            "taken_at": now,
        },
    )
    baselines = models.expected.baselines.changed(
        bands_of(models.live), models.live.kinds.version_of, now
    )
    repository.put_baselines(session, baselines)
    expectations.put(session, models.expected.take())
    calibrations.put(session, agent_id, list(models.rates.changed(models.live.devices)), now)
    redundancy.put_comparisons(session, models.live.redundancy.comparisons(), now)
    models.saved_at = now
    models.unsaved_readings = 0
    models.must_save = False
