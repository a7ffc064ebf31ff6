"""Gateways' own alarms: a clock that is off, a tag explosion; one open alarm of a kind."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from ingest import service
from ingest.health.service import note_clock
from kernel.db import Database
from kernel.errors import Forbidden, NotFound
from kernel.paging import PageRequest
from kernel.wire.messages import Tag
from registry.assets import service as assets
from registry.permissions import PLATFORM, Principal
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.conftest import MakePlant, consuming
from tests.integration.ingest.edge import Edge, Plant, now_us

Connect = Callable[[Plant], Edge]
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR_MS = 3_600_000


def alarms(database: Database, agent: str, *, only_open: bool = False) -> list[tuple[str, bool]]:
    """Kind and whether it is open, the oldest first."""
    with database.transaction() as session:
        found = service.list_gateway_alarms(
            session, PLATFORM, PageRequest(), agent_id=agent, only_open=only_open
        )
    return [(alarm.kind, alarm.cleared_at is None) for alarm in reversed(found.items)]


def events(database: Database, agent: str) -> list[str]:
    with database.transaction() as session:
        rows = session.execute(
            text(
                "SELECT topic FROM kernel.outbox WHERE payload ->> 'agent_id' = :agent ORDER BY id"
            ),
            {"agent": agent},
        )
        return list(rows.scalars())


def hear(
    database: Database, agent: str, offset_ms: int, seconds: range, held_up_ms: int = 0
) -> int:
    """Statuses of a clock that is `offset_ms` ahead, received at these seconds; returns the last offset."""
    offset = 0
    for second in seconds:
        at = START + timedelta(seconds=second)
        with database.transaction() as session:
            gateway = assets.find_gateway(session, agent)
            assert gateway is not None
            offset, window = note_clock(session, gateway, offset_ms - held_up_ms, at, 10_000)
            session.execute(
                text(
                    "INSERT INTO ingest.agents (agent_id, last_seen_at, clock_offsets) "
                    "VALUES (:agent, :at, CAST(:window AS jsonb)) ON CONFLICT (agent_id) "
                    "DO UPDATE SET clock_offsets = excluded.clock_offsets"
                ),
                {"agent": agent, "at": at, "window": str([list(b) for b in window])},
            )
    return offset


@pytest.mark.parametrize("offset_ms", [HOUR_MS, -HOUR_MS])
def test_a_clock_that_jumps_and_heals_is_one_alarm(
    database: Database, make_plant: MakePlant, offset_ms: int
) -> None:
    agent = make_plant().agent
    assert hear(database, agent, 20, range(0, 130, 5)) == 20
    assert alarms(database, agent) == []
    assert hear(database, agent, offset_ms, range(130, 400, 5)) == offset_ms
    assert alarms(database, agent) == [("clock_offset", True)]
    assert hear(database, agent, 20, range(400, 600, 5)) == 20
    assert alarms(database, agent) == [("clock_offset", False)]
    assert events(database, agent) == [
        "ingest.gateway_alarm_raised",
        "ingest.gateway_alarm_cleared",
    ]
    hear(database, agent, offset_ms, range(600, 900, 5))
    assert alarms(database, agent) == [("clock_offset", False), ("clock_offset", True)]


def test_a_backlog_of_statuses_is_no_wrong_clock(database: Database, make_plant: MakePlant) -> None:
    agent = make_plant().agent
    # The broker held them for an hour and hands them over within seconds; then come fresh ones.
    hear(database, agent, 0, range(20), held_up_ms=HOUR_MS)
    hear(database, agent, 0, range(20, 120, 5), held_up_ms=150)
    assert alarms(database, agent) == []


@pytest.mark.usefixtures("consumer")
def test_a_status_shows_the_offset(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant()
    edge = connect(plant)
    edge.report(clock_us=now_us() + 7_000_000)
    deadline = threading.Event()
    for _ in range(200):
        with database.transaction() as session:
            status = service.agent_statuses(session, [plant.agent])[plant.agent]
        if status.clock_offset_ms is not None:
            break
        deadline.wait(0.02)
    assert status.clock_offset_ms is not None
    assert 4000 < status.clock_offset_ms <= 7000


def test_new_schemas_without_end_are_refused_with_an_alarm(
    database: Database, make_plant: MakePlant, connect: Connect, mqtt: EmbeddedMqtt
) -> None:
    plant, other = make_plant(tags=6), make_plant(tags=6)
    with consuming(database, mqtt, new_tags_per_day_max=10):
        edge = connect(plant)
        edge.announce()
        frame = plant.frame([1.0])
        edge.send(frame)
        edge.wait_acked(frame)
        before = plant.tags
        plant.tags = tuple(Tag(f"{t.name}x", t.asset_serial, f"{t.series_name}x") for t in before)
        edge.announce()
        edge.send(plant.frame([1.0]))
        assert edge.next_ack().verdict == "stored"
        assert edge.next_ack().verdict == "need_schema"
        assert alarms(database, plant.agent) == [("series_budget", True)]
        # The other gateway has a budget of its own, and a known schema stays welcome.
        neighbour = connect(other)
        neighbour.announce()
        theirs = other.frame([1.0])
        neighbour.send(theirs)
        neighbour.wait_acked(theirs)
        plant.tags = before
        threading.Event().wait(1.1)
        edge.announce()
        again = plant.frame([2.0])
        edge.send(again)
        edge.wait_acked(again)
    assert alarms(database, plant.agent) == [("series_budget", False)]
    with database.transaction() as session:
        kept = service.list_quarantine(
            session, PLATFORM, service.QuarantineFilter(plant.agent), PageRequest()
        )
        assert [entry.reason for entry in kept.items] == ["series_budget"]
        count = text("SELECT count(*) FROM telemetry.series WHERE name LIKE '%x'")
        assert session.execute(count).scalar_one() == 0


def test_tags_announced_before_count_once_against_the_budget(
    database: Database, make_plant: MakePlant, connect: Connect, mqtt: EmbeddedMqtt
) -> None:
    """Tags found one after another, and a configuration changed to and fro, are no explosion of tags."""
    plant = make_plant(tags=6)
    first = plant.tags
    with consuming(database, mqtt, new_tags_per_day_max=20):
        edge = connect(plant)
        for number in range(8):
            found = tuple(Tag(f"found {n}", "SN", f"found {n}") for n in range(number))
            plant.tags = (*first[number % 2 :], *found)
            edge.announce()
            frame = plant.frame([1.0])
            edge.send(frame)
            edge.wait_acked(frame)
        assert alarms(database, plant.agent) == []
        # Those that are new still count: with the 13 so far they are too many.
        plant.tags = tuple(Tag(f"other {n}", "SN", f"other {n}") for n in range(8))
        edge.announce()
        edge.send(plant.frame([1.0]))
        while (answer := edge.next_ack().verdict) == "stored":
            pass
        assert answer == "need_schema"
    assert alarms(database, plant.agent) == [("series_budget", True)]


def test_a_storm_of_frames_without_a_schema_asks_the_database_little(
    database: Database, make_plant: MakePlant, connect: Connect, mqtt: EmbeddedMqtt
) -> None:
    plant = make_plant()
    edge = connect(plant)
    asked = []

    def count(_: object, __: object, statement: str, *___: object) -> None:
        if "ingest.schemas" in statement:
            asked.append(statement)

    with consuming(database, mqtt):
        event.listen(database.engine, "before_cursor_execute", count)
        frames = [plant.frame([1.0]) for _ in range(400)]
        edge.send(*frames)
        seen = 0
        while seen < len(frames):
            ack = edge.next_ack()
            assert ack.verdict == "need_schema"
            seen += sum(high - low + 1 for low, high in ack.seqs)
        assert len(asked) < 20
        edge.announce()
        edge.send(*frames)
        edge.wait_acked(*frames)
        asked.clear()
        for _ in range(200):
            edge.announce()
        last = plant.frame([1.0])
        edge.send(last)
        edge.wait_acked(last)
        event.remove(database.engine, "before_cursor_execute", count)
    # Announced again and again within a second: heard once or twice.
    assert len(asked) < 20


def test_alarms_are_for_those_who_see_the_gateway(
    database: Database, make_plant: MakePlant
) -> None:
    agent = make_plant().agent
    hear(database, agent, HOUR_MS, range(0, 60, 5))
    stranger = Principal(
        "usr_x",
        "Stranger",
        "org_x",
        frozenset(),
        frozenset({"gateways.read"}),
        frozenset({"org_x"}),
    )
    with database.transaction() as session:
        page = PageRequest()
        assert service.list_gateway_alarms(session, stranger, page).items == []
        with pytest.raises(NotFound):
            service.list_gateway_alarms(session, stranger, page, agent_id=agent)
        nobody = Principal("usr_y", "Nobody", None, frozenset(), frozenset(), None)
        with pytest.raises(Forbidden):
            service.list_gateway_alarms(session, nobody, page)
