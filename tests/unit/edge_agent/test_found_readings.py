"""Readings of tags without a number: on disk at once, in frames once their tags have one, counted once."""

import math
from pathlib import Path

from edge_agent.buffer.store import Buffer
from edge_agent.found_readings import FoundReadings
from kernel.wire.frames import Frame
from kernel.wire.messages import Schema, Tag
from kernel.wire.readings import NO_ODD, Batch
from tests.unit.edge_agent.buffers import SCHEMA, batch_of, decoded, opened

C, D, E = (Tag(f"SN/{name}", "SN", name) for name in "cde")


def put(buffer: Buffer, *rows: tuple[Tag, int]) -> None:
    """Take readings of tags nobody numbered; the value is the time in µs."""
    found = FoundReadings()
    for tag, ts in rows:
        assert found.add(tag, (ts, 1, float(ts), 0, NO_ODD))
    buffer.append(found.batch, found.positions(), "live", cut=False, sent=False, found=found.tags)


def sent(buffer: Buffer) -> list[tuple[str, float]]:
    """Cut and number everything; returns what the platform would read."""
    buffer.cut("live", sent=True)
    rows = []
    for stored in buffer.fetch("live", 0, 1000, 10**9):
        frame: Frame = decoded(stored.data)
        schema = buffer.schema_of(frame.schema_hash)
        assert schema is not None
        rows += [
            (schema.tags[number].name, value)
            for number, value in zip(frame.series, frame.value, strict=True)
        ]
    return sorted(rows)


def test_they_wait_on_disk_until_their_tags_are_in_a_schema(tmp_path: Path) -> None:
    buffer = opened(tmp_path / "b")
    buffer.append(batch_of(1, 2), {"a": 1, "b": 2}, "live", cut=False, sent=False)
    put(buffer, (C, 3), (D, 4))
    put(buffer, (D, 5), (C, 6), (D, 7))
    assert (buffer.rows_pending, buffer.rows_waiting) == (2, 7)
    assert buffer.counts()[0].taken == 7
    assert sent(buffer) == [("a", 1.0), ("b", 2.0)]  # others do not wait for them
    assert buffer.rows_waiting == 7
    wider = Schema("gw", (*SCHEMA.tags, D, C))
    buffer.announce(wider)
    assert (buffer.rows_pending, buffer.rows_waiting) == (5, 7)
    found = [("SN/c", 3.0), ("SN/c", 6.0), ("SN/d", 4.0), ("SN/d", 5.0), ("SN/d", 7.0)]
    assert sent(buffer) == [*found, ("a", 1.0), ("b", 2.0)]
    frames = [decoded(stored.data) for stored in buffer.fetch("live", 0, 1000, 10**9)]
    assert {frame.schema_hash for frame in frames} == {SCHEMA.hash, wider.hash}
    assert buffer.counts()[0].taken == 7
    assert buffer.known().positions == {"a": 1, "b": 2, "SN/c": 6, "SN/d": 7}
    buffer.close()


def test_what_an_agent_that_was_killed_left_is_sent_once(tmp_path: Path) -> None:
    buffer = opened(tmp_path / "b")
    put(buffer, (C, 3))
    for number in range(30):  # more schemas than are kept without a reason
        put(buffer, (Tag(f"SN/n{number}", "SN", f"n{number}"), number))
    buffer.close()
    buffer = opened(tmp_path / "b")
    assert {tag.name for tag in buffer.known_tags()} >= {"SN/c", "SN/n0", "SN/n29"}
    assert buffer.known().positions["SN/c"] == 3
    expected = sorted([("SN/c", 3.0), *((f"SN/n{n}", float(n)) for n in range(30))])
    assert sent(buffer) == expected
    buffer.announce(Schema("gw", (*SCHEMA.tags, C)))
    assert sent(buffer) == expected
    assert buffer.counts()[0].taken == 31
    buffer.close()


def test_a_kill_after_they_were_numbered_loses_and_doubles_nothing(tmp_path: Path) -> None:
    buffer = opened(tmp_path / "b")
    put(buffer, (C, 3), (D, 4))
    buffer.announce(Schema("gw", (*SCHEMA.tags, C, D)))
    put(buffer, (E, 5))
    buffer.close()
    buffer = opened(tmp_path / "b")
    assert sent(buffer) == [("SN/c", 3.0), ("SN/d", 4.0), ("SN/e", 5.0)]
    buffer.close()


def test_without_room_they_are_declared_as_any(tmp_path: Path) -> None:
    buffer = opened(tmp_path / "b", 300_000, when_full="refuse_newest")
    number = 0
    while buffer.counts()[0].dropped == 0:
        number += 1
        put(buffer, *((C, number * 1000 + row) for row in range(500)))
    taken = buffer.counts()[0].taken
    assert taken == number * 500
    assert buffer.counts()[0].dropped == 500
    buffer.announce(Schema("gw", (*SCHEMA.tags, C)))
    assert len(sent(buffer)) == taken - 500
    buffer.close()


def test_those_numbered_meanwhile_go_with_the_others() -> None:
    found = FoundReadings()
    assert found.add(C, (1, 9, 1.0, 0, NO_ODD))
    assert found.add(D, (2, 9, math.nan, 0, "text"))
    assert found.add(C, (3, 9, 3.0, 5, NO_ODD))
    assert not found.add(Tag("SN/c", "other", "x"), (4, 9, 4.0, 0, NO_ODD))
    assert (len(found), found.positions()) == (3, {"SN/c": 3, "SN/d": 2})
    numbered, others = found.parted({("SN", "c"): 7})
    assert (list(numbered.series), list(numbered.ts), list(numbered.quality)) == (
        [7, 7], [1, 3], [0, 5],
    )  # fmt: skip
    assert (others.tags, others.batch.odd) == ([D], {0: "text"})
    assert isinstance(numbered, Batch)
