"""The newest readings of many series at once.

A public module like `telemetry.service`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from telemetry.columns import unpack_latest
from telemetry.queries import repository


@dataclass(frozen=True)
class LatestColumns:
    """The newest reading by source time of each series that has one; arrays of one length.

    Attributes:
        series_id: int32, ascending.
        ts_us: int64, source time, µs since 1970.
        value: float64; NaN where a Bad reading has no number.
        quality: uint32, OPC UA StatusCode, 0 is Good.
        recorded_us: int64, when the platform received it, µs since 1970.
    """

    series_id: NDArray[np.int32]
    ts_us: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint32]
    recorded_us: NDArray[np.int64]


def latest_columns(session: Session, series_ids: Sequence[int]) -> LatestColumns:
    """Return the newest readings; made for ten thousand series and more."""
    return LatestColumns(*unpack_latest(repository.latest_joined(session, series_ids)))
