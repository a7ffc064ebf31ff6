"""Spans by sets of single buckets, which are slow and plain."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from telemetry.marks import marks_of
from telemetry.rollups.spans import Marked, Spans, all_of, out_of_date

ids = st.sets(st.integers(1, 12), min_size=1)
stretch = st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda s: (s[0], s[0] + s[1]))
marks = st.lists(st.tuples(ids, stretch), max_size=6)


def marked(series: set[int], start: int, end: int) -> Marked:
    return Marked.parse(
        "{" + ",".join(f"[{one},{one + 1})" for one in sorted(series)) + "}", start, end
    )


def buckets(spans: Spans) -> list[tuple[int, int]]:
    rows = zip(
        spans.series_id.tolist(), spans.start_us.tolist(), spans.end_us.tolist(), strict=True
    )
    return [(series, at) for series, start, end in rows for at in range(start, end)]


@given(ids, stretch, marks)
def test_what_is_out_of_date_is_what_is_asked_for_and_marked(
    asked: set[int], span: tuple[int, int], given_marks: list[tuple[set[int], tuple[int, int]]]
) -> None:
    spans = Spans.of(sorted(asked), *span)
    all_marks = [marked(series, *when) for series, when in given_marks]
    wanted = {
        (series, at)
        for series_of_mark, (start, end) in given_marks
        for series in series_of_mark
        for at in range(start, end)
    }
    # In order, and none twice.
    assert buckets(all_of(all_marks)) == sorted(wanted)
    stale = out_of_date(spans, all_marks)
    wanted &= {(series, at) for series in asked for at in range(*span)}
    assert buckets(stale) == sorted(wanted)
    grid = [(series, at) for series in range(14) for at in range(-1, 45)]
    series_id, at_us = np.array(grid, np.int64).T
    found = stale.covers(series_id.astype(np.int32), at_us)
    assert [pair for pair, is_in in zip(grid, found.tolist(), strict=True) if is_in] == sorted(
        wanted
    )


def test_the_largest_series_has_a_range() -> None:
    (mark,) = marks_of(np.array([2**31 - 1], np.int32), np.array([0]))
    assert Marked.parse(mark.series, 0, 1).series().tolist() == [2**31 - 1]


def test_ranges_of_series_are_read() -> None:
    mark = Marked.parse("{[1,4),[9,10)}", 0, 1)
    assert mark.series().tolist() == [1, 2, 3, 9]
    assert mark.has(np.arange(12, dtype=np.int32)).nonzero()[0].tolist() == [1, 2, 3, 9]


@given(ids, stretch, st.integers(1, 3), st.integers(1, 25))
def test_parts_are_the_whole_in_pieces(
    asked: set[int], span: tuple[int, int], width: int, buckets_max: int
) -> None:
    spans = Spans.of(sorted(asked), span[0] * width, span[1] * width)
    parts = list(spans.parts(width, buckets_max))
    assert [pair for part in parts for pair in buckets(part)] == buckets(spans)
    assert all(0 < len(buckets(part)) <= buckets_max * width for part in parts)


def test_of_nothing_there_are_no_parts() -> None:
    assert list(Spans.of([], 0, 0).parts(1, 1)) == []
