"""A recording through the models that score live data: a frame for each row, no lookahead."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from anomaly.backtest.table import Table
from anomaly.detectors import shipped
from anomaly.detectors.base import DetectorKind, SeriesRange, detector_kind
from anomaly.deviations import Change, Deviation, Transition
from anomaly.scoring.gateway import GatewayModels
from anomaly.scoring.monitor import SeriesMonitor
from anomaly.settings import AnomalySettings
from anomaly.sources import LIVE, LaneKey, MemoryFrame, SeriesInfo
from anomaly.texts import summary

DEVICE: Final = "device"
_LANE = LaneKey("backtest", UUID(int=0), LIVE)
# What is not news, but lasts, scores up to this.
_LASTING = 0.5


Part = tuple[int, bool]
"""A series' own deviation, or what it shows of the device: both can be open."""


@dataclass(frozen=True)
class Replay:
    """What would have been said, row by row.

    Attributes:
        score: how much the row itself is news: 1 is the limit. What only lasts, such as a level that stays
            away from the baseline, scores at most 0.5.
        alarm: whether the device is in alarm once the row has been scored.
        series: the series that the score, or else the alarm, is about; empty where there is neither.
        reason: why, in words, where an alarm is open.
    """

    score: NDArray[np.float64]
    alarm: NDArray[np.bool_]
    series: list[str]
    reason: list[str]


def warmed(section: AnomalySettings, rows: int) -> AnomalySettings:
    """Return settings with which so many rows are learnt from before anything is judged."""
    # The chart learns the median of three: two readings less.
    return section.model_copy(update={"warmup_readings": max(rows - 2, 32), "warmup_span_s": 0.0})


def replay(table: Table, section: AnomalySettings, chosen: DetectorKind | None = None) -> Replay:
    """Score a recording, every column a series of one device; with a detector chosen for it, perhaps."""
    assert shipped.EW_CHART  # importing it fills the registry
    models = GatewayModels(detector_kind(section.detector), section)
    names = list(table.columns)
    infos = {
        number: SeriesInfo(number, DEVICE, name, "", "other", SeriesRange(), detector=chosen)
        for number, name in enumerate(names)
    }
    numbers = np.arange(len(names), dtype=np.int32)
    values = np.stack(list(table.columns.values()), axis=1)
    quality = np.zeros(len(names), np.uint32)
    rows = len(table.ts_us)
    found = Replay(np.zeros(rows), np.zeros(rows, np.bool_), [""] * rows, [""] * rows)
    open_: dict[Part, Deviation] = {}
    for row, ts_us in enumerate(table.ts_us.tolist()):
        at = datetime.fromtimestamp(ts_us / 1e6, UTC)
        times = np.full(len(names), ts_us, np.int64)
        frame = MemoryFrame(row, at, numbers, times, values[row], quality)
        transitions = models.score(_LANE, frame, infos)
        found.alarm[row] = bool(models.live.deviating or models.live.devices.deviating)
        found.score[row], series = _score(models, len(names), transitions)
        _note(open_, transitions)
        if found.alarm[row] and open_:
            part = _part(open_, series)
            series = part[0]
            found.reason[row] = summary(DEVICE, names[series], "", open_[part])["en"]
        if found.alarm[row] or found.score[row] > 0:
            found.series[row] = names[series]
    return found


def _monitors(models: GatewayModels) -> dict[int, SeriesMonitor]:
    """Return the series that are judged in Python."""
    if not models.live.has_monitors:
        return {}
    found = models.live.monitors.items()
    return {key: one for key, one in found if isinstance(one, SeriesMonitor)}


def _score(models: GatewayModels, count: int, transitions: list[Transition]) -> tuple[float, int]:
    """Return the row's score, and of which series."""
    bank = models.live.bank
    breaks, chart = np.abs(bank.breaks[:count]), np.abs(bank.scores[:count])
    scores = np.maximum(breaks, _LASTING * np.minimum(chart, 1.0))
    for series_id, monitor in _monitors(models).items():
        scores[series_id], monitor.size = monitor.size, 0.0
    best = int(scores.argmax())
    score = float(scores[best])
    device = models.live.devices.device(DEVICE)
    if device is not None and device.model.warm:
        # As with a level: that a device is still unlike itself is no news.
        lasting = _LASTING * min(device.model.size, 1.0)
        if lasting > score:
            score, best = lasting, device.farthest
    for transition in transitions:
        if transition.change is Change.STARTED and transition.deviation.score > score:
            score, best = transition.deviation.score, transition.series_id
    return score, best


def _part(open_: dict[Part, Deviation], series: int) -> Part:
    """Return the open deviation to tell of: that of the series, else the latest."""
    for part in ((series, False), (series, True)):
        if part in open_:
            return part
    return next(reversed(open_))


def _note(open_: dict[Part, Deviation], transitions: list[Transition]) -> None:
    for transition in transitions:
        part = transition.series_id, transition.deviation.record.is_joint
        open_.pop(part, None)
        if transition.change is not Change.ENDED:
            open_[part] = transition.deviation
