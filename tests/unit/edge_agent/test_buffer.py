"""The buffer keeps what it has taken, through everything a disk does, and counts what it gives up."""

import math
import sqlite3
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge_agent.buffer.store import Buffer, Identity
from edge_agent.errors import BufferInUse, BufferOfAnotherAgent
from edge_agent.readings import Batch, Gap
from kernel.errors import ConfigurationError
from kernel.wire.frames import Frame, decode_frame
from kernel.wire.messages import Schema, Tag

KEY = b"k" * 32
IDENTITY = Identity("gw", KEY)
SCHEMA = Schema("gw", (Tag("a", "SN", "a"), Tag("b", "SN", "b")))
BYTES_MAX = 50_000_000


def now_us() -> int:
    return 1_700_000_000_000_000


def opened(path: Path, bytes_max: int = BYTES_MAX) -> Buffer:
    buffer = Buffer.open(path, IDENTITY, bytes_max, now_us)
    buffer.announce(SCHEMA)
    return buffer


def batch_of(*values: float) -> Batch:
    batch = Batch()
    for value in values:
        batch.add(0, int(value), 0, 1, value, 0)
    return batch


def decoded(data: bytes) -> Frame:
    return decode_frame(data, lambda _: KEY)


def all_frames(buffer: Buffer, lane: str = "live") -> list[Frame]:
    return [decoded(frame.data) for frame in buffer.fetch(lane, 0, 10_000, 10**9)]


