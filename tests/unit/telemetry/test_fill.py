"""Gaps are filled as said, whatever is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.queries.fill import NONE, Fill, Known, filled

knowns = st.dictionaries(st.integers(0, 100), st.floats(-1e308, 1e308), max_size=12).map(
    lambda found: Known(
        np.array(sorted(found), np.int64), np.array([found[ts] for ts in sorted(found)], np.float64)
    )
)
overs = st.one_of(st.none(), st.integers(0, 120))


def _told(ts: int, known: Known, how: Fill, over: int | None) -> float:
    at: dict[int, float] = dict(zip(known.ts_us.tolist(), known.value.tolist(), strict=True))
    if ts in at:
        return at[ts]
    before = max((t for t in at if t < ts), default=None)
    after = min((t for t in at if t > ts), default=None)
    if how == "previous" and before is not None and (over is None or ts - before <= over):
        return at[before]
    if how == "linear" and before is not None and after is not None:
        if over is not None and after - before > over:
            return np.nan
        part = (ts - before) / (after - before)
        return at[before] * (1 - part) + at[after] * part
    return np.nan


@given(knowns, st.sampled_from(["none", "previous", "linear"]), overs)
def test_each_time_is_told_from_what_is_known(known: Known, how: Fill, over: int | None) -> None:
    ts = np.arange(-5, 110, dtype=np.int64)
    expected = [_told(each, known, how, over) for each in ts.tolist()]
    np.testing.assert_array_equal(filled(ts, known, how, over), expected)


@pytest.mark.parametrize("how", ["none", "previous", "linear"])
def test_of_nothing_nothing_is_told(how: Fill) -> None:
    assert np.isnan(filled(np.arange(3), NONE, how)).all()
    assert filled(np.arange(0), NONE, how).tolist() == []
