"""A buffer whose file is torn, spoilt, put back or taken away: nothing twice, nothing half."""

import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_agent.buffer.file import aside_name, is_damage
from edge_agent.buffer.giving_up import WhenFull
from edge_agent.buffer.opening import clear_away, open_with, put_aside
from edge_agent.buffer.salvage import Former
from edge_agent.buffer.store import Buffer, Policy
from edge_agent.errors import BufferInUse
from kernel.errors import ConfigurationError
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import Batch, Gap

from .buffers import (
    BYTES_MAX,
    IDENTITY,
    SCHEMA,
    all_frames,
    noise,
    now_us,
    opened,
    ready,
    replaced,
    take,
)

LANES = ("live", "backlog")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    # A name that means something else in a URI.
    folder = tmp_path / "site #1 %41?"
    folder.mkdir()
    return folder / "buffer.sqlite"


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def values_in(buffer: Buffer) -> list[float]:
    return [value for lane in LANES for frame in all_frames(buffer, lane) for value in frame.value]


def check_whole(buffer: Buffer) -> list[float]:
    """Check that a buffer is one that could have been written, and return its values."""
    values = values_in(buffer)
    assert len(values) == len(set(values)), "something is there twice"
    frames = [frame for lane in LANES for frame in all_frames(buffer, lane)]
    numbers = [(frame.epoch, frame.lane, frame.seq) for frame in frames]
    assert len(numbers) == len(set(numbers))
    return values


def written(path: Path, *, batches: int = 60) -> tuple[list[float], list[tuple[int, int, int]]]:
    """Fill a buffer as an agent does; returns the values, and (bytes of log, taken, acked) by step."""
    buffer = opened(path)
    values: list[float] = []
    steps: list[tuple[int, int, int]] = []
    acked = 0
    for number in range(batches):
        some = noise(number, 100)
        take(buffer, *some, cut=number % 3 == 2, lane=LANES[number % 2])
        values += some
        if number % 10 == 9:
            for frame in buffer.fetch("live", 0, 2, 10**9):
                buffer.delete([(frame.epoch, frame.lane, frame.seq, frame.seq)])
                acked += frame.rows
        steps.append((log_of(path).stat().st_size, len(values), acked))
    # As a power cut leaves it: nobody closes the file.
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{path}{suffix}", f"{path}.torn{suffix}")
    buffer.close()
    for suffix in ("", "-wal"):
        shutil.move(f"{path}.torn{suffix}", f"{path}{suffix}")
    return values, steps


@pytest.mark.parametrize("tail", ["nothing", "zeros", "garbage", "old frames"])
def test_a_log_cut_at_any_byte_loses_what_came_after_and_nothing_else(
    path: Path, tail: str
) -> None:
    """Each commit that was on disk before the cut is there whole; one that was not is not there at all."""
    values, steps = written(path)
    base, log = path.read_bytes(), log_of(path).read_bytes()
    note = path.with_name(f"{path.name}.opened").read_text()
    chance = random.Random(tail)
    sizes = [size for size, _, _ in steps]
    assert sizes == sorted(sizes), "the log was not started anew within the test"
    around = [size + off for size in chance.sample(sizes, 6) for off in (-1, 0, 1)]
    for cut in [0, 1, 31, 32, 55, *around, *(chance.randrange(len(log)) for _ in range(25))]:
        kept = log[: max(0, cut)]
        match tail:
            case "zeros":
                kept += bytes(5000)
            case "garbage":
                kept += chance.randbytes(9000)
            case "old frames":
                kept += log[4096 : 4096 * 3 + 77]
        path.write_bytes(base)
        log_of(path).write_bytes(kept)
        path.with_name(f"{path.name}.opened").write_text(note)
        buffer = opened(path)
        found = check_whole(buffer)
        taken = buffer.counts()[0].taken
        least = max((n for size, n, _ in steps if size <= cut), default=0)
        acked = max((n for size, _, n in steps if size <= cut), default=0)
        assert taken >= least, "a commit that was on disk is gone"
        assert taken % 100 == 0, "half a commit is there"
        assert acked <= taken - len(found) <= steps[-1][2]
        assert set(found) <= set(values[:taken])
        buffer.close()
        log_of(path).unlink(missing_ok=True)


