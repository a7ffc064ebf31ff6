"""Old days go when scoring has passed them, or when there is no room; nobody is held up for long by it."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import exc, text

from ingest import service
from ingest.partitions import ensure_frames_partitions, forget_frames_partitions
from ingest.retention import FramesDay, LaneKey, last_open_day, plan_frames, remove_frames
from ingest.settings import Ingest
from kernel.clock import utc_now
from kernel.db import Database
from kernel.wire.frames import Frame
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.conftest import MakePlant, consuming
from tests.integration.ingest.edge import Edge, Plant
from tests.integration.ingest.test_health import alarms
from tests.support.databases import DatabaseUrls

Connect = Callable[[Plant], Edge]
Age = Callable[[Plant, range, int], None]


@pytest.fixture
def age(database: Database, database_urls: DatabaseUrls) -> Age:
    """Makes frames of a plant look as if they had been received so many days ago."""

    def move(plant: Plant, seqs: range, days: int) -> None:
        day = utc_now().date() - timedelta(days=days)
        ensure_frames_partitions(database.engine, [day])
        forget_frames_partitions(database.engine)
        with psycopg.connect(database_urls.owner) as connection:
            connection.execute(
                "UPDATE ingest.frames SET received_at = %s WHERE agent_id = %s AND seq = ANY(%s)",
                [f"{day} 12:00+00", plant.agent, list(seqs)],
            )

    return move


@pytest.fixture
def plant(database: Database, mqtt: EmbeddedMqtt, make_plant: MakePlant, connect: Connect) -> Plant:
    """Twelve frames, received today."""
    made = make_plant()
    with consuming(database, mqtt):
        send(connect(made), [made.frame([float(n)]) for n in range(12)])
    return made


def send(edge: Edge, frames: list[Frame]) -> None:
    edge.announce()
    edge.send(*frames)
    edge.wait_acked(*frames)


def lane(plant: Plant) -> LaneKey:
    return plant.agent, plant.epoch, "live"


def plan(database: Database, needed: dict[LaneKey, int], **settings: object) -> list[FramesDay]:
    with database.transaction() as session:
        chosen = Ingest(**settings)  # type: ignore[arg-type]
        return [
            one
            for one in plan_frames(session, needed, chosen, last_open_day())
            if one.bytes > 20_000
        ]


def remove(database: Database, needed: dict[LaneKey, int], **settings: object) -> list[str]:
    gone = remove_frames(database, needed, Ingest(**settings))  # type: ignore[arg-type]
    return [one.verdict for one in gone]


def seqs_left(database: Database, plant: Plant, from_seq: int = 0) -> list[int]:
    with database.transaction() as session:
        frames = service.read_frames(session, plant.agent, plant.epoch, "live", from_seq, 100)
    return [frame.seq for frame in frames]


def test_a_day_goes_once_scoring_has_passed_it(database: Database, plant: Plant, age: Age) -> None:
    age(plant, range(4), 20)
    age(plant, range(4, 8), 10)
    age(plant, range(8, 10), 3)
    assert [one.verdict for one in plan(database, {})] == ["keep", "keep", "keep"]
    assert [one.verdict for one in plan(database, {lane(plant): 7})] == ["remove", "keep", "keep"]
    assert remove(database, {}) == []
    assert seqs_left(database, plant) == list(range(12))
    # A snapshot still needs frame 7, of the second day.
    assert remove(database, {lane(plant): 7}) == ["remove"]
    assert seqs_left(database, plant) == list(range(4, 12))
    assert remove(database, {lane(plant): 12}) == ["remove"]
    # Young enough to stay, whoever needs it.
    assert seqs_left(database, plant) == list(range(8, 12))
    assert seqs_left(database, plant, 5) == list(range(8, 12))
    assert seqs_left(database, plant, 10) == [10, 11]
    assert alarms(database, plant.agent) == []


def test_a_number_of_what_was_removed_is_not_taken(
    database: Database, plant: Plant, age: Age, mqtt: EmbeddedMqtt, connect: Connect
) -> None:
    age(plant, range(12), 20)
    assert remove(database, {lane(plant): 12}) == ["remove"]
    with consuming(database, mqtt):
        edge = connect(plant)
        edge.announce()
        # Nobody can tell any more what it was: its agent is asked to send it as something new.
        edge.send(plant.frame([99.0], seq=3))
        assert edge.next_ack().verdict == "new_epoch"
    with database.transaction() as session:
        assert service.counts(session, plant.agent).stored == 12
    assert seqs_left(database, plant) == []


def test_nothing_is_read_beyond_a_hole(
    database: Database, plant: Plant, age: Age, mqtt: EmbeddedMqtt, connect: Connect
) -> None:
    with consuming(database, mqtt):
        send(connect(plant), [plant.frame([1.0], seq=14)])
    age(plant, range(6), 20)
    assert remove(database, {lane(plant): 6}) == ["remove"]
    assert seqs_left(database, plant) == list(range(6, 12))
    assert seqs_left(database, plant, 12) == []


def test_without_room_the_oldest_go_with_an_alarm_that_heals(
    database: Database, plant: Plant, age: Age
) -> None:
    age(plant, range(4), 20)
    age(plant, range(4, 8), 3)
    sizes = [one.bytes for one in plan(database, {})]
    room = {"frames_bytes_max": sum(sizes) - 1}
    assert [one.verdict for one in plan(database, {}, **room)] == ["give_up", "keep"]
    assert remove(database, {lane(plant): 2}, **room) == ["give_up"]
    assert alarms(database, plant.agent) == [("frames_lost", True)]
    with database.transaction() as session:
        detail = session.execute(text("SELECT detail FROM ingest.gateway_alarms")).scalar_one()
    assert (detail["frames"], detail["lanes"]) == (2, [[str(plant.epoch), "live", 2, 3]])
    assert seqs_left(database, plant, 2) == list(range(4, 12))
    assert remove(database, {lane(plant): 4}, **room) == []
    assert alarms(database, plant.agent) == [("frames_lost", False)]


def test_open_transactions_keep_a_day_and_are_not_in_the_way_of_others(
    database: Database,
    plant: Plant,
    age: Age,
    mqtt: EmbeddedMqtt,
    connect: Connect,
) -> None:
    age(plant, range(4), 20)
    with consuming(database, mqtt), database.transaction() as reader:
        reader.execute(text("SELECT count(*) FROM ingest.frames"))
        began = time.monotonic()
        assert remove(database, {lane(plant): 4}) == []
        assert time.monotonic() - began < 3
        # Ingest was held up for a moment at most.
        send(connect(plant), [plant.frame([1.0])])
    assert remove(database, {lane(plant): 4}) == ["remove"]
    assert seqs_left(database, plant) == list(range(4, 13))


def test_a_day_goes_while_others_write(
    database: Database, plant: Plant, age: Age, mqtt: EmbeddedMqtt, connect: Connect
) -> None:
    age(plant, range(4), 20)
    stop = threading.Event()
    with consuming(database, mqtt):
        edge = connect(plant)
        edge.announce()
        sent: list[Frame] = []

        def write() -> None:
            while not stop.is_set():
                sent.append(plant.frame([1.0] * 50))
                edge.send(sent[-1])
                stop.wait(0.005)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(50):
                if remove(database, {lane(plant): 4}):
                    break
            else:
                pytest.fail("the day never went")
        finally:
            stop.set()
            writer.join()
        edge.insist(sent)
    assert seqs_left(database, plant)[0] == 4


@pytest.mark.parametrize("days", [0, -1])
def test_the_application_cannot_remove_a_young_day(database: Database, days: int) -> None:
    day = utc_now().date() - timedelta(days=days)
    for function in ("ingest.remove_frames_partition", "telemetry.remove_readings_partition"):
        with pytest.raises(exc.DBAPIError, match="too young"), database.transaction() as session:
            session.execute(text(f"SELECT {function}(:day)"), {"day": day})
    with pytest.raises(exc.ProgrammingError), database.transaction() as session:
        session.execute(text("DROP TABLE ingest.frames"))
