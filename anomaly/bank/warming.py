"""Compiling before the first frame is there: a process that scores does it when it starts.

What was compiled once is kept (see `compiling`), so that only the first process after an installation waits.
"""

from datetime import UTC, datetime
from uuid import UUID

from anomaly.bank.bank import Bank
from anomaly.detectors.base import SeriesRange
from anomaly.settings import AnomalySettings
from anomaly.sources import LIVE, LaneKey, MemoryFrame, SeriesInfo


def warm() -> None:
    """Load or compile everything that scoring calls, by scoring one reading."""
    bank = Bank(AnomalySettings(), LIVE)
    bank.place(SeriesInfo(1, "", "", "", "other", SeriesRange()), 1)
    frame = MemoryFrame.of(0, datetime.fromtimestamp(0, UTC), [(1, 0, 0.0)])
    bank.score(LaneKey("", UUID(int=0), LIVE), frame, 1, 0)
    bank.silent()
    Bank(AnomalySettings(), LIVE).begin_from(bank)
