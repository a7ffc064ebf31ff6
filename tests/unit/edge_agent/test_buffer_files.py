"""The buffer's file put back, used twice, on a full disk, and left by a kill."""

import random
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_agent.buffer.store import Buffer, Policy
from edge_agent.errors import BufferInUse
from kernel.errors import ConfigurationError

from .buffers import (
    IDENTITY,
    LANES,
    all_frames,
    check_whole,
    log_of,
    noise,
    now_us,
    opened,
    take,
)


def test_a_file_put_back_is_noticed_and_what_may_have_been_sent_says_so(path: Path) -> None:
    buffer = opened(path)
    take(buffer, *noise(1, 10))
    (sent,) = buffer.fetch("live", 0, 1, 10**9)
    take(buffer, *noise(2, 10))
    take(buffer, *noise(3, 10), cut=False)
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", f"{path}.old{suffix}")
    buffer.close()
    later = opened(path)
    take(later, *noise(4, 10))
    later.close()
    log_of(path).unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        shutil.move(f"{path}.old{suffix}", f"{path}{suffix}")
    restored = opened(path)
    assert (restored.new_because, restored.epoch == buffer.epoch) == ("restored", False)
    frames = all_frames(restored)
    assert [(frame.again, frame.epoch == buffer.epoch) for frame in frames] == [
        (False, True), (True, False), (True, False),
    ]  # fmt: skip
    assert [list(frame.value) for frame in frames] == [noise(n, 10) for n in (1, 2, 3)]
    assert restored.fetch("live", 0, 1, 10**9)[0].data == sent.data
    assert [counts.taken for counts in restored.counts()] == [0, 30]
    restored.close()
    # From here on it is the one in use.
    once_more = opened(path)
    assert (once_more.new_because, once_more.epoch) == ("", restored.epoch)


def test_what_a_file_put_back_has_declared_and_in_no_frame_says_so_too(path: Path) -> None:
    """It may have gone out since the copy was made; also when the agent is killed as soon as it noticed."""
    size = 1_000_000
    buffer = opened(path, size, when_full="refuse_newest")
    number = 0
    while take(buffer, *noise(number, 500), cut=number % 2 == 0):
        number += 1
    assert buffer.pending
    dropped = buffer.counts()[0].dropped
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", f"{path}.old{suffix}")
    buffer.close()
    opened(path, size).close()
    log_of(path).unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        shutil.move(f"{path}.old{suffix}", f"{path}{suffix}")
    restored = Buffer.open(path, IDENTITY, Policy(size, "refuse_newest"), now_us)
    assert restored.new_because == "restored"
    restored.close()
    again = opened(path, size, when_full="refuse_newest")
    assert again.new_because == ""
    frames = [frame for lane in LANES for frame in all_frames(again, lane)]
    assert all(frame.again for frame in frames)
    assert sum(frame.dropped for frame in frames) == dropped
    assert sum(len(frame) for frame in frames) == again.rows_waiting == number * 500
    assert not again.pending
    assert again.waiting == again._frames.usage()
    # What is taken from here on is in no doubt.
    take(again, 1.5)
    assert not all_frames(again)[-1].again


def test_two_copies_of_one_file_cannot_be_open_at_once(path: Path) -> None:
    buffer = opened(path)
    with pytest.raises(BufferInUse):
        opened(path)
    assert take(buffer, 1.5)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigurationError):
        opened(tmp_path / "file" / "buffer.sqlite")


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file can grow beyond: what a full disk is to whoever has no disk to fill."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_refuses_whole_commits_and_loses_none(path: Path) -> None:
    buffer = opened(path)
    taken: list[float] = []
    failed = 0
    with file_size_limit(700_000):
        for number in range(300):
            values = noise(number, 200)
            try:
                take(buffer, *values, cut=number % 2 == 0)
            except sqlite3.OperationalError:  # damage is none
                failed += 1
            else:
                taken += values
    assert failed > 10
    values = noise(999, 200)
    assert take(buffer, *values)
    assert sorted(check_whole(buffer)) == sorted(taken + values)
    assert buffer.counts()[0].taken == len(taken) + 200
    buffer.close()
    assert sorted(check_whole(opened(path))) == sorted(taken + values)


@pytest.mark.parametrize("seed", range(4))
def test_a_process_killed_at_any_moment_leaves_whole_commits(path: Path, seed: int) -> None:
    """It says what it has taken after each commit; the file then has that, or one commit more."""
    program = (
        "import sys; from pathlib import Path;"
        "from tests.unit.edge_agent.buffers import noise, opened, take\n"
        "buffer = opened(Path(sys.argv[1]))\n"
        "for number in range(10**6):\n"
        "    take(buffer, *noise(number, 50), cut=number % 3 == 0)\n"
        "    if number % 20 == 19:\n"
        "        frames = buffer.fetch('live', 0, 3, 10**9)\n"
        "        print(number, len(frames), flush=True)\n"
    )
    chance = random.Random(seed)
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    last = -1
    for _ in range(chance.randrange(1, 8)):
        last = int(process.stdout.readline().split()[0])
    process.kill()
    process.wait()
    process.stdout.close()
    buffer = opened(path)
    taken = buffer.counts()[0].taken
    assert taken >= 50 * (last + 1)
    found = Counter(check_whole(buffer))
    assert found == Counter(value for number in range(taken // 50) for value in noise(number, 50))
