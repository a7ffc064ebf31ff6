"""A full buffer keeps within its bytes on disk, gives up by its policy, and says all it gave up."""

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from edge_agent.buffer.giving_up import WhenFull, given_up, next_step, parted, thinned, together
from edge_agent.buffer.store import Buffer
from kernel.wire.readings import Batch, Gap

from .buffers import all_frames, batch_of, decoded, noise, on_disk, opened, take

BYTES = 1_000_000
POLICIES = get_args(WhenFull)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "buffer.sqlite"


def fill(buffer: Buffer, batches: int, *, lane: str = "live", rows: int = 1000) -> int:
    """Take batches whose values are unlike any other; returns how many found no room."""
    return sum(
        not take(buffer, *noise(number, rows), lane=lane, cut=number % 3 > 0)
        for number in range(batches)
    )


@pytest.mark.parametrize("when_full", POLICIES)
def test_bytes_on_disk_stay_within_the_limit_and_every_reading_is_accounted_for(
    path: Path, when_full: WhenFull
) -> None:
    buffer = opened(path, BYTES, when_full=when_full, priorities={"a": 2})
    largest, refused = 0, 0
    for part in range(10):
        refused += fill(buffer, 40, rows=500)
        largest = max(largest, on_disk(path))
        assert buffer.bytes_used <= BYTES, part
    buffer.cut("live", sent=True)
    frames = all_frames(buffer)
    (counts,) = buffer.counts()
    assert largest <= BYTES
    assert buffer.report()["policy"] == when_full
    assert buffer.report()["dropped"] == counts.dropped > 0
    assert counts.taken == 400 * 500 == sum(map(len, frames)) + counts.dropped
    assert sum(frame.dropped for frame in frames) == counts.dropped
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    # Small frames leave up to half of their last page unused, and thinning halves.
    assert sum(map(len, frames)) * 9 > BYTES // 4, "it gave up more than it had to"
    gaps = [gap for frame in frames for gap in frame.gaps]
    assert {gap.reason for gap in gaps} == {"buffer_full"}
    assert (refused > 0) == (when_full == "refuse_newest")


