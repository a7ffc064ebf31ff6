"""All models of one gateway, and the blob they are saved as.

Lanes are independent: a backlog has models of its own, begun from the live ones, so that what an outage
left behind neither waits for live data nor disturbs it. Anything that passes from one lane to the other does
so only together with a snapshot; so a replay from a snapshot, lane after lane, gives the same models again
whatever the order in which frames of different lanes were first scored.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgpack
import numpy as np
import zstandard
from numpy.typing import NDArray

from anomaly.detectors.base import DetectorKind
from anomaly.deviations import Deviation, Onset, Transition
from anomaly.scoring.monitor import Place, Reading, SeriesMonitor
from anomaly.scoring.silence import SilenceWatch
from anomaly.settings import AnomalySettings
from anomaly.sources import BACKLOG, LIVE, Frame, LaneKey, SeriesInfo, has_value

_LAYOUT = 1
# A backlog that rested longer begins anew from the live models.
_BACKLOG_REST_US = 600_000_000


def _us(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


@dataclass
class LaneModels:
    """The monitors of one gateway's series in one lane."""

    kind: DetectorKind
    section: AnomalySettings
    monitors: dict[int, SeriesMonitor] = field(default_factory=dict)
    silence: SilenceWatch = field(init=False)
    received_us: int = 0
    _deviating: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.silence = SilenceWatch(self.section)

    def monitor(self, info: SeriesInfo) -> SeriesMonitor:
        """Return a series' monitor, made when first asked for."""
        found = self.monitors.get(info.series_id)
        if found is None:
            detector = self.kind.make(self.section, info.range)
            found = SeriesMonitor(info.series_id, detector, self.section, info.range)
            self.monitors[info.series_id] = found
        return found

    def score(
        self, lane: LaneKey, frame: Frame, infos: Mapping[int, SeriesInfo]
    ) -> list[Transition]:
        """Score a frame's values and learn from them; return what changed, in the frame's order.

        Readings that are no values are passed over as if they had not come; if that lasts, it is a silence.
        """
        self.received_us = _us(frame.received_at)
        found: list[Transition] = []
        values = np.flatnonzero(has_value(frame))
        if not len(values):
            return found
        times = frame.ts_us[values]
        self.silence.receive(self.received_us, int(times.min()), int(times.max()))
        place = (str(lane.epoch), lane.lane, frame.seq)
        # Taken before the frame, so that the order of series inside it does not matter.
        in_alarm = self._assets_in_alarm(infos)
        for series_id, readings in self._by_series(frame, values):
            info = infos.get(series_id)
            if info is not None and info.scored:
                frozen = info.asset_id in in_alarm
                found += self.monitor(info).run(readings, place, frozen=frozen)
        found.sort(key=lambda transition: transition.index)
        if lane.lane == LIVE:
            found += self._silences(place, len(frame.series_id))
        self._note_open(found)
        return found

    def _by_series(self, frame: Frame, chosen: NDArray[np.intp]) -> list[tuple[int, list[Reading]]]:
        """Group the chosen readings by series, in the order of the frame; their places stay the frame's."""
        order = chosen[np.argsort(frame.series_id[chosen], kind="stable")]
        series, ts = frame.series_id[order], frame.ts_us[order]
        rows = list(
            zip(
                order.tolist(), ts.tolist(), frame.value[order].tolist(), strict=True,
            )
        )  # fmt: skip
        starts = [0, *(np.flatnonzero(np.diff(series)) + 1).tolist(), len(rows)]
        grouped = []
        for start, end in pairwise(starts):
            series_id, times = int(series[start]), ts[start:end]
            longest = int(np.diff(times).max()) if end - start > 1 else 0
            self.silence.hear(series_id, int(times[0]), int(times[-1]), longest, end - start)
            grouped.append((series_id, rows[start:end]))
        return grouped

    def _assets_in_alarm(self, infos: Mapping[int, SeriesInfo]) -> set[str]:
        assets = set()
        for series_id in self._deviating:
            deviation = self.monitors[series_id].deviation
            if deviation and not deviation.record.is_sensor_fault and series_id in infos:
                assets.add(infos[series_id].asset_id)
        return assets

    def _silences(self, place: Place, index: int) -> list[Transition]:
        found = []
        for series_id, last_us, now_us in self.silence.silent():
            monitor = self.monitors.get(series_id)
            if monitor is not None and monitor.deviation is None:
                found.append(monitor.start_silence(last_us, now_us, index, place))
        return found

    def _note_open(self, transitions: list[Transition]) -> None:
        for transition in transitions:
            if self.monitors[transition.series_id].deviation is None:
                self._deviating.discard(transition.series_id)
            else:
                self._deviating.add(transition.series_id)

    def open_onsets(self) -> dict[int, Onset]:
        """Return where each open deviation began."""
        return {
            series_id: monitor.deviation.onset
            for series_id, monitor in self.monitors.items()
            if monitor.deviation is not None
        }

    def forget(self, series_id: int) -> None:
        """Begin anew with a series."""
        self.monitors.pop(series_id, None)
        self.silence.forget(series_id)
        self._deviating.discard(series_id)

    def settle(self, keep: Mapping[int, Onset]) -> None:
        """Drop every deviation but those named, and let what comes speak for itself."""
        for series_id, monitor in self.monitors.items():
            deviation = monitor.deviation
            if deviation is None or keep.get(series_id) != deviation.onset:
                monitor.settle()
                self._deviating.discard(series_id)
        self.silence.resume()

    def hold_to(self, known: Mapping[int, Deviation]) -> None:
        """Make the open deviations those of `known`, but for series that could not tell their end."""
        self.settle({series_id: deviation.onset for series_id, deviation in known.items()})
        for series_id, deviation in known.items():
            monitor = self.monitors.get(series_id)
            if monitor is None or monitor.deviation is not None:
                continue
            if monitor.detector.band() is not None:
                monitor.hold(deviation)
                self._deviating.add(series_id)

    @property
    def deviating(self) -> frozenset[int]:
        """Series whose deviation is open."""
        return frozenset(self._deviating)

    def state(self) -> dict[str, Any]:
        """Return all of it as MessagePack-ready values."""
        return {
            "received_us": self.received_us,
            "silence": self.silence.state(),
            "monitors": {key: monitor.state() for key, monitor in self.monitors.items()},
        }

    def restore(self, state: dict[str, Any], infos: Mapping[int, SeriesInfo]) -> None:
        """Take over what `state` returned; series that are no longer known are left out."""
        self.received_us = state["received_us"]
        self.silence.restore(state["silence"])
        for key, packed in state["monitors"].items():
            if int(key) in infos:
                monitor = self.monitor(infos[int(key)])
                monitor.restore(packed)
                if monitor.deviation is not None:
                    self._deviating.add(monitor.series_id)


