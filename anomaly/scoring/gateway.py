"""All models of one gateway, and the blob they are saved as.

Lanes are independent: a backlog has models of its own, begun from the live ones, so that what an outage
left behind neither waits for live data nor disturbs it. Anything that passes from one lane to the other does
so only together with a snapshot; so a replay from a snapshot, lane after lane, gives the same models again
whatever the order in which frames of different lanes were first scored.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

import msgpack
import zstandard

from anomaly.bank import layout as bank_layout
from anomaly.detectors.base import DetectorKind
from anomaly.deviations import Transition
from anomaly.expectations.noting import Expected
from anomaly.limits.watch import LimitWatch
from anomaly.scoring.bands import bands_of
from anomaly.scoring.lane import LaneModels, microseconds
from anomaly.scoring.rates import ExpectedRates
from anomaly.scoring.verdicts import Verdicts
from anomaly.settings import AnomalySettings
from anomaly.sources import BACKLOG, LIVE, Frame, LaneKey, SeriesInfo

_LAYOUT = 2
# A backlog that rested longer begins anew from the live models.
_BACKLOG_REST_US = 600_000_000


class GatewayModels:
    """Both lanes of one gateway, and how far each has been scored."""

    def __init__(self, kind: DetectorKind, section: AnomalySettings) -> None:
        self.kind = kind
        self.section = section
        self.live = LaneModels(kind, section, LIVE)
        self.backlog: LaneModels | None = None
        self.limits = {LIVE: LimitWatch(), BACKLOG: LimitWatch()}
        self.verdicts = Verdicts()
        self.rates = ExpectedRates()
        self.positions: dict[tuple[UUID, str], int] = {}
        self.unsaved_readings = 0
        self.saved_at: datetime | None = None
        # Something passed between the lanes: a snapshot must go with it.
        self.must_save = False
        # The facts about series by which detectors were last chosen.
        self.facts: Mapping[int, SeriesInfo] | None = None
        # What series were expected to be, until it is written with a snapshot.
        self.expected = Expected()

    def score(
        self, lane: LaneKey, frame: Frame, infos: Mapping[int, SeriesInfo]
    ) -> list[Transition]:
        """Score one frame, which must be the lane's next."""
        models = self.live if lane.lane == LIVE else self._backlog_models(frame, infos)
        self.positions[lane.epoch, lane.lane] = frame.seq + 1
        self.unsaved_readings += len(frame.series_id)
        return self._with_limits(lane, frame, infos, models.score(lane, frame, infos))

    def note_expected(self, lane: LaneKey) -> None:
        """Note what a lane's series are expected to be, for charts; after a frame that counts."""
        models = self.lane(lane.lane)
        if models is not None:
            newest_us = int(models.bank.clocks[bank_layout.NEWEST_US])
            self.expected.look(lane.lane, newest_us, lambda: bands_of(models))

    def _with_limits(
        self,
        lane: LaneKey,
        frame: Frame,
        infos: Mapping[int, SeriesInfo],
        found: list[Transition],
    ) -> list[Transition]:
        """Add what the limits say to what the models say; limits that were changed go with a snapshot."""
        models, watch = self.lane(lane.lane), self.limits[lane.lane]
        assert models is not None  # it has just scored
        first_us = int(frame.ts_us[0]) if len(frame.ts_us) else models.received_us
        changed, ended = watch.follow(infos, models.bank.series, first_us)
        # So do groups of redundant sensors.
        self.must_save = self.must_save or changed or models.redundancy.changed
        models.redundancy.changed = False
        told = watch.score(lane, frame)
        if not told:
            return [*ended, *found]
        return sorted([*ended, *found, *told], key=lambda transition: transition.index)

    def _backlog_models(self, frame: Frame, infos: Mapping[int, SeriesInfo]) -> LaneModels:
        backlog = self.backlog
        rested = backlog is not None and (
            microseconds(frame.received_at) - backlog.received_us > _BACKLOG_REST_US
        )
        if backlog is None or (rested and not backlog.deviating):
            backlog = self.backlog = LaneModels(self.kind, self.section, BACKLOG)
            backlog.begin_from(self.live, infos)
            self.must_save = True
        return backlog

    def lanes(self) -> list[LaneModels]:
        """Return the models of both lanes, or of the live one where there never was a backlog."""
        return [self.live] if self.backlog is None else [self.live, self.backlog]

    def leave(self, infos: Mapping[int, SeriesInfo]) -> bool:
        """Know nothing more of series that are gone or not scored any more; tell whether there were any.

        One that deviated would otherwise keep its device from learning for as long as this process lives.
        """
        left = False
        for lane in self.lanes():
            for series_id in list(lane.bank.series):
                if series_id not in infos or not infos[series_id].scored:
                    lane.forget(series_id)
                    self.must_save = left = True
        return left

    def ask_of_devices(self, infos: Mapping[int, SeriesInfo]) -> bool:
        """Let devices aim at the false alarms that are asked of them now; tell whether that is new."""
        changed = self.live.devices.follow(infos)
        return (self.backlog is not None and self.backlog.devices.follow(infos)) or changed

    def adopt_backlog(self, infos: Mapping[int, SeriesInfo]) -> None:
        """Let live series that are still warming up take over what the backlog has learnt of them."""
        if self.backlog is not None and self.live.adopt(self.backlog, infos):
            self.must_save = True

    def lane(self, lane: str) -> LaneModels | None:
        """Return a lane's models, None for a backlog that never was."""
        return self.backlog if lane == BACKLOG else self.live

    def pack(self) -> bytes:
        """Return everything but the positions as one compressed blob."""
        state = {
            "layout": _LAYOUT,
            "live": self.live.state(),
            "backlog": self.backlog and self.backlog.state(),
            "limits": {name: watch.state() for name, watch in self.limits.items()},
            "said": self.verdicts.state(),
        }
        packed: bytes = msgpack.packb(state)
        return zstandard.ZstdCompressor(level=3).compress(packed)

    def unpack(self, blob: bytes, infos_of: Callable[[set[int]], Mapping[int, SeriesInfo]]) -> None:
        """Take over what `pack` returned; `infos_of` tells which of its series are still known.

        Raises:
            KeyError, TypeError, ValueError: the blob is of another layout.
        """
        try:
            plain = zstandard.ZstdDecompressor().decompress(blob)
            state = msgpack.unpackb(plain, strict_map_key=False)
        except (zstandard.ZstdError, msgpack.UnpackException) as error:
            raise ValueError(f"not a snapshot: {error}") from error
        if state["layout"] != _LAYOUT:
            raise ValueError(f"snapshot layout {state['layout']}, expected {_LAYOUT}")
        lanes = [lane for lane in (state["live"], state["backlog"]) if lane]
        infos = infos_of({series_id for lane in lanes for series_id in lane["bank"]["series"]})
        self.live.restore(state["live"], infos)
        # Snapshots from before there were limits have none.
        for name, watch in state.get("limits", {}).items():
            self.limits[name].restore(watch)
        self.verdicts = Verdicts.restored(state.get("said", {}))
        if state["backlog"]:
            self.backlog = LaneModels(self.kind, self.section, BACKLOG)
            self.backlog.restore(state["backlog"], infos)
