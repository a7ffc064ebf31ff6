"""A buffer whose file is torn, spoilt, put back or taken away: nothing twice, nothing half."""

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge_agent.buffer.file import aside_name, is_damage
from edge_agent.buffer.giving_up import WhenFull
from edge_agent.buffer.opening import clear_away, open_with, put_aside
from edge_agent.buffer.salvage import Former
from edge_agent.buffer.store import Buffer, Policy
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import Batch, Gap

from .buffers import (
    BYTES_MAX,
    IDENTITY,
    LANES,
    SCHEMA,
    all_frames,
    check_whole,
    log_of,
    noise,
    now_us,
    opened,
    ready,
    replaced,
    take,
    values_in,
)


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
