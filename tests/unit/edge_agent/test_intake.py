"""The way into the buffer when its disk is full or damaged."""

import asyncio
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import edge_agent.intake as module
from edge_agent.buffer.store import Identity
from edge_agent.config import BufferConfig, Frames
from edge_agent.intake import Intake
from kernel.errors import ConfigurationError
from kernel.wire.frames import decode_frame
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import Batch

from .buffers import noise

KEY = b"k" * 32


def batch_of(*values: float) -> Batch:
    batch = Batch()
    for value in values:
        batch.add(0, int(value * 1000), 0, 1, value, 0)
    return batch


def values_in(intake: Intake) -> list[float]:
    frames = intake.buffer.fetch("live", 0, 10_000, 10**9)
    return [v for f in frames for v in decode_frame(f.data, lambda _: KEY).value]


def with_intake(path: Path, body: Callable[[Intake, list[str]], Awaitable[None]]) -> None:
    async def main() -> None:
        events: list[str] = []
        intake = Intake(
            config=BufferConfig(path=path / "b.sqlite"),
            frames=Frames(live_age_ms=50),
            identity=Identity("gw", KEY),
            schema=Schema("gw", (Tag("a", "SN", "a"),)),
            outlet=lambda: ("live", False),
            on_frames=lambda _: events.append("frames"),
            on_new_buffer=lambda: events.append("new buffer"),
        )
        await intake.start()
        task = asyncio.create_task(intake.run())
        try:
            await body(intake, events)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await intake.close()

    asyncio.run(main())


def test_readings_of_many_sources_are_committed_together_and_cut_in_time(tmp_path: Path) -> None:
    async def body(intake: Intake, events: list[str]) -> None:
        await asyncio.gather(*(intake.take(batch_of(float(n))) for n in range(100)))
        assert intake.buffer.counts()[0].taken == 100
        await asyncio.sleep(0.2)
        assert await intake.call(lambda: sorted(values_in(intake))) == [
            float(n) for n in range(100)
        ]
        assert len(events) <= 3
        assert intake.last_ts == {0: 99_000}

    with_intake(tmp_path, body)


def test_a_full_disk_holds_back_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)

    async def body(intake: Intake, _: list[str]) -> None:
        def pages(count: int) -> None:
            intake.buffer._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            intake.buffer._db.execute(f"PRAGMA max_page_count = {count}")

        values = noise(1, 5000)
        await intake.take(batch_of(1.0))
        await intake.call(pages, 1)
        waiting = asyncio.create_task(intake.take(batch_of(*values)))
        async with asyncio.timeout(5):
            while not intake.trouble:  # noqa: ASYNC110 - a plain attribute
                await asyncio.sleep(0.01)
        assert "full" in intake.trouble
        assert not waiting.done()
        assert not intake.offer(batch_of(*([0.5] * 60_000)))
        await intake.call(pages, 1_000_000)
        await waiting
        await intake.room()
        await intake.settle()
        assert intake.trouble == ""
        found = await intake.call(lambda: values_in(intake))
        assert found == [1.0, *values, *([0.5] * 60_000)]

    with_intake(tmp_path, body)


