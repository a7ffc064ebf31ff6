"""The buffer keeps what it has taken, through everything a disk does, and counts what it gives up."""

import asyncio
import math
import random
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from edge_agent.buffer.store import Buffer, Identity, Policy
from edge_agent.config import BufferConfig, Frames
from edge_agent.errors import BufferInUse, BufferOfAnotherAgent
from edge_agent.intake import Intake
from kernel.errors import ConfigurationError
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import Batch, Gap

from .buffers import (
    BYTES_MAX,
    IDENTITY,
    KEY,
    SCHEMA,
    all_frames,
    batch_of,
    noise,
    now_us,
    opened,
    take,
)


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
    assert again.known().positions == {"a": 3}
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
    assert buffer.waiting.bytes == buffer.rows_waiting == 0
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
    buffer = Buffer.open(path, IDENTITY, Policy(BYTES_MAX), now_us)
    buffer.announce(other)
    take(buffer, 2)
    assert buffer.known_tags() == [Tag("a", "SN", "a"), Tag("b", "SN", "b")]
    assert [frame.schema_hash for frame in all_frames(buffer)] == [SCHEMA.hash, other.hash]
    assert buffer.schema_of(SCHEMA.hash) == SCHEMA
    assert buffer.schema_of(b"12345678") is None


def test_one_file_serves_one_process_and_one_agent(path: Path) -> None:
    buffer = opened(path)
    with pytest.raises(BufferInUse):
        Buffer.open(path, IDENTITY, Policy(BYTES_MAX), now_us)
    buffer.close()
    with pytest.raises(BufferOfAnotherAgent):
        Buffer.open(path, Identity("other", KEY), Policy(BYTES_MAX), now_us)


def test_a_file_of_the_future_and_a_directory_are_refused(path: Path, tmp_path: Path) -> None:
    opened(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigurationError):
        opened(path)
    with pytest.raises(ConfigurationError):
        opened(tmp_path)


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


def test_three_days_of_2000_noisy_tags_fit_into_4_gb(tmp_path: Path) -> None:
    """Frames of an outage as they are by default, of doubles whose last bits are noise; 10 s at a time.

    Times that are less regular than these need some room as well.
    """
    chance = random.Random(7)
    middle = [
        chance.choice((0.5, 3.0, 50.0, 1500.0)) * chance.uniform(0.5, 1.5) for _ in range(2000)
    ]
    buffer = opened(tmp_path / "b.sqlite")
    empty, seconds = buffer.disk.bytes_in_use(), 60
    for second in range(seconds):
        batch, at = Batch(), 1_790_000_000_000_000 + second * 1_000_000
        for tag, value in enumerate(middle):
            noisy = value * (1 + chance.gauss(0, 0.3))
            batch.add(tag, at + tag % 10, at + 200, at + 5000, noisy, 0)
        rows = buffer.rows_pending + len(batch)
        assert buffer.append(batch, {}, "backlog", cut=rows >= Frames().backlog_rows, sent=False)
    assert buffer.rows_pending == 0
    each = (buffer.disk.bytes_in_use() - empty) / (seconds * 2000)
    assert each * 2000 * 3600 * 72 < 3.85e9


@pytest.mark.parametrize("bytes_max", [1_000_000, 50_000_000])
def test_what_is_in_no_frame_has_a_tenth_of_the_buffer_at_most(
    tmp_path: Path, bytes_max: int
) -> None:
    async def body() -> None:
        intake = Intake(
            config=BufferConfig(path=tmp_path / "b.sqlite", bytes_max=bytes_max),
            frames=Frames(),
            identity=IDENTITY,
            schema=SCHEMA,
            outlet=lambda: ("backlog", False),
            on_frames=lambda _: None,
            on_new_buffer=lambda: None,
        )
        await intake.start()
        task = asyncio.create_task(intake.run())
        most = 0
        for number in range(60):
            await intake.take(batch_of(*noise(number, 500)))
            most = max(most, intake.buffer.rows_pending)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await intake.close()
        assert most <= min(20_000, bytes_max // 10 // 44)
        assert most > 1500
        assert intake.buffer.waiting.frames < 25

    asyncio.run(body())
