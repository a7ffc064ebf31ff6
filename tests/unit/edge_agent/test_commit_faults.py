"""A disk that fails between a commit and the next thing done: what was committed is never taken again."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import edge_agent.intake as module
from edge_agent.buffer.store import Buffer
from kernel.wire.readings import Batch

from .buffers import all_frames, noise, opened, take
from .test_intake import batch_of, values_in, with_intake


@contextmanager
def nothing_works_after_the_next_commit(db: sqlite3.Connection) -> Iterator[list[str]]:
    """The first statement after a commit fails as one does whose disk is gone: SQLite itself ends it."""
    said: list[str] = []
    failed: list[str] = []

    def interrupts() -> int:
        if "COMMIT" in said[:-1] and not failed:
            failed.append(said[-1])
            return 1
        return 0

    db.set_progress_handler(interrupts, 1)
    db.set_trace_callback(said.append)

    try:
        yield failed
    finally:
        db.set_trace_callback(None)
        db.set_progress_handler(None, 0)


def values_of(buffer: Buffer) -> list[float]:
    return [v for lane in ("live", "backlog") for f in all_frames(buffer, lane) for v in f.value]


def test_a_failure_after_the_commit_is_no_failure_of_what_was_committed(tmp_path: Path) -> None:
    buffer = opened(tmp_path / "b.sqlite")
    for number, cut in enumerate((True, False, True)):
        with nothing_works_after_the_next_commit(buffer.connection) as failed:
            assert take(buffer, *noise(number, 10), cut=cut)
            assert not failed
    take(buffer, 1.5, cut=False)
    with nothing_works_after_the_next_commit(buffer.connection) as failed:
        buffer.cut("live", sent=False)
        assert not failed
    assert values_of(buffer) == [*noise(0, 10), *noise(1, 10), *noise(2, 10), 1.5]
    assert buffer.counts()[0].taken == 31


def test_the_intake_takes_once_what_a_disk_failed_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)

    async def body(intake: module.Intake, _: list[str]) -> None:
        with nothing_works_after_the_next_commit(intake.buffer.connection):
            await intake.take(batch_of(*noise(1, 100)))
            await intake.settle()
        assert intake.buffer.counts()[0].taken == 100
        assert await intake.call(lambda: values_in(intake)) == noise(1, 100)

    with_intake(tmp_path, body)


def test_what_waits_is_counted_as_it_is_on_disk(tmp_path: Path) -> None:
    """Whatever is done, in whatever order: the counts kept in memory are those of the file."""
    buffer = opened(tmp_path / "b.sqlite", bytes_max=300_000)

    def as_on_disk() -> bool:
        return buffer.waiting == buffer._frames.usage()

    for number in range(60):
        lane = ("live", "backlog")[number % 2]
        buffer.append(
            _readings(noise(number, 300)), {}, lane, cut=number % 3 > 0, sent=number % 4 == 1
        )
        assert as_on_disk()
        if number % 7 == 6 and (frames := buffer.fetch(lane, 0, 3, 10**9)):
            assert as_on_disk()
            first, last = frames[0], frames[-1]
            buffer.delete([(first.epoch, lane, first.seq, first.seq)])
            assert as_on_disk()
            buffer.set_aside(last.epoch, lane, last.seq, last.seq, "as the test wants it")
            assert as_on_disk()
        for frame in buffer.fetch(lane, 0, 1, 10**9) if number % 11 == 10 else ():
            buffer.renew(frame.epoch, lane, frame.seq, frame.seq)
            assert as_on_disk()
    assert sum(epoch.dropped for epoch in buffer.counts()) > 0, "it was never full"


def _readings(values: list[float]) -> Batch:
    batch = Batch()
    for row, value in enumerate(values):
        batch.add(row % 2, row, 0, 1, value, 0)
    return batch


def test_positions_reach_the_disk_though_the_first_attempt_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a start would ask a server's history for what is stored already."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)

    async def body(intake: module.Intake, _: list[str]) -> None:
        def pages(count: int) -> None:
            intake.buffer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            intake.buffer.connection.execute(f"PRAGMA max_page_count = {count}")

        await intake.call(pages, 1)
        waiting = asyncio.create_task(intake.take(batch_of(*noise(1, 3000), 7.0)))
        async with asyncio.timeout(5):
            while not intake.trouble:  # noqa: ASYNC110 - a plain attribute
                await asyncio.sleep(0.01)
        await intake.call(pages, 1_000_000)
        await waiting
        assert (await intake.call(intake.buffer.known)).positions == {"a": intake.last_ts[0]}

    with_intake(tmp_path, body)
