"""Frames in flight: bounded, and due again until settled."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.buffer.frames import StoredFrame
from edge_agent.window import (
    DELAY_SECONDS_MAX,
    FRAME_BYTES,
    PACE_SECONDS,
    RESEND_SECONDS,
    RESEND_SECONDS_MAX,
    Window,
)

EPOCH, OTHER = UUID(int=1), UUID(int=2)


def frame(seq: int, size: int) -> StoredFrame:
    return StoredFrame(seq, EPOCH, "live", seq, 1, b"12345678", bytes(size))


def test_room_shrinks_and_grows() -> None:
    window = Window(3, 1000)
    window.sent(frame(0, 400), 0.0)
    window.sent(frame(1, 700), 0.0)
    assert (window.room, window.bytes_room) == (0, 0)
    assert window.settled(EPOCH, 1, 1) == 1
    assert (window.room, window.bytes_room) == (2, 600)
    assert window.settled(OTHER, 0, 9) == 0
    assert window.settled(EPOCH, 0, 10**12) == 1
    assert len(window) == 0


def test_large_frames_leave_less_room_and_one_may_be_sent_in_any_case() -> None:
    window = Window(4, 10**9)
    assert window.bytes_room == 4 * FRAME_BYTES
    window.sent(frame(0, 3 * FRAME_BYTES), 0.0)
    assert (window.room, window.bytes_room) == (3, FRAME_BYTES)
    window.sent(frame(1, 3 * FRAME_BYTES), 0.0)
    assert (window.room, window.bytes_room) == (0, 0)
    window.begin_small()
    window.settled(EPOCH, 0, 1)
    assert window.room == 1


def test_waits_double_up_to_a_limit() -> None:
    window = Window(3, 1000)
    window.sent(frame(0, 10), 0.0)
    now, waits = 0.0, []
    for _ in range(8):
        due = window.next_due()
        assert due is not None
        assert not window.due(due - 0.001)
        assert [(epoch, seq) for epoch, seq, _ in window.due(due)] == [(EPOCH, 0)]
        waits.append(due - now)
        now = due
        window.sent_again(EPOCH, 0, now)
    assert waits[:4] == [RESEND_SECONDS, RESEND_SECONDS * 2, RESEND_SECONDS * 4, RESEND_SECONDS * 8]
    assert waits[-1] == RESEND_SECONDS_MAX
    window.retry_all(now)
    window.sent_again(EPOCH, 0, now)
    assert window.next_due() == now + RESEND_SECONDS * 2


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=20))
def test_the_bytes_in_flight_add_up(ranges: list[tuple[int, int]]) -> None:
    window = Window(100, 10_000)
    left = dict.fromkeys(range(31), 7)
    for seq in left:
        window.sent(frame(seq, 7), 0.0)
    for first, last in ranges:
        gone = [seq for seq in left if first <= seq <= last]
        assert window.settled(EPOCH, first, last) == len(gone)
        for seq in gone:
            del left[seq]
    assert window.bytes_room == 10_000 - 7 * len(left)
    assert {seq for _, seq, _ in window.flights()} == set(left)


def test_a_slow_link_gets_less_at_once_and_more_again_when_it_is_quick() -> None:
    window, now = Window(64, 10**6), 0.0
    for _ in range(100):
        now += 1.0
        window.pace(DELAY_SECONDS_MAX + 0.1, now)
    assert window.room == 1
    for _ in range(10):
        now += PACE_SECONDS * 1.1
        window.pace(0.01, now)
    assert window.room == 11
    window.pace(2.0, now + 2.1)
    assert window.room == 5
    window.pace(2.0, now + 3.0)  # what it did cannot be seen yet
    assert window.room == 5
    for _ in range(200):
        now += 1.0
        window.pace(0.01, now + 4)
    assert window.room == 64
