"""What an agent cannot know to have sent, because its buffer is an old copy or damaged, is stored once."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from ingest import service
from kernel.db import Database
from kernel.wire.frames import Frame
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Edge, Plant, now_us

Connect = Callable[[Plant], Edge]
pytestmark = pytest.mark.usefixtures("consumer")


def again(plant: Plant, *frames: Frame) -> Frame:
    """The rows of some frames as one, under another number."""
    empty = plant.frame([])
    whole = replace(empty, again=True)
    for frame in frames:
        for name in ("series", "ts", "server_ts", "edge_ts", "value", "quality"):
            getattr(whole, name).extend(getattr(frame, name))
    return whole


def stored(database: Database) -> list[float]:
    with database.transaction() as session:
        return list(session.scalars(text("SELECT value FROM telemetry.readings ORDER BY value")))


def test_rows_that_are_there_are_stored_once_and_new_ones_too(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(4)
    edge = connect(plant)
    edge.announce()
    first, lost = plant.frame([1.0, 2.0, 3.0]), plant.frame([4.0, 5.0])
    edge.send(first)
    edge.wait_acked(first)
    both = again(plant, first, lost)
    edge.send(both)
    edge.wait_acked(both)
    twice = again(plant, first, lost, plant.frame([6.0]))
    edge.send(twice, twice)
    edge.wait_acked(twice)
    assert stored(database) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
        logged = [
            frame.value.tolist()
            for seq in (0, both.seq, twice.seq)
            for frame in service.read_frames(session, plant.agent, plant.epoch, "live", seq, 1)
        ]
    assert (counted.stored, counted.quarantined) == (6, 0)
    # Scoring reads them once as well.
    assert logged == [[1.0, 2.0, 3.0], [4.0, 5.0], [6.0]]


def test_the_same_value_at_another_time_of_taking_is_another_reading(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(1)
    edge = connect(plant)
    edge.announce()
    now = now_us()
    first = plant.frame([1.0, 1.0], ts=[now, now])
    edge.send(first)
    edge.wait_acked(first)
    other = again(plant, first)
    other.edge_ts[1] += 7
    edge.send(other)
    edge.wait_acked(other)
    assert stored(database) == [1.0, 1.0, 1.0]


def test_what_cannot_be_stored_stands_in_quarantine_as_ever(
    database: Database, make_plant: MakePlant, connect: Connect
) -> None:
    plant = make_plant(2)
    edge = connect(plant)
    edge.announce()
    first = plant.frame([1.0, 2.0])
    edge.send(first)
    edge.wait_acked(first)
    ahead = plant.frame([3.0, 4.0], ts=[now_us() + 3_600_000_000, now_us()])
    both = again(plant, first, ahead)
    edge.send(both)
    edge.wait_acked(both)
    assert stored(database) == [1.0, 2.0, 4.0]
    with database.transaction() as session:
        counted = service.counts(session, plant.agent)
        reasons = list(session.scalars(text("SELECT reason FROM ingest.quarantine")))
    assert (counted.stored, counted.quarantined) == (3, 1)
    assert reasons == ["future_timestamp"]
