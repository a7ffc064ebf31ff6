"""A line through rollups has the extremes of the readings, in the order of time, and breaks where they do."""

from collections.abc import Callable
from statistics import fmean

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from telemetry.queries.outline import outline
from telemetry.rollups.columns import RollupColumns

MINUTE_US = 60_000_000


def _rollups(buckets: list[tuple[int, list[float]]]) -> RollupColumns:
    def column(of: Callable[[list[float]], float]) -> NDArray[np.float64]:
        return np.array([of(v) if v else np.nan for _, v in buckets], np.float64)

    return RollupColumns(
        series_id=np.ones(len(buckets), np.int32),
        bucket_us=np.array([number * MINUTE_US for number, _ in buckets], np.int64),
        count=np.array([len(v) for _, v in buckets], np.int64),
        bad=np.array([not v for _, v in buckets], np.int64),
        min=column(min),
        max=column(max),
        mean=column(fmean),
        first=column(lambda v: v[0]),
        last=column(lambda v: v[-1]),
        twa=column(fmean),
    )


@given(
    st.dictionaries(
        st.integers(0, 50), st.lists(st.floats(-1e6, 1e6), max_size=6), max_size=20
    ).map(lambda found: sorted(found.items()))
)
def test_the_outline_is_made_of_the_readings(buckets: list[tuple[int, list[float]]]) -> None:
    ts, value, quality = outline(_rollups(buckets), slice(0, len(buckets)), MINUTE_US)
    assert (np.diff(ts) > 0).all()
    for number, readings in buckets:
        inside = ts // MINUTE_US == number
        drawn = value[inside]
        if not readings:
            assert np.isnan(drawn).tolist() == [True]
            assert quality[inside].tolist() == [0x80000000]
            continue
        assert len(drawn) == {1: 1, 2: 2}.get(len(readings), 4)
        assert set(drawn) <= set(readings)
        assert (drawn.min(), drawn.max()) == (min(readings), max(readings))
        assert (drawn[0], drawn[-1]) == (readings[0], readings[-1])
        assert not quality[inside].any()
