"""Quarantine is shown to whom it concerns, replayed once and exactly, or dropped on the record."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from ingest import service
from ingest.consumer import Consumer
from ingest.errors import AlreadyResolved, NotReplayable
from ingest.service import QuarantineFilter
from kernel.clock import FakeClock, use_clock, utc_now
from kernel.db import Database
from kernel.errors import Forbidden, NotFound, StaleVersion
from kernel.paging import PageRequest
from kernel.wire.frames import Frame, frame_topic
from kernel.wire.messages import Tag
from registry.models import Organisation
from registry.permissions import PLATFORM
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.conftest import MakePlant, consuming
from tests.integration.ingest.edge import Edge, Plant, now_us
from tests.integration.ingest.test_flow import readings
from tests.support import factories

Connect = Callable[[Plant], Edge]
ALL = QuarantineFilter()
FIRST = PageRequest()
HOUR_US = 3_600_000_000


def store(edge: Edge, *frames: Frame) -> None:
    edge.announce()
    edge.send(*frames)
    edge.wait_acked(*frames)


def entries(database: Database, **wanted: str) -> list[service.QuarantineRecord]:
    with database.transaction() as session:
        return service.list_quarantine(session, PLATFORM, QuarantineFilter(**wanted), FIRST).items


@pytest.mark.usefixtures("consumer")
def test_readings_of_an_unknown_machine_are_stored_once_it_is_known(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    later = Tag("ns=2;s=L", "NOT-YET-1", "late", "bar", 0.0, 6.0, "pressure")
    plant = make_plant(tags=1, more=(later,))
    frame = plant.frame([1.0, 2.5, 3.0, -4.25], quality=[0, 0x40000000, 0, 0x80010000])
    store(connect(plant), frame)
    (entry,) = entries(database)
    assert (entry.reason, entry.readings, entry.kind) == ("unknown_series", 2, "readings")
    assert (entry.agent_id, entry.epoch, entry.lane, entry.seq) == (
        plant.agent,
        plant.epoch,
        "live",
        0,
    )
    with pytest.raises(NotReplayable) as refused, database.transaction() as session:
        service.replay_quarantine(session, PLATFORM, entry.id)
    assert refused.value.facts["remaining"] == {"unknown_series": 2}
    with database.transaction() as session:
        organisation = session.execute(
            text("SELECT organisation_id FROM registry.gateways WHERE id = :id"),
            {"id": plant.agent},
        ).scalar_one()
        factories.asset(
            session,
            session.get(Organisation, organisation),
            serial_number="not yet-1",
        )
    with database.transaction() as session:
        result = service.replay_quarantine(session, PLATFORM, entry.id)
    assert (result.stored, result.remaining, result.record.state) == (2, {}, "replayed")
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
        names = session.execute(
            text(
                "SELECT s.name, s.kind, (extract(epoch FROM r.ts) * 1000000)::int8, r.value, r.quality "
                "FROM telemetry.readings r JOIN telemetry.series s ON s.id = r.series_id "
                "WHERE s.name = 'late' ORDER BY 3"
            )
        ).all()
        latest = session.execute(
            text("SELECT max(value) FROM telemetry.latest WHERE value < 0")
        ).scalar_one()
    assert (counted.stored, counted.quarantined) == (4, 0)
    assert [tuple(row) for row in names] == [
        ("late", "pressure", frame.ts[1], 2.5, 0x40000000),
        ("late", "pressure", frame.ts[3], -4.25, 0x80010000 - 2**32),
    ]
    assert latest == -4.25
    with pytest.raises(AlreadyResolved), database.transaction() as session:
        service.replay_quarantine(session, PLATFORM, entry.id)


@pytest.mark.usefixtures("consumer")
def test_a_clock_ahead_is_replayed_when_time_has_passed_and_only_once(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=1)
    now = now_us()
    frame = plant.frame([1.0, 2.0, 3.0], ts=[now, now + HOUR_US, now + 2 * HOUR_US])
    store(connect(plant), frame)
    (entry,) = entries(database)
    assert (entry.reason, entry.readings) == ("future_timestamp", 2)

    def replay(_: int) -> int:
        with use_clock(clock):
            try:
                with database.transaction() as session:
                    return service.replay_quarantine(session, PLATFORM, entry.id).stored
            except (AlreadyResolved, NotReplayable):
                return 0

    clock = FakeClock(utc_now() + timedelta(hours=1))
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(replay, range(8))) == 1
    (rest,) = entries(database)
    assert (rest.id, rest.readings, rest.state) == (entry.id, 1, "open")
    clock.advance(timedelta(hours=1))
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(replay, range(8))) == 1
    assert readings(database) == [
        ("t0", t, v, 0) for t, v in zip(frame.ts, frame.value, strict=True)
    ]
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
    assert (counted.stored, counted.quarantined) == (3, 0)


@pytest.mark.usefixtures("consumer")
def test_what_was_replayed_does_not_change_the_log(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=1)
    now = now_us()
    store(connect(plant), plant.frame([1.0, 2.0], ts=[now, now + HOUR_US]))
    with database.transaction() as session:
        before = service.read_frames(session, plant.agent, plant.epoch, "live", 0, 1)
    (entry,) = entries(database)
    with use_clock(FakeClock(utc_now() + timedelta(hours=2))), database.transaction() as session:
        service.replay_quarantine(session, PLATFORM, entry.id)
    with database.transaction() as session:
        after = service.read_frames(session, plant.agent, plant.epoch, "live", 0, 1)
    assert [f.value.tolist() for f in before] == [f.value.tolist() for f in after] == [[1.0]]


def test_a_frame_of_a_gateway_made_later_is_replayed_whole(
    database: Database, make_plant: MakePlant, connect: Connect, mqtt: EmbeddedMqtt
) -> None:
    plant = make_plant(tags=2)
    stranger = replace(plant, agent="gw_later")
    with consuming(database, mqtt):
        edge = connect(plant)
        edge.announce()
        frame = stranger.frame([1.0, 2.0])
        edge.raw(frame_topic(stranger.agent), stranger.bytes_of(frame))
        edge.raw(frame_topic(plant.agent), b"not a frame at all")
        known = plant.frame([5.0])
        edge.send(known)
        edge.wait_acked(known)
    by_reason = {entry.reason: entry for entry in entries(database)}
    assert set(by_reason) == {"unknown_agent", "not_a_frame"}
    for entry in by_reason.values():
        with pytest.raises(NotReplayable), database.transaction() as session:
            service.replay_quarantine(session, PLATFORM, entry.id)


@pytest.mark.usefixtures("consumer")
def test_dropping_gives_up_the_bytes_and_keeps_the_count(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(tags=1)
    store(connect(plant), plant.frame([float("nan"), 1.0]))
    (entry,) = entries(database)
    with pytest.raises(StaleVersion), database.transaction() as session:
        service.drop_quarantine(session, PLATFORM, entry.id, expected_version=9)
    with database.transaction() as session:
        dropped = service.drop_quarantine(session, PLATFORM, entry.id, reason="broken sensor")
        assert service.get_quarantine(session, PLATFORM, entry.id)[1] == b""
    assert (dropped.state, dropped.resolved_by) == ("dropped", "Forewarn")
    assert entries(database) == []
    assert [e.id for e in entries(database, state="dropped")] == [entry.id]
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
        audited = session.execute(
            text("SELECT action, reason FROM registry.audit_entries WHERE object_id = :id"),
            {"id": entry.id},
        ).one()
    assert (counted.stored, counted.quarantined) == (1, 1)
    assert tuple(audited) == ("quarantine.dropped", "broken sensor")
    with pytest.raises(AlreadyResolved), database.transaction() as session:
        service.replay_quarantine(session, PLATFORM, entry.id)


def test_entries_are_seen_in_scope_only(
    consumer: Consumer, database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    mine, theirs = make_plant(tags=1), make_plant(tags=1)
    for plant in (mine, theirs):
        edge = connect(plant)
        store(edge, plant.frame([float("nan")]))
    edge.raw(frame_topic("gw_nobody"), b"junk")
    last = theirs.frame([1.0])
    store(edge, last)
    assert consumer.subscribed
    with database.transaction() as session:
        organisation = session.execute(
            text("SELECT organisation_id FROM registry.gateways WHERE id = :id"),
            {"id": mine.agent},
        ).scalar_one()
        everything = service.list_quarantine(session, PLATFORM, ALL, FIRST).items
        scoped = replace(PLATFORM, scope=frozenset({organisation}))
        assert len(everything) == 3
        seen = service.list_quarantine(session, scoped, ALL, FIRST).items
        assert [entry.agent_id for entry in seen] == [mine.agent]
        assert service.get_quarantine(session, scoped, seen[0].id)[0] == seen[0]
        for entry in everything:
            if entry.agent_id != mine.agent:
                with pytest.raises(NotFound):
                    service.get_quarantine(session, scoped, entry.id)
                with pytest.raises(NotFound):
                    service.replay_quarantine(session, scoped, entry.id)
                with pytest.raises(NotFound):
                    service.drop_quarantine(session, scoped, entry.id)
        reader = factories.principal(session, "desk_agent")
        with pytest.raises(Forbidden):
            service.drop_quarantine(session, reader, everything[0].id)
        with pytest.raises(Forbidden):
            service.replay_quarantine(session, reader, everything[0].id)
        keeper = factories.principal(session, "storekeeper")
        with pytest.raises(Forbidden):
            service.list_quarantine(session, keeper, ALL, FIRST)
        first = service.list_quarantine(session, PLATFORM, ALL, PageRequest(limit=2))
        rest = service.list_quarantine(
            session, PLATFORM, ALL, PageRequest(limit=2, after=first.next_key)
        )
    assert [e.id for e in [*first.items, *rest.items]] == [e.id for e in everything]
