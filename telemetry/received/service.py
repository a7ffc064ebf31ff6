"""Public verbs on readings as they were received."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from telemetry.columns import unpack_received
from telemetry.received import repository

_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class ReceivedReadings:
    """Readings of one series in the order of source time; arrays of one length.

    Attributes:
        ts_us: int64, source time, µs since 1970.
        value: float64; NaN where a Bad reading has no number.
        quality: uint32, OPC UA StatusCode.
        received_us: int64, when the frame they were in was received, µs since 1970.
    """

    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]
    received_us: NDArray[np.int64]


def newest_readings(
    session: Session, series_id: int, from_us: int, before: datetime, limit: int
) -> ReceivedReadings:
    """Return the newest `limit` readings of source time `from_us` or later, received before `before`."""
    start = _EPOCH + timedelta(microseconds=from_us)
    joined = repository.newest_joined(session, series_id, start, before, limit)
    return ReceivedReadings(*unpack_received(joined))
