"""Compiling before the first frame is there: a process that scores does it when it starts.

What was compiled once is kept (see `anomaly.compiling`), so that only the first process after an installation
waits.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from anomaly.detectors import shipped
from anomaly.detectors.base import SeriesRange
from anomaly.scoring.gateway import GatewayModels
from anomaly.settings import AnomalySettings
from anomaly.sources import BACKLOG, LIVE, LaneKey, MemoryFrame, SeriesInfo

_START = datetime(2026, 1, 1, tzinfo=UTC)
_FRAMES = 5


def warm() -> None:
    """Load or compile everything that scoring calls, by scoring a few readings of a device."""
    infos = {
        number: SeriesInfo(number, "device", "", "", "other", SeriesRange()) for number in range(3)
    }
    models = GatewayModels(shipped.EW_CHART, AnomalySettings())
    for lane in (LIVE, BACKLOG):
        for seq in range(_FRAMES):
            at = _START + timedelta(seconds=seq)
            ts_us = round(at.timestamp() * 1_000_000)
            frame = MemoryFrame.of(seq, at, [(number, ts_us, float(seq)) for number in infos])
            models.score(LaneKey("", UUID(int=0), lane), frame, infos)
