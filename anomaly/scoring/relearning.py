"""Frames that were given up before scoring had read them: models catch up from the stored readings.

Retention gives frames up where there is no room for them, and their readings stay. Those are taken in the
order they were received, each reception as if it were a frame, so that the models become what the frames
would have made of them. It is done in silence: no deviation begins with it. One that was open goes on or
ends as its readings say; one that began meanwhile and lasts is begun by the frames that are left.

What differs from the frames: readings of one series that came late (an older source time than one received
before) are left out, which also tells live readings from those of a backlog; of two with the same source
time one may be; whether a device was in alarm is looked at once per reception, which may have been of several
frames; the last few readings before the first frame that is left are not counted towards `raise_readings`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from anomaly.deviations import Change, Transition
from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.lane import COMPILED, LaneModels
from anomaly.sources import (
    LIVE,
    FrameSource,
    LaneKey,
    MemoryFrame,
    Recorded,
    SeriesDirectory,
    SeriesInfo,
)
from kernel.log import get_logger

log = get_logger(__name__)

# Of one gateway, at once: some ten seconds. A series of which there are more is learnt anew from its newest.
READINGS_MAX = 2_000_000
# Of one series, and of one gateway, when it begins anew. Detectors in Python take a hundred microseconds a
# reading and more, and their shard waits: of many series each gets less, and warms up with what comes.
ANEW_OF_SERIES_MAX = 20_000
ANEW_MAX = 200_000
ANEW_IN_PYTHON_MAX = 50_000


@dataclass
class Relearnt:
    """What was made of a loss.

    Attributes:
        ended: deviations that were open before and ended in it.
        readings: how many were learnt from.
        anew: series whose warm-up began again, because readings are missing too, or are too many.
    """

    ended: list[Transition] = field(default_factory=list)
    readings: int = 0
    anew: set[int] = field(default_factory=set)


class Relearning:
    """Lets a gateway's models catch up with frames that are gone."""

    def __init__(
        self, session: Session, source: FrameSource, directory: SeriesDirectory, now: datetime
    ) -> None:
        self._session = session
        self._source = source
        self._directory = directory
        self._now = now

    def catch_up(
        self, models: GatewayModels, lane: LaneKey, next_seq: int, new: Iterable[int]
    ) -> list[Transition]:
        """Bring models up to date that lack a lane's frames before `next_seq`; return what ended.

        Args:
            models: of one gateway; its position in the lane is where the loss begins.
            lane: which one.
            next_seq: the first frame that is left, or the head.
            new: series to look for besides those known: those of the first frame that is left.
        """
        first_seq = models.positions.get((lane.epoch, lane.lane), 0)
        if lane.lane == LIVE:
            done = self._live(models, lane, first_seq, {*models.live.monitors, *new})
        else:
            # What the live models have learnt meanwhile is better than what a backlog knew before.
            done = Relearnt()
            models.backlog = None
        models.positions[lane.epoch, lane.lane] = next_seq
        models.must_save = True
        models.unsaved_readings += done.readings
        log.warning(
            "frames were given up", agent_id=lane.agent_id, lane=lane.lane, epoch=str(lane.epoch),
            first_seq=first_seq, next_seq=next_seq, readings=done.readings,
            learnt_anew=len(done.anew),
        )  # fmt: skip
        return done.ended

    def _live(
        self, models: GatewayModels, lane: LaneKey, first_seq: int, series_ids: set[int]
    ) -> Relearnt:
        infos = self._directory.series(self._session, series_ids)
        wanted = {key: info for key, info in infos.items() if info.scored}
        done = Relearnt()
        live = models.live
        before = self._first_left(models, lane.agent_id)
        limit = max(READINGS_MAX // max(len(wanted), 1), models.section.warmup_readings + 1)
        found: dict[int, Recorded] = {}
        for series_id in sorted(wanted):
            heard_us = live.silence.last_heard(series_id)
            recorded = self._source.readings(self._session, series_id, heard_us or 0, before, limit)
            whole = heard_us is not None and heard_us in recorded.ts_us[:1]
            found[series_id] = _in_order(recorded, heard_us if whole else None)
            if not whole:
                done.anew |= {series_id} if series_id in live.monitors else set()
                live.forget(series_id)
        done.readings = sum(len(one.ts_us) for one in found.values())
        done.ended = _learn(live, lane, first_seq, found, wanted)
        return done

    def anew(
        self,
        models: GatewayModels,
        agent_id: str,
        series_ids: Iterable[int],
        since_us: Mapping[int, int] | None = None,
    ) -> None:
        """Begin anew with series, from their newest readings: of these source times on, where some are given.

        What was open of them is known no more; a backlog begins anew from the live models.
        """
        since_us = since_us or {}
        infos = self._directory.series(self._session, series_ids)
        wanted = {key: info for key, info in infos.items() if info.scored}
        kinds = {(info.detector or models.kind).name for info in wanted.values()}
        together = ANEW_MAX if kinds <= COMPILED else ANEW_IN_PYTHON_MAX
        limit = max(min(together // max(len(wanted), 1), ANEW_OF_SERIES_MAX), 1)
        before = self._first_left(models, agent_id)
        found: dict[int, Recorded] = {}
        for series_id in sorted(set(series_ids)):
            models.live.forget(series_id)
            if series_id in wanted:
                recorded = self._source.readings(
                    self._session, series_id, since_us.get(series_id, 0), before, limit
                )
                found[series_id] = _in_order(recorded, None)
        _learn(models.live, LaneKey(agent_id, UUID(int=0), LIVE), 0, found, wanted)
        models.backlog = None
        models.must_save = True
        readings = sum(len(one.ts_us) for one in found.values())
        models.unsaved_readings += readings
        log.info(
            "learnt anew from readings", agent_id=agent_id, series=len(found), readings=readings,
        )  # fmt: skip

    def _first_left(self, models: GatewayModels, agent_id: str) -> datetime:
        """Return when the first live frame that is left was received: what came before it is lost.

        A gateway has a live lane in each epoch, and its models are of all of them.
        """
        left = []
        for lane, head in self._source.heads(self._session).items():
            if lane.agent_id == agent_id and lane.lane == LIVE:
                position = models.positions.get((lane.epoch, lane.lane), 0)
                if position < head:
                    frames = self._source.read_frames(self._session, lane, position, 1)
                    left += [frame.received_at for frame in frames]
        return min(left, default=self._now)


def _learn(
    live: LaneModels,
    lane: LaneKey,
    first_seq: int,
    found: Mapping[int, Recorded],
    wanted: Mapping[int, SeriesInfo],
) -> list[Transition]:
    """Let models learn from readings in silence; return what ended of that which was open before."""
    ended: list[Transition] = []
    open_before = live.open_onsets()
    for frame in _receptions(found, first_seq):
        ended += [
            one
            for one in live.score(lane, frame, wanted)
            if one.change is Change.ENDED and open_before.get(one.series_id) == one.deviation.onset
        ]
    live.settle(open_before)
    return ended


def _in_order(recorded: Recorded, heard_us: int | None) -> Recorded:
    """Return, as received, the readings that were newer than every one before them, and than `heard_us`."""
    order = np.lexsort((recorded.ts_us, recorded.received_us))
    ts_us = recorded.ts_us[order]
    newest = np.maximum.accumulate(ts_us) if len(ts_us) else ts_us
    chosen = order[(ts_us >= newest) & (ts_us > (-1 if heard_us is None else heard_us))]
    return Recorded(
        recorded.ts_us[chosen],
        recorded.value[chosen],
        recorded.quality[chosen],
        recorded.received_us[chosen],
    )


def _receptions(found: Mapping[int, Recorded], seq: int) -> Iterator[MemoryFrame]:
    """Yield the readings of several series, those received together as one frame."""
    if not any(len(one.ts_us) for one in found.values()):
        return
    series = np.concatenate(
        [np.full(len(one.ts_us), series_id, np.int32) for series_id, one in found.items()]
    )
    ts_us = np.concatenate([one.ts_us for one in found.values()])
    value = np.concatenate([one.value for one in found.values()])
    quality = np.concatenate([one.quality for one in found.values()])
    received_us = np.concatenate([one.received_us for one in found.values()])
    order = np.lexsort((ts_us, received_us))
    for rows in np.split(order, np.flatnonzero(np.diff(received_us[order])) + 1):
        at = datetime.fromtimestamp(int(received_us[rows[0]]) / 1e6, UTC)
        yield MemoryFrame(seq, at, series[rows], ts_us[rows], value[rows], quality[rows])
