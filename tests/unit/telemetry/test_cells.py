"""Cells say the same however the readings were cut into blocks, and as a recount does."""

from itertools import groupby, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from telemetry.queries.cells import Cells, of_readings, together

BAD = 0x80000000
AGGREGATES = ("mean", "min", "max", "first", "last")
readings = st.lists(
    st.tuples(
        st.integers(-50, 200),
        st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -1e300])),
        st.sampled_from([0, 0x40000000, BAD, 0xFFFFFFFF]),
    ),
    max_size=60,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


def _of(rows: list[tuple[int, float, int]], step: int) -> Cells:
    ts, value, quality = zip(*rows, strict=True) if rows else ((), (), ())
    arrays = (np.array(ts, np.int64), np.array(value, np.float64), np.array(quality, np.uint32))
    return of_readings(arrays, step)


@given(readings, st.integers(1, 60), st.lists(st.integers(0, 60), max_size=4))
def test_cells_are_those_of_a_recount(
    rows: list[tuple[int, float, int]], step: int, cuts: list[int]
) -> None:
    edges = [0, *sorted(cuts), len(rows)]
    parts = [_of(rows[a:b], step) for a, b in pairwise(edges)]
    cells = together(parts, step)
    usable = [(ts, v) for ts, v, q in rows if q < BAD and abs(v) <= 1e200]
    groups = {
        begin: [v for _, v in group]
        for begin, group in groupby(usable, lambda row: row[0] // step * step)
    }
    assert cells.ts_us.tolist() == list(groups)
    assert cells.count.tolist() == [len(group) for group in groups.values()]
    for name in AGGREGATES:
        value = cells.of(name)  # type: ignore[arg-type]  # one of them
        for got, group in zip(value.tolist(), groups.values(), strict=True):
            exact = {
                "min": min(group), "max": max(group), "first": group[0], "last": group[-1],
                "mean": sum(group) / len(group),
            }[name]  # fmt: skip
            assert np.isclose(got, exact, rtol=1e-9, atol=1e-6 if name == "mean" else 0)
