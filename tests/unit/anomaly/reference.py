"""A lane's models in plain Python over River's objects: what the bank is held equal to."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from anomaly.detectors import shipped
from anomaly.detectors.ew_chart import EwChart
from anomaly.deviations import Transition
from anomaly.scoring.lane import microseconds
from anomaly.scoring.monitor import SeriesMonitor
from anomaly.settings import AnomalySettings
from anomaly.sources import Frame, LaneKey, SeriesInfo, has_value
from tests.unit.anomaly.silence_watch import SilenceWatch


class ReferenceLane:
    """One monitor per series, one reading after the other."""

    def __init__(self, section: AnomalySettings, *, stable: bool) -> None:
        self.section = section
        self.parameters = replace(shipped.chart_parameters(section), stable=stable)
        self.monitors: dict[int, SeriesMonitor] = {}
        self.silence = SilenceWatch(section)
        self._deviating: set[int] = set()

    def monitor(self, info: SeriesInfo) -> SeriesMonitor:
        found = self.monitors.get(info.series_id)
        if found is None:
            detector = EwChart(self.parameters, info.range)
            found = SeriesMonitor(info.series_id, detector, self.section, info.range)
            self.monitors[info.series_id] = found
        return found

    def score(
        self, lane: LaneKey, frame: Frame, infos: Mapping[int, SeriesInfo]
    ) -> list[Transition]:
        found: list[Transition] = []
        values = np.flatnonzero(has_value(frame))
        if not len(values):
            return found
        times = frame.ts_us[values]
        received_us = microseconds(frame.received_at)
        self.silence.receive(received_us, int(times.min()), int(times.max()))
        place = (str(lane.epoch), lane.lane, frame.seq)
        in_alarm = {
            infos[series_id].asset_id
            for series_id in self._deviating
            if not self._record(series_id).is_sensor_fault
        }
        order = values[np.argsort(frame.series_id[values], kind="stable")]
        series, ts, value = frame.series_id[order], frame.ts_us[order], frame.value[order]
        starts = [0, *(np.flatnonzero(np.diff(series)) + 1).tolist(), len(order)]
        for start, end in pairwise(starts):
            info = infos.get(int(series[start]))
            if info is None or not info.scored:
                continue
            longest = int(np.diff(ts[start:end]).max()) if end - start > 1 else 0
            self.silence.hear(
                info.series_id, int(ts[start]), int(ts[end - 1]), longest, end - start
            )
            readings = list(
                zip(
                    order[start:end].tolist(), ts[start:end].tolist(), value[start:end].tolist(),
                    strict=True,
                )
            )  # fmt: skip
            found += self.monitor(info).run(readings, place, frozen=info.asset_id in in_alarm)
        found.sort(key=lambda transition: transition.index)
        if lane.lane == "live":
            for series_id, last_us, now_us in self.silence.silent():
                monitor = self.monitors[series_id]
                if monitor.deviation is None:
                    index = len(frame.series_id)
                    found.append(monitor.start_silence(last_us, now_us, index, place))
        self._deviating = {key for key, one in self.monitors.items() if one.deviation}
        return found

    def _record(self, series_id: int) -> Any:
        deviation = self.monitors[series_id].deviation
        assert deviation is not None
        return deviation.record
