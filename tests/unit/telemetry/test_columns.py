"""Binary COPY streams, read back by hand as the manual describes them."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from telemetry.columns import POSTGRES_EPOCH_US, ReadingColumns, pack_readings, unpack_points

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
ROWS = st.lists(
    st.tuples(
        st.integers(-(2**31), 2**31 - 1),
        st.integers(-(2**60), 2**60),
        st.floats(),
        st.integers(0, 2**32 - 1),
        st.integers(-(2**60), 2**60),
    ),
    max_size=20,
)


@given(ROWS, st.integers(0, 2**60))
def test_a_packed_stream_is_what_the_manual_describes(
    rows: list[tuple[int, int, float, int, int]], recorded_at_us: int
) -> None:
    series, ts, value, quality, edge = zip(*rows, strict=True) if rows else ([],) * 5
    stream = pack_readings(
        ReadingColumns(
            np.array(series, np.int32),
            np.array(ts, np.int64),
            np.array(value, np.float64),
            np.array(quality, np.uint32),
            np.array(edge, np.int64),
            recorded_at_us,
        )
    )
    expected = [HEADER]
    for s, t, v, q, e in rows:
        fields = [
            struct.pack(">i", s),
            struct.pack(">q", t - POSTGRES_EPOCH_US),
            struct.pack(">d", v),
            struct.pack(">I", q),
            struct.pack(">q", e - POSTGRES_EPOCH_US),
            struct.pack(">q", recorded_at_us - POSTGRES_EPOCH_US),
        ]
        expected += [struct.pack(">h", 6), *(struct.pack(">i", len(f)) + f for f in fields)]
    assert stream == b"".join([*expected, b"\xff\xff"])


@given(ROWS)
def test_joined_points_are_taken_apart(rows: list[tuple[int, int, float, int, int]]) -> None:
    joined = b"".join(struct.pack(">qdI", t - POSTGRES_EPOCH_US, v, q) for _, t, v, q, _ in rows)
    ts, value, quality = unpack_points(joined)
    assert ts.tolist() == [row[1] for row in rows]
    assert value.tobytes() == np.array([row[2] for row in rows], np.float64).tobytes()
    assert quality.tolist() == [row[3] for row in rows]


@given(st.lists(st.integers(0, 2_000_000_000_000_000), max_size=20), st.integers(0, 10))
def test_the_days_of_readings(ts: list[int], spread: int) -> None:
    times = [t // 10**spread for t in ts]
    count = len(times)
    columns = ReadingColumns(
        np.zeros(count, np.int32),
        np.array(times, np.int64),
        np.zeros(count),
        np.zeros(count, np.uint32),
        np.array(times, np.int64),
        0,
    )
    assert columns.days().tolist() == sorted({t // 86_400_000_000 for t in times})
