"""The stores that the conformance battery runs on."""

from collections.abc import Callable

import numpy as np
import pytest

from kernel.db import Database
from telemetry.service import ReadingColumns

Make = Callable[..., ReadingColumns]


@pytest.fixture(
    params=["database", pytest.param("hypertable", marks=pytest.mark.timescale)],
    ids=["postgresql", "timescaledb"],
)
def store(request: pytest.FixtureRequest) -> Database:
    """A migrated database of each kind, as the application sees it."""
    made = request.getfixturevalue(request.param)
    assert isinstance(made, Database)
    return made


@pytest.fixture
def make() -> Make:
    """Columns from lists."""

    def columns(
        series: object, ts_us: object, value: object, quality: object = 0, recorded_at_us: int = 0
    ) -> ReadingColumns:
        ids, times, values = (np.atleast_1d(a) for a in (series, ts_us, value))
        length = max(map(len, (ids, times, values)))
        return ReadingColumns(
            np.broadcast_to(ids, length).astype(np.int32),
            np.broadcast_to(times, length).astype(np.int64),
            np.broadcast_to(values, length).astype(np.float64),
            np.broadcast_to(np.asarray(quality, np.uint32), length).copy(),
            np.broadcast_to(times, length).astype(np.int64),
            recorded_at_us or int(times[-1]),
        )

    return columns