class GatewayModels:
    """Both lanes of one gateway, and how far each has been scored."""

    def __init__(self, kind: DetectorKind, section: AnomalySettings) -> None:
        self.kind = kind
        self.section = section
        self.live = LaneModels(kind, section)
        self.backlog: LaneModels | None = None
        self.positions: dict[tuple[UUID, str], int] = {}
        self.unsaved_readings = 0
        self.saved_at: datetime | None = None
        # Something passed between the lanes: a snapshot must go with it.
        self.must_save = False

    def score(
        self, lane: LaneKey, frame: Frame, infos: Mapping[int, SeriesInfo]
    ) -> list[Transition]:
        """Score one frame, which must be the lane's next."""
        models = self.live if lane.lane == LIVE else self._backlog_models(frame, infos)
        self.positions[lane.epoch, lane.lane] = frame.seq + 1
        self.unsaved_readings += len(frame.series_id)
        return models.score(lane, frame, infos)

    def _backlog_models(self, frame: Frame, infos: Mapping[int, SeriesInfo]) -> LaneModels:
        backlog = self.backlog
        rested = backlog is not None and (
            _us(frame.received_at) - backlog.received_us > _BACKLOG_REST_US
        )
        if backlog is None or (rested and not backlog.deviating):
            backlog = LaneModels(self.kind, self.section)
            for series_id, monitor in self.live.monitors.items():
                if series_id in infos:
                    copy = backlog.monitor(infos[series_id])
                    copy.detector.restore(monitor.detector.state())
                    copy.detector.restart()
            self.backlog = backlog
            self.must_save = True
        return backlog

    def adopt_backlog(self, infos: Mapping[int, SeriesInfo]) -> None:
        """Let live series that are still warming up take over what the backlog has learnt of them."""
        if self.backlog is None:
            return
        for series_id, monitor in self.backlog.monitors.items():
            if series_id not in infos:
                continue
            live = self.live.monitor(infos[series_id])
            if live.detector.band() is None and monitor.detector.learnt > live.detector.learnt:
                live.detector.restore(monitor.detector.state())
                live.detector.restart()
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
        infos = infos_of({int(key) for lane in lanes for key in lane["monitors"]})
        self.live.restore(state["live"], infos)
        if state["backlog"]:
            self.backlog = LaneModels(self.kind, self.section)
            self.backlog.restore(state["backlog"], infos)
