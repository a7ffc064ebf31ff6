"""What values of devices become."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.wire.errors import WireError
from kernel.wire.frames import encode_frame
from kernel.wire.readings import NO_ODD, Batch, Gap, to_columns

from .frames import frame_with


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1.0), (-2.5, -2.5), (2**53, 2.0**53), (0, 0.0), (math.inf, math.inf)],
)
def test_numbers_are_numbers(value: float, number: float) -> None:
    assert to_columns(value) == (number, NO_ODD)


@pytest.mark.parametrize(
    ("value", "odd"),
    [
        (True, True),
        ("text", "text"),
        (None, None),
        (2**53 + 1, 2**53 + 1),
        (2**64, hex(2**64)),
        (b"\x00\xff", "00ff"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00+00:00"),
        ([1, 2.5, None, "x"], [1, 2.5, None, "x"]),
        ("\ud800", "?"),
        ({"a": 1}, "{'a': 1}"),
    ],
)
def test_what_is_no_number_is_carried_beside(value: Any, odd: Any) -> None:
    number, found = to_columns(value)
    assert math.isnan(number)
    assert found == odd
    assert type(found) is type(odd)


def test_booleans_of_boolean_tags_are_numbers_and_missing_bad_values_no_oddity() -> None:
    assert to_columns(True, boolean=True) == (1.0, NO_ODD)  # noqa: FBT003 - the value
    number, odd = to_columns(None, good=False)
    assert math.isnan(number)
    assert odd is NO_ODD


def test_long_texts_are_cut_and_say_so() -> None:
    _, odd = to_columns("x" * 5000)
    assert isinstance(odd, str)
    assert (len(odd), odd[-1]) == (1024, "…")


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes(),
    lambda inner: st.lists(inner, max_size=70) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=80,
)


@given(anything, st.booleans(), st.integers(), st.integers())
def test_every_value_and_time_fits_the_wire(
    value: Any,
    boolean: bool,  # noqa: FBT001 - Hypothesis' form
    ts: int,
    server_ts: int,
) -> None:
    batch = Batch()
    number, odd = to_columns(value, boolean=boolean)
    batch.add(0, ts, server_ts, 1, number, 0, odd)
    encode_frame(frame_with(batch), b"k" * 32)


@given(st.lists(st.tuples(st.integers(0, 9), st.one_of(st.none(), st.text(max_size=5))), max_size=20),
       st.integers(0, 20), st.integers(0, 20))  # fmt: skip
def test_batches_are_packed_joined_and_sliced_without_loss(
    rows: list[tuple[int, str | None]], start: int, end: int
) -> None:
    batch = Batch()
    for series, odd in rows:
        batch.add(series, series, 0, 1, math.nan if odd else 1.5, 0, NO_ODD if odd is None else odd)
    again = Batch.unpack(batch.pack())
    whole = batch.slice(0, start)
    whole.extend(batch.slice(start, len(batch)))
    for other in (again, whole):
        assert other.pack() == batch.pack()
    part = batch.slice(start, end)
    assert {row + start: odd for row, odd in part.odd.items()} == {
        row: odd for row, odd in batch.odd.items() if start <= row < end
    }


gaps = st.builds(
    Gap,
    st.integers(0, 4),
    st.integers(4, 8),
    st.integers(-(2**70), 2**70),
    st.integers(-(2**70), 2**70),
    st.sampled_from(["overflow", "connection_lost"]),
)


@given(st.lists(gaps, max_size=6), st.integers(0, 9))
def test_gaps_survive_packing_and_joining(found: list[Gap], dropped: int) -> None:
    batch, whole = Batch(), Batch()
    for gap in found:
        batch.add_gap(gap)
    batch.dropped = dropped
    again = Batch.unpack(batch.pack())
    assert (again.gaps, again.dropped, len(again)) == (batch.gaps, dropped, 0)
    assert bool(again) == bool(found or dropped)
    whole.extend(again)
    whole.extend(again)
    assert whole.dropped == 2 * dropped
    # Joined, they cover what they covered, and no more.
    for gap in batch.gaps:
        for us in (gap.start_us, gap.end_us):
            assert any(
                (g.first, g.last, g.reason) == (gap.first, gap.last, gap.reason)
                and g.start_us <= us <= g.end_us
                for g in whole.gaps
            )
    edges = {us for gap in batch.gaps for us in (gap.start_us, gap.end_us)}
    assert {us for gap in whole.gaps for us in (gap.start_us, gap.end_us)} <= edges
    assert len(whole.gaps) <= len(set(batch.gaps))


@pytest.mark.parametrize("wrong", [(2, 1, "overflow"), (-1, 0, "overflow"), (0, 0, "No!")])
def test_a_gap_no_frame_could_carry_is_refused_at_once(wrong: tuple[int, int, str]) -> None:
    with pytest.raises(WireError):
        Batch().add_gap(Gap(wrong[0], wrong[1], 0, 1, wrong[2]))