@pytest.mark.parametrize("seed", range(12))
def test_a_spoilt_page_costs_its_rows_and_nothing_else(path: Path, seed: int) -> None:
    """The file is put aside, a new epoch opened, and every frame that is whole is sent from the new file."""
    buffer = opened(path)
    values = [value for number in range(40) for value in noise(number, 400)]
    for number in range(40):
        take(buffer, *noise(number, 400), cut=number < 39, lane=LANES[number % 2])
    sent = {frame.data for frame in buffer.fetch("live", 0, 10, 10**9)}
    epoch, counts = buffer.epoch, buffer.counts()[0]
    buffer.close()
    chance = random.Random(seed)
    data = bytearray(path.read_bytes())
    pages = len(data) // 4096
    for page in chance.sample(range(4, pages), 3):
        at = page * 4096 + chance.randrange(4000)
        data[at : at + 96] = chance.randbytes(96)
    path.write_bytes(data)
    buffer = opened(path)
    try:
        found = check_whole(buffer)
    except sqlite3.DatabaseError as error:
        # SQLite saw nothing: a frame's own mark did, when it was to be sent.
        if not is_damage(error):
            raise
        buffer.close()
        buffer = replaced(path, str(error))
        found = check_whole(buffer)
    if buffer.new_because == "":
        assert sorted(found) == sorted(values)  # what was spoilt belonged to nobody
        return
    assert buffer.new_because == "damaged"
    assert buffer.epoch != epoch
    assert set(found) <= set(values)
    assert len(found) > len(values) // 3
    assert buffer.moved_aside is not None
    assert buffer.moved_aside.exists()
    by_number = {(c.epoch, c.taken) for c in buffer.counts()}
    assert (epoch, counts.taken) in by_number or len(by_number) == 1
    for lane in LANES:
        for stored, frame in zip(
            buffer.fetch(lane, 0, 1000, 10**9), all_frames(buffer, lane), strict=True
        ):
            if frame.epoch != epoch:
                assert frame.again
            elif lane == "live" and frame.seq < len(sent):
                assert stored.data in sent


