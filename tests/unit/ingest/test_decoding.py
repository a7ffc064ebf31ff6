"""NumPy reads the times of a frame as the edge's own code does, wrong ones too."""

from array import array
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from ingest import decoding
from kernel.wire import frames
from kernel.wire.errors import Inconsistent
from kernel.wire.frames import TIME_MAX, TimesOf

INT64 = st.integers(-(2**63), 2**63 - 1)
NEAR_THE_EDGE = st.integers(-3, 3).map(lambda n: TIME_MAX + n)


def result(times_of: TimesOf, deltas: list[int]) -> "array[int] | str":
    try:
        return times_of(array("q", deltas))
    except Inconsistent as error:
        return error.code


@given(st.lists(st.one_of(INT64, NEAR_THE_EDGE, st.integers(-1000, 1000)), max_size=12))
@example([TIME_MAX, 2**63 - 1, 2**62])
@example([-TIME_MAX, -(2**63), -(2**62)])
@example([])
def test_both_agree(deltas: list[int]) -> None:
    assert result(decoding.times_of, deltas) == result(frames.times_of, deltas)


@given(st.lists(st.integers(0, TIME_MAX), min_size=1, max_size=50))
def test_times_come_back(times: list[int]) -> None:
    deltas = [times[0], *(b - a for a, b in pairwise(times))]
    assert decoding.times_of(array("q", deltas)).tolist() == times