def take(buffer: Buffer, *values: float, cut: bool = True, lane: str = "live") -> bool:
    return buffer.append(batch_of(*values), {"a": int(values[-1])}, lane, cut=cut, sent=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "buffer.sqlite"


def test_readings_survive_a_restart_cut_or_not(path: Path) -> None:
    buffer = opened(path)
    take(buffer, 1, 2)
    take(buffer, 3, cut=False)
    buffer.close()
    again = opened(path)
    assert again.epoch == buffer.epoch
    assert again.new_because == ""
    assert again.positions() == {"a": 3}
    assert [list(frame.value) for frame in all_frames(again)] == [[1, 2], [3]]
    assert [frame.seq for frame in all_frames(again)] == [0, 1]
    assert again.counts()[0].taken == 3
    assert again.rows_waiting == 3


def test_a_frame_stays_byte_for_byte_the_same_until_acked(path: Path) -> None:
    buffer = opened(path)
    take(buffer, 1, 2.5)
    (first,) = buffer.fetch("live", 0, 9, 10**9)
    buffer.close()
    buffer = opened(path)
    (again,) = buffer.fetch("live", 0, 9, 10**9)
    assert again.data == first.data
    assert buffer.delete([(buffer.epoch, "live", 0, 0)]) == 1
    assert buffer.fetch("live", 0, 9, 10**9) == []
    assert buffer.bytes_used == buffer.rows_waiting == 0
    take(buffer, 2)
    assert all_frames(buffer)[0].seq == 1


def test_large_batches_become_several_frames_and_lanes_count_apart(path: Path) -> None:
    buffer = opened(path)
    take(buffer, *range(4500))
    take(buffer, 1, lane="backlog")
    assert [len(frame) for frame in all_frames(buffer)] == [2000, 2000, 500]
    assert [frame.seq for frame in all_frames(buffer, "backlog")] == [0]


def test_long_texts_do_not_make_a_frame_too_large(path: Path) -> None:
    import random

    buffer, batch = opened(path), Batch()
    generator = random.Random(1)
    for row in range(2000):
        text = "".join(chr(generator.randrange(0x4E00, 0x9FFF)) for _ in range(1024))
        batch.add(0, row, 0, 1, math.nan, 0, text)
    buffer.append(batch, {}, "live", cut=True, sent=False)
    frames = all_frames(buffer)
    assert len(frames) > 1
    assert sum(len(frame) for frame in frames) == 2000
    assert [frame.seq for frame in frames] == list(range(len(frames)))


def test_readings_of_a_former_schema_keep_it(path: Path) -> None:
    buffer = opened(path)
    take(buffer, 1, cut=False)
    buffer.close()
    other = Schema("gw", (Tag("b", "SN", "b"),))
    buffer = Buffer.open(path, IDENTITY, BYTES_MAX, now_us)
    buffer.announce(other)
    take(buffer, 2)
    assert [frame.schema_hash for frame in all_frames(buffer)] == [SCHEMA.hash, other.hash]
    assert buffer.schema_of(SCHEMA.hash) == SCHEMA
    assert buffer.schema_of(b"12345678") is None


def test_a_full_buffer_gives_up_the_oldest_unsent_and_declares_it(path: Path) -> None:
    buffer = opened(path, 1_000_000)
    import random

    noise = random.Random(2)
    taken = 0
    while buffer.counts()[0].dropped == 0:
        take(buffer, *(noise.random() * 1e9 for _ in range(1000)))
        taken += 1000
    frames = all_frames(buffer)
    gaps = [frame for frame in frames if frame.dropped]
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert frames[: len(gaps)] == gaps
    assert sum(frame.dropped for frame in gaps) == buffer.counts()[0].dropped
    assert sum(len(f) + f.dropped for f in frames) == buffer.counts()[0].taken == taken
    assert buffer.bytes_used <= 1_000_000


def test_frames_already_sent_are_not_given_up(path: Path) -> None:
    buffer = opened(path, 1_000_000)
    import random

    noise = random.Random(3)

    def fill() -> bool:
        return take(buffer, *(noise.random() * 1e9 for _ in range(1000)))

    while buffer.counts()[0].dropped == 0:
        before = buffer.fetch("live", 0, 10_000, 10**9)
        fits = fill()
    assert not fits
    assert [f.data for f in buffer.fetch("live", 0, 10_000, 10**9)] == [f.data for f in before]
    assert buffer.counts()[0].dropped == 1000


@pytest.mark.parametrize("damage", ["page", "head", "short", "text"])
def test_a_damaged_file_is_moved_aside_and_a_new_epoch_opened(path: Path, damage: str) -> None:
    buffer = opened(path)
    for value in range(200):
        take(buffer, value, value + 0.5)
    epoch = buffer.epoch
    buffer.close()
    data = bytearray(path.read_bytes())
    match damage:
        case "page":
            data[8192:12288] = b"\xa5" * 4096
        case "head":
            data[:100] = bytes(100)
        case "short":
            del data[len(data) // 2 :]
        case "text":
            data[:] = b"this is no database " * 500
    path.write_bytes(data)
    again = opened(path)
    assert again.epoch != epoch
    assert again.new_because == "damaged"
    assert take(again, 1)
    (kept,) = path.parent.glob("buffer.sqlite.damaged-*")
    assert kept.read_bytes() == bytes(data)


@pytest.mark.parametrize("share", [0, 1, 7, 30, 60, 99])
def test_a_write_ahead_log_cut_anywhere_loses_only_the_end(path: Path, share: int) -> None:
    """What a power cut leaves: the log ends somewhere; what was committed before it is there."""
    buffer = opened(path)
    for value in range(100):
        take(buffer, value)
    wal = path.with_name(path.name + "-wal")
    base, log = path.read_bytes(), wal.read_bytes()
    assert len(log) > 100_000
    buffer.close()
    other = path.with_name("cut.sqlite")
    other.write_bytes(base)
    other.with_name("cut.sqlite-wal").write_bytes(log[: len(log) * share // 100])
    again = opened(other)
    frames = all_frames(again)
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert sum(map(len, frames)) == again.counts()[0].taken
    assert (len(frames) > 20) == (share >= 30)


def test_one_file_serves_one_process_and_one_agent(path: Path) -> None:
    buffer = opened(path)
    with pytest.raises(BufferInUse):
        Buffer.open(path, IDENTITY, BYTES_MAX, now_us)
    buffer.close()
    with pytest.raises(BufferOfAnotherAgent):
        Buffer.open(path, Identity("other", KEY), BYTES_MAX, now_us)


def test_a_file_of_the_future_and_a_directory_are_refused(path: Path, tmp_path: Path) -> None:
    opened(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigurationError):
        opened(path)
    with pytest.raises(ConfigurationError):
        opened(tmp_path)


class BufferMachine(RuleBasedStateMachine):
    """Whatever the order of things, every reading is acked, waiting or counted as dropped, exactly once."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name) / "b.sqlite"
        self.buffer = opened(self.path, 60_000)
        self.next = 0
        self.acked: dict[tuple[UUID, str, int], list[float]] = {}
        self.sent: dict[tuple[UUID, str, int], bytes] = {}

    @rule(rows=st.integers(1, 900), cut=st.booleans(), lane=st.sampled_from(["live", "backlog"]))
    def append(self, rows: int, cut: bool, lane: str) -> None:  # noqa: FBT001 - Hypothesis' form
        values = [float(self.next + row) * 1.000001 for row in range(rows)]
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
        self.buffer = opened(self.path, 60_000)
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
        assert self.buffer.bytes_used <= 60_000 + 40_000  # a moved frame may be a little larger

    def teardown(self) -> None:
        self.buffer.close()
        self.directory.cleanup()


TestBufferMachine: Callable[..., object] = BufferMachine.TestCase
TestBufferMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)  # type: ignore[attr-defined]  # Hypothesis' form


def test_gaps_alone_are_framed_and_survive_a_restart(path: Path) -> None:
    buffer, batch = opened(path), Batch()
    batch.add_gap(Gap(0, 1, 10, 20, "connection_lost"))
    assert buffer.append(batch, {}, "live", cut=False, sent=False)
    assert buffer.pending
    buffer.close()
    buffer = opened(path)
    again = Batch()
    again.add_gap(Gap(1, 1, 30, 40, "overflow"))
    again.add(0, 5, 0, 1, 1.5, 0)
    buffer.append(again, {"a": 5}, "live", cut=True, sent=False)
    first, second = all_frames(buffer)
    assert (len(first), first.gaps) == (0, (Gap(0, 1, 10, 20, "connection_lost"),))
    assert (list(second.value), second.gaps) == ([1.5], (Gap(1, 1, 30, 40, "overflow"),))
    assert [first.seq, second.seq] == [0, 1]
    assert buffer.counts()[0].taken == buffer.rows_waiting == 1
    assert buffer.delete([(buffer.epoch, "live", 0, 1)]) == 2


def test_more_gaps_than_a_frame_may_have_become_several(path: Path) -> None:
    buffer, batch = opened(path), Batch()
    for number in range(2500):
        batch.add_gap(Gap(0, 0, 2 * number, 2 * number, "overflow"))
    batch.add(0, 5, 0, 1, 1.5, 0)
    buffer.append(batch, {}, "live", cut=True, sent=False)
    frames = all_frames(buffer)
    assert [len(frame.gaps) for frame in frames] == [1000, 1000, 500]
    assert [len(frame) for frame in frames] == [1, 0, 0]
    assert len({gap for frame in frames for gap in frame.gaps}) == 2500


def test_a_frame_of_what_is_missing_can_be_numbered_anew(path: Path) -> None:
    buffer, batch = opened(path), Batch()
    batch.add_gap(Gap(0, 1, 10, 20, "connection_lost"))
    batch.dropped = 7
    buffer.append(batch, {}, "live", cut=True, sent=False)
    (before,) = all_frames(buffer)
    assert buffer.renew(buffer.epoch, "live", 0, 0) == 1
    (after,) = all_frames(buffer)
    assert after.epoch != before.epoch
    assert (after.gaps, after.dropped) == (before.gaps, 7)
