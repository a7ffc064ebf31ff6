"""Frames go from the broker to the database, each reading once, and are answered after the commit."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import text

from ingest import service
from ingest.consumer import Consumer
from kernel.db import Database
from kernel.wire.frames import Frame
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant, now_us

Connect = Callable[[Plant], Edge]
pytestmark = pytest.mark.usefixtures("consumer")


def readings(database: Database) -> list[tuple[str, int, float, int]]:
    """Every stored reading as (series name, ts µs, value, quality), sorted."""
    with database.transaction() as session:
        rows = session.execute(
            text(
                "SELECT s.name, (extract(epoch FROM r.ts) * 1000000)::int8, r.value, r.quality "
                "FROM telemetry.readings r JOIN telemetry.series s ON s.id = r.series_id "
                "ORDER BY 1, 2, 3"
            )
        )
        return [tuple(row) for row in rows]


def sent(*frames: Frame) -> list[tuple[str, int, float, int]]:
    return sorted(
        (f"t{s}", t, v, np.uint32(q).view(np.int32).item())
        for frame in frames
        for s, t, v, q in zip(frame.series, frame.ts, frame.value, frame.quality, strict=True)
    )


def test_a_frame_is_stored_exactly_and_acked(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant()
    edge = connect(plant)
    edge.announce()
    frame = plant.frame([1.5, -0.0, 1e300, 4.0, 5.0], quality=[0, 0x80000000, 0, 0x40000000, 0])
    edge.send(frame)
    ack = edge.next_ack()
    assert (ack.verdict, ack.lane, ack.seqs, ack.epoch) == ("stored", "live", [(0, 0)], plant.epoch)
    assert readings(database) == sent(frame)
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
        status = service.agent_statuses(session, [plant.agent])[plant.agent]
    assert (counted.stored, counted.quarantined) == (5, 0)
    assert status.last_seen_at is not None


def test_many_frames_of_many_agents_both_lanes(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plants = [make_plant(tags=5) for _ in range(3)]
    edges = [connect(plant) for plant in plants]
    frames: list[list[Frame]] = [[] for _ in plants]
    for edge in edges:
        edge.announce()
    for turn in range(40):
        for number, edge in enumerate(edges):
            frame = edge.plant.frame(
                [float(turn * 1000 + n) for n in range(50)], lane="live" if turn % 3 else "backlog"
            )
            frames[number].append(frame)
            edge.send(frame)
    for edge, of_edge in zip(edges, frames, strict=True):
        edge.wait_acked(*of_edge)
    assert len(readings(database)) == 3 * 40 * 50
    assert readings(database) == sent(*[f for of_edge in frames for f in of_edge])
    with database.transaction() as session:
        heads = {(h.agent_id, h.lane): h.next_seq for h in service.heads(session)}
    assert heads == {(p.agent, lane): p.seqs[lane] for p in plants for lane in ("live", "backlog")}


def test_the_same_frame_again_is_acked_and_stored_once(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant()
    edge = connect(plant)
    edge.announce()
    frame = plant.frame([1.0, 2.0])
    edge.send(frame)
    assert edge.next_ack().verdict == "stored"
    edge.send(frame, frame, frame)
    assert edge.next_ack().verdict == "stored"
    later = plant.frame([3.0])
    edge.send(frame, later, frame)
    edge.wait_acked(later)
    assert readings(database) == sent(frame, later)


def test_a_number_used_for_other_bytes_asks_for_a_new_epoch(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant()
    edge = connect(plant)
    edge.announce()
    frame = plant.frame([1.0])
    edge.send(frame)
    assert edge.next_ack().verdict == "stored"
    edge.raw(f"fw/v1/{plant.agent}/frames", plant.other_bytes_of(frame))
    ack = edge.next_ack()
    assert (ack.verdict, ack.seqs) == ("new_epoch", [(0, 0)])
    assert readings(database) == sent(frame)
    with database.transaction() as session:
        row = session.execute(text("SELECT reason, kind, agent_id FROM ingest.quarantine")).one()
    assert tuple(row) == ("seq_reused", "message", plant.agent)


def test_an_unknown_schema_is_asked_for_and_nothing_is_committed(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant()
    edge = connect(plant)
    frame = plant.frame([1.0])
    edge.send(frame)
    assert edge.next_ack().verdict == "need_schema"
    assert readings(database) == []
    with database.transaction() as session:
        assert service.heads(session) == []
    edge.announce()
    edge.send(frame)
    edge.wait_acked(frame)
    assert readings(database) == sent(frame)


def test_frames_out_of_order_leave_the_head_before_the_hole(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant()
    edge = connect(plant)
    edge.announce()
    first, second, third, fourth = (plant.frame([float(n)]) for n in range(4))
    edge.send(fourth, second, third)
    edge.wait_acked(fourth, second, third)
    with database.transaction() as session:
        assert [h.next_seq for h in service.heads(session)] == [0]
        assert service.read_frames(session, plant.agent, plant.epoch, "live", 0, 10) == []
        after_hole = service.read_frames(session, plant.agent, plant.epoch, "live", 1, 10)
    assert [f.seq for f in after_hole] == [1, 2, 3]
    edge.send(first)
    edge.wait_acked(first)
    with database.transaction() as session:
        assert [h.next_seq for h in service.heads(session)] == [4]
        frames = service.read_frames(session, plant.agent, plant.epoch, "live", 0, 3)
    assert [(f.seq, f.value.tolist()) for f in frames] == [(0, [0]), (1, [1]), (2, [2])]


def test_every_bad_reading_has_its_reason_and_the_others_are_stored(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=3)
    edge = connect(plant)
    edge.announce()
    nan, now = math.nan, now_us()
    hour = 3_600_000_000
    values = [1.0, nan, math.inf, nan, nan, nan, 7.0, 8.0, nan, nan, 11.0]
    ts = [now - 1000 + n for n in range(11)]
    ts[6], ts[7] = now + hour, 0
    frame = plant.frame(
        values,
        ts=ts,
        series=[n % 3 for n in range(11)],
        odd={3: True, 4: "ERROR", 5: [1, 2], 8: None, 9: 2**53 + 2},
    )
    edge.send(frame)
    edge.wait_acked(frame)
    with database.transaction() as session:
        reasons = dict(
            tuple(row)
            for row in session.execute(text("SELECT reason, readings FROM ingest.quarantine"))
        )
        counted = service.counts(session, plant.agent)
        (stored,) = service.read_frames(session, plant.agent, plant.epoch, "live", 0, 1)
    assert reasons == {
        "not_finite": 2,
        "boolean_value": 1,
        "text_value": 1,
        "unsupported_value": 2,
        "future_timestamp": 1,
        "timestamp_out_of_range": 1,
    }
    assert (counted.stored, counted.quarantined) == (3, 8)
    assert sorted(v for _, _, v, _ in readings(database)) == [1.0, 11.0, float(2**53 + 2)]
    assert stored.value.tolist() == [1.0, float(2**53 + 2), 11.0]
    assert stored.ts_us.tolist() == [ts[0], ts[9], ts[10]]


def test_booleans_are_stored_on_boolean_series(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=1, kinds="boolean")
    edge = connect(plant)
    edge.announce()
    frame = plant.frame([1.0, 0.0, math.nan, math.nan, 2.0], odd={2: True, 3: False})
    edge.send(frame)
    edge.wait_acked(frame)
    assert [v for _, _, v, _ in readings(database)] == [1.0, 0.0, 1.0, 0.0]
    with database.transaction() as session:
        (stored,) = service.read_frames(session, plant.agent, plant.epoch, "live", 0, 1)
        assert session.execute(text("SELECT reason FROM ingest.quarantine")).scalars().all() == [
            "unsupported_value"
        ]
    assert stored.value.tolist() == [1.0, 0.0, 1.0, 0.0]


def test_status_is_kept_and_taken_never_shrinks(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant()
    edge = connect(plant)
    edge.announce()
    edge.report(taken=100, buffered=7, sources=[{"name": "plc\0", "load": math.nan, "raw": b"x"}])
    edge.report(taken=40, buffered=3, clock_us=now_us() + 3_600_000_000)
    frame = plant.frame([1.0])
    edge.send(frame)
    edge.wait_acked(frame)
    with database.transaction() as session:
        status = service.agent_statuses(session, [plant.agent])[plant.agent]
    assert (status.counts.taken, status.buffered, status.version) == (100, 3, "1.0")
    assert status.clock_offset_ms is not None
    assert abs(status.clock_offset_ms - 3_600_000) < 60_000


def test_latest_values_are_the_newest_by_source_time(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=1)
    edge = connect(plant)
    edge.announce()
    now = now_us()
    newer = plant.frame([1.0, 2.0, 3.0], ts=[now - 10, now - 5, now - 7])
    older = plant.frame([9.0], ts=[now - 50])
    edge.send(newer)
    edge.wait_acked(newer)
    edge.send(older)
    edge.wait_acked(older)
    with database.transaction() as session:
        assert session.execute(text("SELECT value FROM telemetry.latest")).scalars().all() == [2.0]


def test_the_process_ends_cleanly(consumer: Consumer) -> None:
    assert consumer.subscribed
