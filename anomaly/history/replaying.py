"""One machine's stored readings through the models that score live data: no lookahead, nothing written.

Readings come in the order of source time, each as if it had come at once: a frame for every `FRAME_US`. Two
runs over the same readings, however interrupted, make the same frames and the same alarms. What differs from
live scoring: a machine is alone, so that all of its series falling silent together is an outage, not lost
sensors; what an operator said at that time (a new normal, a verdict) was not said here; the limits of series
are those of today.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import msgpack
import numpy as np

from anomaly.detectors import shipped
from anomaly.detectors.base import DetectorKind
from anomaly.history.supposed import SupposedAlarms, moment
from anomaly.scoring.gateway import GatewayModels
from anomaly.settings import AnomalySettings
from anomaly.sources import LIVE, LaneKey, MemoryFrame, SeriesInfo
from registry.assets.service import AssetFacts
from telemetry.replay.service import Stretch

assert shipped.EW_CHART  # importing it fills the registry

FRAME_US: Final = 5_000_000
# A gap that is longer is no time in which anything was judged.
_GAP_US: Final = 3_600_000_000
_LOOK_US: Final = 60_000_000
_LANE: Final = LaneKey("backtest", UUID(int=0), LIVE)


@dataclass
class Tally:
    """What was replayed of a machine; source times in µs since 1970.

    Attributes:
        readings: how many were scored.
        left_out: how many could not be, see `telemetry.replay`.
        judged_us, warm_us: when the first and the last series was warm that ever was.
        judged: time in which it was judged and readings came, µs.
        in_alarm: the part of that in which it would have been in alarm.
        last_us: of the latest reading.
        looked_us: when it was last looked which series are warm.
        seq: frames so far.
        cold: series that are to be judged and are not warm yet.
    """

    readings: int = 0
    left_out: int = 0
    judged_us: int | None = None
    warm_us: int | None = None
    judged: int = 0
    in_alarm: int = 0
    last_us: int | None = None
    looked_us: int = 0
    seq: int = 0
    cold: list[int] = field(default_factory=list)


class AssetReplay:
    """One machine: its models, its alarms, and what was counted."""

    def __init__(
        self,
        asset: AssetFacts,
        infos: Mapping[int, SeriesInfo],
        kind: DetectorKind,
        section: AnomalySettings,
        first_number: int = 1,
    ) -> None:
        self._infos = infos
        self._models = GatewayModels(kind, section)
        detector = next((info.detector for info in infos.values() if info.detector), kind)
        self.alarms = SupposedAlarms(
            asset, infos, detector.version, round(section.rejoin_s * 1e6), first_number
        )
        self.tally = Tally(cold=sorted(key for key, info in infos.items() if info.scored))

    def feed(self, frame: MemoryFrame) -> None:
        """Score one frame."""
        tally, last_us = self.tally, int(frame.ts_us[-1])
        was_in_alarm = self.alarms.in_alarm
        self.alarms.apply(self._models.score(_LANE, frame, self._infos))
        tally.seq += 1
        tally.readings += len(frame.ts_us)
        if tally.judged_us is not None and tally.last_us is not None:
            passed = last_us - tally.last_us
            passed = passed if passed <= _GAP_US else 0
            tally.judged += passed
            tally.in_alarm += passed if was_in_alarm else 0
        tally.last_us = last_us
        if tally.cold and last_us - tally.looked_us >= _LOOK_US:
            self._look(last_us)

    def look(self) -> None:
        """See which series are warm by now."""
        if self.tally.last_us is not None:
            self._look(self.tally.last_us)

    def _look(self, ts_us: int) -> None:
        tally, live = self.tally, self._models.live
        tally.looked_us = ts_us
        monitors = live.monitors
        found = ((key, monitors.get(key)) for key in tally.cold)
        still = [key for key, one in found if one is None or one.detector.band() is None]
        if len(still) < len(tally.cold):
            tally.judged_us = ts_us if tally.judged_us is None else tally.judged_us
            tally.warm_us = ts_us
            tally.cold = still

    def pack(self) -> bytes:
        """Return all of it, to go on from; what has changed of its alarms is stored apart."""
        state = {
            "models": self._models.pack(),
            "alarms": self.alarms.state(),
            "tally": vars(self.tally),
        }
        packed: bytes = msgpack.packb(state)
        return packed

    def unpack(self, packed: bytes) -> None:
        """Take over what `pack` returned.

        Raises:
            KeyError, TypeError, ValueError: it is of another layout.
        """
        state: dict[str, Any] = msgpack.unpackb(packed, strict_map_key=False)
        self._models.unpack(
            state["models"], lambda ids: {key: self._infos[key] for key in ids & self._infos.keys()}
        )
        self.alarms.restore(state["alarms"])
        self.tally = Tally(**state["tally"])


def frames(stretch: Stretch, seq: int) -> Iterator[MemoryFrame]:
    """Yield the readings of a stretch, those of one `FRAME_US` as a frame, received as they were made."""
    if not len(stretch.ts_us):
        return
    windows = stretch.ts_us // FRAME_US
    cuts = [0, *(np.flatnonzero(np.diff(windows)) + 1).tolist(), len(windows)]
    for first, last in pairwise(cuts):
        rows = slice(first, last)
        yield MemoryFrame(
            seq,
            moment(int(stretch.ts_us[last - 1])),
            stretch.series_id[rows],
            stretch.ts_us[rows],
            stretch.value[rows],
            stretch.quality[rows],
        )
        seq += 1


def whole_frames(stretch: Stretch, end_us: int) -> Stretch:
    """Return a stretch without the frame that it may hold a part of only, unless it holds nothing else."""
    cut_us = stretch.end_us // FRAME_US * FRAME_US
    if stretch.end_us == end_us or cut_us <= stretch.start_us or cut_us == stretch.end_us:
        return stretch
    kept = slice(0, int(np.searchsorted(stretch.ts_us, cut_us)))
    return Stretch(
        stretch.start_us, cut_us, stretch.series_id[kept], stretch.ts_us[kept],
        stretch.value[kept], stretch.quality[kept], stretch.left_out,
    )  # fmt: skip