def test_damage_found_at_work_opens_a_new_epoch_and_goes_on(tmp_path: Path) -> None:
    async def body(intake: Intake, events: list[str]) -> None:
        def damaged() -> None:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

        await intake.take(batch_of(1.0))
        epoch = intake.buffer.epoch
        with pytest.raises(sqlite3.DatabaseError):
            await intake.call(damaged)
        assert intake.buffer.epoch != epoch
        assert intake.moved_aside in [str(path) for path in tmp_path.iterdir()]  # noqa: ASYNC240 - a test
        assert "new buffer" in events
        await intake.take(batch_of(2.0))
        await intake.settle()
        # What was whole in the damaged file is not lost.
        assert await intake.call(lambda: values_in(intake)) == [1.0, 2.0]

    with_intake(tmp_path, body)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB; needs the right to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "forewarn-test", str(folder)]
    if (
        shutil.which("mount") is None
        or subprocess.run(command, check=False, capture_output=True).returncode
    ):
        pytest.skip("NOT RUN: needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_full_for_real_is_told_and_taking_resumes_by_itself(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)

    async def body(intake: Intake, _: list[str]) -> None:
        ballast = small_disk / "ballast"
        values = noise(1, 40_000)
        await intake.take(batch_of(*values[:100]))
        with suppress(OSError):
            ballast.write_bytes(bytes(8_000_000))
        rest = asyncio.create_task(intake.take(batch_of(*values[100:])))
        async with asyncio.timeout(10):
            while not intake.trouble:  # noqa: ASYNC110 - a plain attribute
                await asyncio.sleep(0.01)
        assert not rest.done()
        assert intake.buffer.counts()[0].taken == 100
        ballast.unlink()
        async with asyncio.timeout(10):
            await rest
        await intake.settle()
        assert intake.trouble == ""
        assert await intake.call(lambda: values_in(intake)) == values

    with_intake(small_disk, body)


def test_a_read_only_file_system_is_told_and_leaves_the_buffer_as_it_is(small_disk: Path) -> None:
    """As Linux makes one on which it found an error; a start by the service's manager later goes on."""

    def remount(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(small_disk)], check=True)

    async def first(intake: Intake, _: list[str]) -> None:
        await intake.take(batch_of(*noise(1, 100)))

    async def later(intake: Intake, _: list[str]) -> None:
        await intake.take(batch_of(-1.0))
        await intake.settle()
        assert intake.buffer.new_because == ""
        assert await intake.call(lambda: values_in(intake)) == [*noise(1, 100), -1.0]

    with_intake(small_disk, first)
    remount("ro")
    try:
        with pytest.raises(ConfigurationError):
            with_intake(small_disk, first)
    finally:
        remount("rw")
    with_intake(small_disk, later)


@pytest.mark.parametrize("jump", [3600, -3600])
def test_a_clock_that_jumps_holds_up_no_commit_and_spoils_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    """Frames are cut in time and go out in the order of taking; `cut_at_us` is the clock's word."""
    offset, clock = 0, time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: clock() + offset * 1_000_000_000)
    monkeypatch.setattr(time, "time", lambda: (clock() + offset * 1_000_000_000) / 1e9)

    async def body(intake: Intake, _: list[str]) -> None:
        nonlocal offset
        await intake.take(batch_of(1.0))
        await asyncio.sleep(0.1)
        offset = jump
        began = time.monotonic()
        await intake.take(batch_of(2.0))
        while intake.buffer.rows_pending:  # noqa: ASYNC110 - a plain attribute
            await asyncio.sleep(0.01)
        # Cut at its age, by a clock that does not jump.
        assert time.monotonic() - began < 2
        frames = await intake.call(lambda: intake.buffer.fetch("live", 0, 10, 10**9))
        decoded = [decode_frame(frame.data, lambda _: KEY) for frame in frames]
        assert [list(frame.value) for frame in decoded] == [[1.0], [2.0]]
        moved = (decoded[1].cut_at_us - decoded[0].cut_at_us) / 1e6
        assert abs(moved - jump) < 60
        assert intake.buffer.counts()[0].taken == 2

    with_intake(tmp_path, body)


def test_a_buffer_deleted_at_work_is_noticed_and_nothing_of_it_lost(tmp_path: Path) -> None:
    async def body(intake: Intake, events: list[str]) -> None:
        await intake.take(batch_of(1.0))
        for path in tmp_path.glob("b.sqlite*"):  # noqa: ASYNC240 - a test
            path.unlink()
        await intake.take(batch_of(2.0))
        await intake.settle()
        assert "new buffer" in events
        assert (tmp_path / "b.sqlite").exists()
        assert sorted(await intake.call(lambda: values_in(intake))) == [1.0, 2.0]
        assert intake.buffer.new_because == "deleted"

    with_intake(tmp_path, body)


def test_commits_keep_a_distance_and_none_waits_long(tmp_path: Path) -> None:
    async def body(intake: Intake, _: list[str]) -> None:
        waits = []
        for number in range(30):
            began = time.monotonic()
            await intake.take(batch_of(float(number)))
            waits.append(time.monotonic() - began)
        # On a busy machine a commit itself may take long; half of them do not.
        assert sorted(waits)[len(waits) // 2] < 0.05

    with_intake(tmp_path, body)