@pytest.mark.parametrize("damage", ["head", "short", "text", "empty schema"])
def test_a_file_that_cannot_be_read_is_put_aside_as_it_is(path: Path, damage: str) -> None:
    buffer = opened(path)
    for value in range(200):
        take(buffer, value, value + 0.5)
    epoch = buffer.epoch
    buffer.close()
    data = bytearray(path.read_bytes())
    match damage:
        case "head":
            data[:100] = bytes(100)
        case "short":
            del data[len(data) // 2 :]
        case "text":
            data[:] = b"this is no database " * 500
        case "empty schema":
            data[100:4096] = bytes(3996)
    path.write_bytes(data)
    again = opened(path)
    assert again.epoch != epoch
    assert again.new_because == "damaged"
    assert take(again, 1)
    assert again.moved_aside is not None
    assert again.moved_aside.read_bytes() == bytes(data)


def test_a_spoilt_schema_is_had_from_its_copy(path: Path) -> None:
    """A schema is larger than a page, and without it none of its frames can be read."""
    tags = tuple(Tag(f"tag {number}", "SN", f"series {number}") for number in range(500))
    buffer = opened(path)
    large = Schema("gw", tags)
    buffer.announce(large)
    take(buffer, 1.5)
    buffer.close()
    data = path.read_bytes()
    places = [at for at in range(len(data)) if data.startswith(b"series 400", at)]
    assert len(places) == 2
    for at in places:
        path.write_bytes(data[:at] + b"SPOILT" + data[at + 6 :])
        buffer = opened(path)
        found = buffer.schema_of(large.hash)
        assert found is not None
        assert found.tags == tags
        buffer.close()
        anew = replaced(path, "as the test wants it")
        # Saved whole, both times.
        for table in ("schemas", "schema_copies"):
            (found_tags,) = anew.connection.execute(
                f"SELECT tags FROM {table} WHERE hash = ?", (large.hash,)
            ).fetchone()
            assert len(found_tags) > 4096
            assert b"SPOILT" not in found_tags
        anew.close()
        path.unlink()


def test_a_file_of_the_format_before_goes_on(path: Path) -> None:
    buffer = opened(path)
    take(buffer, 1.5)
    for table in ("schema_copies", "salvages", "missed"):
        buffer.connection.execute(f"DROP TABLE {table}")
    buffer.connection.execute("PRAGMA user_version = 2")
    buffer.close()
    buffer = opened(path)
    assert (buffer.new_because, values_in(buffer)) == ("", [1.5])
    assert buffer.connection.execute("SELECT count(*) FROM schema_copies").fetchone() == (1,)


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


def test_a_file_deleted_while_it_is_in_use_is_noticed_and_saved(path: Path) -> None:
    buffer, gap = opened(path), Batch()
    take(buffer, *noise(1, 10))
    assert not buffer.disk.is_gone()
    path.unlink()
    log_of(path).unlink()
    take(buffer, *noise(2, 10), cut=False)
    gap.add_gap(Gap(0, 0, 5, 6, "overflow"))
    buffer.append(gap, {}, "live", cut=False, sent=False)
    assert buffer.disk.is_gone()
    clear_away(path, now_us())
    anew = open_with(path, "gw", BYTES_MAX, "deleted", Former(None, buffer.connection))
    saved = ready(Buffer(anew, IDENTITY, Policy(BYTES_MAX), now_us))
    assert saved.new_because == "deleted"
    assert sorted(check_whole(saved)) == sorted(noise(1, 10) + noise(2, 10))
    assert [g for lane in LANES for f in all_frames(saved, lane) for g in f.gaps] == gap.gaps
    assert not saved.disk.is_gone()
    assert [counts.taken for counts in saved.counts()] == [0, 20]


def test_readings_are_taken_beside_the_saving_and_the_order_stays(path: Path) -> None:
    """A portion at a time; what is taken meanwhile comes behind all that is saved, nothing twice."""
    buffer = opened(path)
    old = [noise(number, 3000) for number in range(100)]
    for number, values in enumerate(old):
        take(buffer, *values, lane=LANES[number % 2])
    buffer.close()
    former = put_aside(path, now_us(), "as the test wants it")
    anew = open_with(path, "gw", BYTES_MAX, "damaged", former)
    buffer = Buffer(anew, IDENTITY, Policy(BYTES_MAX), now_us)
    buffer.announce(SCHEMA)
    new: list[list[float]] = []
    longest = 0.0
    while buffer.salvaging:
        began = time.monotonic()
        lowest = buffer.salvage()
        longest = max(longest, time.monotonic() - began)
        assert lowest is None or lowest <= 200
        new.append(noise(1000 + len(new), 10))
        take(buffer, *new[-1])
    assert len(new) > 2
    assert longest < 1.0
    lanes = {lane: [v for f in all_frames(buffer, lane) for v in f.value] for lane in LANES}
    assert lanes["live"] == [v for values in (*old[::2], *new) for v in values]
    assert lanes["backlog"] == [v for values in old[1::2] for v in values]
    assert buffer.waiting == buffer._frames.usage()
    assert not path.with_name(f"{path.name}.to-save").exists()


@pytest.mark.parametrize("portions", [0, 1, 3])
def test_saving_goes_on_after_a_kill(path: Path, portions: int) -> None:
    """Killed after the file was put aside, or after any portion: the next start knows how far it was."""
    buffer = opened(path)
    for number in range(200):
        take(buffer, *noise(number, 3000))
    take(buffer, *noise(999, 10), cut=False)
    buffer.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    buffer.close()
    program = (
        "import os, sys; from pathlib import Path;"
        "from edge_agent.buffer.opening import open_with, put_aside;"
        "from edge_agent.buffer.store import Buffer, Policy;"
        "from tests.unit.edge_agent.buffers import *\n"
        "path, portions = Path(sys.argv[1]), int(sys.argv[2])\n"
        "former = put_aside(path, now_us(), 'as the test wants it')\n"
        "if portions:\n"
        "    anew = open_with(path, 'gw', BYTES_MAX, 'damaged', former)\n"
        "    buffer = Buffer(anew, IDENTITY, Policy(BYTES_MAX), now_us)\n"
        "    buffer.announce(SCHEMA)\n"
        "    for _ in range(portions): buffer.salvage()\n"
        "    assert buffer.salvaging\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(path), str(portions)], check=False)
    assert killed.returncode == -9
    buffer = opened(path)
    assert sorted(check_whole(buffer)) == sorted(
        [v for number in range(200) for v in noise(number, 3000)] + noise(999, 10)
    )
    assert buffer.new_because == ("damaged" if portions == 0 else "")
    assert sum(counts.taken for counts in buffer.counts()) == 600_010


def test_a_move_that_was_interrupted_is_finished(path: Path) -> None:
    """The log went first: the file without it would be an older one, whose numbers come twice."""
    buffer = opened(path)
    take(buffer, *noise(1, 10))
    shutil.copyfile(log_of(path), f"{path}.log")
    shutil.copyfile(path, f"{path}.file")
    buffer.close()
    shutil.move(f"{path}.file", path)
    aside = aside_name(path, now_us())
    shutil.move(f"{path}.log", f"{aside}-wal")
    path.with_name(f"{path.name}.to-save").write_text(f"{aside.name}\n")
    buffer = opened(path)
    assert (buffer.new_because, check_whole(buffer)) == ("damaged", noise(1, 10))


@pytest.mark.parametrize("when_full", ["drop_oldest", "refuse_newest"])
def test_a_full_buffer_stays_within_its_bytes_while_another_is_saved(
    path: Path, when_full: WhenFull
) -> None:
    """What the policy says goes: the oldest of all, or what is newest; and each reading is accounted for."""
    size = 1_500_000
    buffer = opened(path, size, when_full=when_full)
    number = 0
    while take(buffer, *noise(number, 1000)) and number < 200:
        number += 1
    before = buffer.counts()[0]
    buffer.close()
    former = put_aside(path, now_us(), "as the test wants it")
    policy = Policy(size, when_full)
    buffer = Buffer(open_with(path, "gw", size, "damaged", former), IDENTITY, policy, now_us)
    buffer.announce(SCHEMA)
    fresh = 0
    while buffer.salvaging or fresh < 100:
        take(buffer, *(-1.0 - v for v in noise(5000 + fresh, 500)))
        fresh += 1
        if buffer.salvaging:
            buffer.salvage()
        assert buffer.bytes_used <= size
    frames = [frame for lane in LANES for frame in all_frames(buffer, lane)]
    values = [value for frame in frames for value in frame.value]
    assert len(values) == len(set(values))
    dropped = sum(counts.dropped for counts in buffer.counts())
    taken = sum(counts.taken for counts in buffer.counts())
    assert taken == before.taken + fresh * 500
    assert taken - dropped == len(values) == buffer.rows_waiting
    old, new = sum(value > 0 for value in values), sum(value < 0 for value in values)
    if when_full == "drop_oldest":
        assert new == fresh * 500
        assert old < before.taken - before.dropped
    else:
        assert old == before.taken - before.dropped


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