def test_what_is_kept_is_what_the_policy_says(path: Path) -> None:
    kept: dict[WhenFull, list[float]] = {}
    taken = [value for number in range(120) for value in noise(number, 1000)]
    for when_full in POLICIES:
        buffer = opened(path.with_name(when_full), BYTES, when_full=when_full, priorities={"a": 2})
        for number in range(120):
            take(buffer, *noise(number, 1000))
        kept[when_full] = [value for frame in all_frames(buffer) for value in frame.value]
    oldest, newest = kept["refuse_newest"], kept["drop_oldest"]
    assert oldest == taken[: len(oldest)]
    assert newest == taken[-len(newest) :]
    place = {value: number for number, value in enumerate(taken)}
    thin = [place[value] for value in kept["thin_out"]]
    assert thin == sorted(thin)
    # Tag a, the even rows, has a lower priority than tag b; of b some remain of almost all times.
    tags = Counter(number % 2 for number in thin)
    assert tags[1] > 3 * tags[0]
    assert len({number // 10_000 for number in thin}) == 12


def test_a_tag_that_matters_is_kept_whole_while_others_can_be_given_up(path: Path) -> None:
    buffer = opened(path, BYTES, when_full="thin_out", priorities={"a": 0, "b": 9})
    taken = 75
    for number in range(taken):
        take(buffer, *noise(number, 1000))
    assert buffer.counts()[0].dropped > 0
    frames = all_frames(buffer)
    of_b = [v for f in frames for s, v in zip(f.series, f.value, strict=True) if s == 1]
    everything = [v for number in range(taken) for v in noise(number, 1000)[1::2]]
    assert of_b == everything
    gaps = [gap for frame in frames for gap in frame.gaps]
    assert {(gap.first, gap.last) for gap in gaps} <= {(0, 0)}


def test_declarations_alone_do_not_fill_the_buffer(path: Path) -> None:
    buffer = opened(path, BYTES, when_full="refuse_newest")
    fill(buffer, 100)
    assert fill(buffer, 100, rows=200) > 50
    frames = 0
    for number in range(300):
        batch = batch_of(*noise(number, 500))
        batch.add_gap(Gap(0, 0, number, number, "connection_lost"))
        buffer.append(batch, {}, "backlog", cut=True, sent=False)
        buffer.cut("backlog", sent=False)
        if number == 50:
            # What was in no frame yet is cut, and that left some room.
            frames = buffer.waiting.frames
    assert buffer.waiting.frames == frames
    assert buffer.pending
    buffer.cut("live", sent=True)
    declared = [f for lane in ("live", "backlog") for f in all_frames(buffer, lane) if f.gaps]
    assert sum(frame.dropped for frame in declared) == buffer.counts()[0].dropped
    lost = [g for f in declared for g in f.gaps if g.reason == "connection_lost"]
    assert {gap.start_us for gap in lost} == set(range(300))
    assert not buffer.pending


def test_declarations_survive_a_restart(path: Path) -> None:
    buffer = opened(path, BYTES, when_full="refuse_newest")
    assert fill(buffer, 200) > 0
    dropped = buffer.counts()[0].dropped
    buffer.close()
    buffer = opened(path, BYTES, when_full="refuse_newest")
    buffer.cut("live", sent=True)
    assert sum(frame.dropped for frame in all_frames(buffer)) == dropped


@pytest.mark.parametrize("when_full", ["drop_oldest", "thin_out"])
def test_frames_already_sent_are_not_given_up(path: Path, when_full: WhenFull) -> None:
    buffer = opened(path, BYTES, when_full=when_full)
    fill(buffer, 60)
    sent = [frame.data for frame in buffer.fetch("live", 0, 10_000, 10**9)]
    assert fill(buffer, 200) > 0 or when_full
    now = [frame.data for frame in buffer.fetch("live", 0, 10_000, 10**9)]
    assert now[: len(sent)] == sent
    assert on_disk(path) <= BYTES


def test_room_that_acknowledgements_make_is_used_again(path: Path) -> None:
    buffer = opened(path, BYTES, when_full="refuse_newest")
    assert fill(buffer, 200) > 0
    for frame in buffer.fetch("live", 0, 10_000, 10**9):
        buffer.delete([(frame.epoch, "live", frame.seq, frame.seq)])
    dropped = buffer.counts()[0].dropped
    assert fill(buffer, 20) == 0
    assert buffer.counts()[0].dropped == dropped


def test_steps_of_thinning() -> None:
    assert [next_step(s, {5}) for s in (0, 10, 11, 12)] == [10, 11, 12, None]
    assert [next_step(s, {2, 5, 9}) for s in (0, 5, 9, 10)] == [5, 9, 10, 11]
    assert next_step(7, {1, 2}) == 10


@pytest.mark.parametrize("rows", [1, 2, 3, 8])
def test_each_halving_leaves_half_of_every_tag(rows: int) -> None:
    """With one reading per tag and frame, every second frame goes whole."""
    left = Counter[int]()
    for frame_id in range(1, 65):
        batch = Batch()
        for row in range(rows):
            for series in range(3):
                batch.add(series, row, 0, 0, float(row), 0)
        for step in (10, 11, 12):
            if batch:
                batch, _ = parted(batch, thinned(batch, step, {}, frame_id))
            left[step] += len(batch)
    whole = 64 * rows * 3
    assert [left[step] / whole for step in (10, 11, 12)] == pytest.approx(
        [0.5, 0.25, 0.125], rel=0.2
    )


def test_declared_gaps_cover_all_that_was_given_up_and_fit_one_frame() -> None:
    batch = Batch()
    for series in range(0, 6000, 2):
        batch.add(series, 1000 + series, 0, 0, 1.0, 0)
    declared = given_up(batch)
    assert declared.dropped == 3000
    assert declared.gaps == [Gap(0, 5998, 1000, 6998, "buffer_full")]
    neighbours = Batch()
    for series in (4, 5, 6, 9):
        neighbours.add(series, 10 * series, 0, 0, 1.0, 0)
    both = together([given_up(neighbours), given_up(neighbours)])
    assert both.gaps == [Gap(4, 6, 40, 60, "buffer_full"), Gap(9, 9, 90, 90, "buffer_full")]
    assert both.dropped == 8


@pytest.mark.parametrize("first", [5000, 6116, 9000])
@pytest.mark.parametrize("second", [8203, 9000])
def test_a_commit_larger_than_the_logs_share_counts_with_its_log(
    tmp_path: Path, first: int, second: int
) -> None:
    buffer = opened(tmp_path / "b.sqlite", BYTES, when_full="refuse_newest")
    for rows in (first, second):
        take(buffer, *(row * 1.0000001234567 for row in range(rows)), cut=False)
        assert buffer.bytes_used <= BYTES


class BufferMachine(RuleBasedStateMachine):
    """Whatever the order of things, every reading is acked, waiting or counted as dropped, exactly once."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name) / "b.sqlite"
        self.next = 0
        self.declared = 0
        self.acked: dict[tuple[UUID, str, int], list[float]] = {}
        self.sent: dict[tuple[UUID, str, int], bytes] = {}

    @initialize(policy=st.sampled_from(get_args(WhenFull)))
    def begin(self, policy: WhenFull) -> None:
        self.policy = policy
        self.buffer = self.opened()

    def opened(self) -> Buffer:
        return opened(self.path, BYTES, when_full=self.policy, priorities={"a": 2, "b": 7})

    @rule(rows=st.integers(1, 9000), cut=st.booleans(), lane=st.sampled_from(["live", "backlog"]))
    def append(self, rows: int, cut: bool, lane: str) -> None:  # noqa: FBT001 - Hypothesis' form
        values = [(self.next + row) * 1.0000001234567 for row in range(rows)]
        self.next += rows
        take(self.buffer, *values, cut=cut, lane=lane)

    @rule(lane=st.sampled_from(["live", "backlog"]))
    def cut(self, lane: str) -> None:
        self.buffer.cut(lane, sent=False)

    @rule(lane=st.sampled_from(["live", "backlog"]), count=st.integers(1, 5), ack=st.booleans())
    def send(self, lane: str, count: int, ack: bool) -> None:  # noqa: FBT001 - Hypothesis' form
        for frame in self.buffer.fetch(lane, 0, count, 10**9):
            key = (frame.epoch, frame.lane, frame.seq)
            assert self.sent.setdefault(key, frame.data) == frame.data
            if ack:
                assert key not in self.acked
                self.acked[key] = list(decoded(frame.data).value)
                self.declared += decoded(frame.data).dropped
                self.buffer.delete([(frame.epoch, frame.lane, frame.seq, frame.seq)])

    @rule(lane=st.sampled_from(["live", "backlog"]))
    def new_epoch(self, lane: str) -> None:
        for frame in self.buffer.fetch(lane, 0, 1, 10**9):
            self.buffer.renew(frame.epoch, lane, frame.seq, frame.seq)

    @rule()
    def restart(self) -> None:
        before = (self.buffer.rows_waiting, self.buffer.waiting)
        pending = self.buffer.rows_pending
        self.buffer.close()
        self.buffer = self.opened()
        assert self.buffer.rows_waiting == before[0]
        if not pending:
            assert self.buffer.waiting == before[1]

    @precondition(lambda self: self.next > 0)
    @invariant()
    def every_reading_is_somewhere_once(self) -> None:
        counts = self.buffer.counts()
        acked = [value for values in self.acked.values() for value in values]
        dropped = sum(epoch.dropped for epoch in counts)
        assert len(acked) == len(set(acked))
        assert len(acked) + self.buffer.rows_waiting + dropped == self.next
        assert self.buffer.bytes_used <= BYTES

    def teardown(self) -> None:
        # Whatever it gave up reaches the platform as a number.
        for lane in ("live", "backlog"):
            self.buffer.cut(lane, sent=True)
        waiting = [f for lane in ("live", "backlog") for f in all_frames(self.buffer, lane)]
        dropped = sum(epoch.dropped for epoch in self.buffer.counts())
        assert self.declared + sum(frame.dropped for frame in waiting) == dropped
        self.buffer.close()
        self.directory.cleanup()


TestBufferMachine: Callable[..., object] = BufferMachine.TestCase
TestBufferMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)  # type: ignore[attr-defined]  # Hypothesis' form
