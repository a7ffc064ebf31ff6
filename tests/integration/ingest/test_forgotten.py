"""A number whose frame is no longer kept proves nothing: it comes again under another, and counts once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from ingest import service
from ingest.partitions import ensure_frames_partitions
from kernel.clock import utc_now
from kernel.db import Database
from kernel.wire.frames import Frame
from kernel.wire.gaps import Gap
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Plant, now_us
from tests.integration.ingest.replica import Replica, metric
from tests.support.databases import DatabaseUrls

Forget = Callable[[Plant], None]


@pytest.fixture
def forget(database: Database, database_urls: DatabaseUrls) -> Forget:
    """Removes the frames of a plant, as retention does with their days."""

    def remove(plant: Plant) -> None:
        ensure_frames_partitions(database.engine, [utc_now().date() - timedelta(days=9)])
        with psycopg.connect(database_urls.owner) as connection:
            connection.execute("DELETE FROM ingest.frames WHERE agent_id = %s", [plant.agent])

    return remove


def renewed(plant: Plant, *frames: Frame) -> list[Frame]:
    """What an agent does that is told to open a new epoch: the same content, under new numbers."""
    plant.epoch, plant.seqs = uuid4(), {}
    return [
        replace(frame, epoch=plant.epoch, seq=number, again=True)
        for number, frame in enumerate(frames)
    ]


def values(database: Database) -> list[float]:
    with database.transaction() as session:
        return list(session.scalars(text("SELECT value FROM telemetry.readings ORDER BY value")))


def counts(database: Database, plant: Plant) -> tuple[int, int, int]:
    with database.transaction() as session:
        found = service.counts(session, plant.agent)
    return found.stored, found.quarantined, found.dropped


def quarantine(database: Database) -> list[tuple[str, str, int]]:
    with database.transaction() as session:
        rows = session.execute(text("SELECT kind, reason, readings FROM ingest.quarantine"))
        return [tuple(row) for row in rows]


def test_a_disk_restored_from_long_ago_loses_nothing(
    database: Database, make_plant: MakePlant, forget: Forget
) -> None:
    plant, ingest = make_plant(), Replica(database)
    ingest.receive(plant, *[plant.frame([float(n)]) for n in range(5)])
    forget(plant)
    # The restored agent counts from where its disk stood, and takes other readings.
    others = [plant.frame([100.0 + n], seq=n) for n in range(2, 7)]
    before = metric("forewarn_ingest_frames_forgotten_total")
    answered = ingest.verdicts(plant, *others)
    assert answered == ["new_epoch"] * 3 + ["stored"] * 2
    assert metric("forewarn_ingest_frames_forgotten_total") == before + 3
    assert quarantine(database) == []
    assert ingest.verdicts(plant, *renewed(plant, *others[:3])) == ["stored"] * 3
    assert values(database) == [0.0, 1.0, 2.0, 3.0, 4.0, 102.0, 103.0, 104.0, 105.0, 106.0]
    assert counts(database, plant) == (10, 0, 0)


def test_an_old_frame_that_was_only_never_acknowledged_is_not_doubled(
    database: Database, make_plant: MakePlant, forget: Forget
) -> None:
    plant, ingest = make_plant(), Replica(database)
    frames = [plant.frame([float(n), n + 0.5]) for n in range(4)]
    ingest.receive(plant, *frames)
    forget(plant)
    assert ingest.verdicts(plant, *frames) == ["new_epoch"] * 4
    moved = renewed(plant, *frames)
    assert ingest.verdicts(plant, *moved) == ["stored"] * 4
    # Twice over: the acknowledgement of those may have been lost as well.
    forget(plant)
    assert ingest.verdicts(plant, *moved) == ["new_epoch"] * 4
    assert ingest.verdicts(plant, *renewed(plant, *moved)) == ["stored"] * 4
    assert len(values(database)) == 8
    assert counts(database, plant) == (8, 0, 0)


def test_numbers_known_and_forgotten_of_one_batch_are_told_apart(
    database: Database, make_plant: MakePlant, forget: Forget
) -> None:
    plant, ingest = make_plant(), Replica(database)
    old = plant.frame([1.0])
    ingest.receive(plant, old)
    forget(plant)
    kept = plant.frame([2.0])
    ingest.receive(plant, kept)
    reused = replace(kept, cut_at_us=kept.cut_at_us + 1)
    new = plant.frame([3.0])
    assert ingest.verdicts(plant, old, kept, reused, new, new, old) == [
        "new_epoch", "stored", "new_epoch", "stored", "stored", "new_epoch",
    ]  # fmt: skip
    assert quarantine(database) == [("message", "seq_reused", 0)]
    assert counts(database, plant) == (3, 0, 0)


def test_a_forgotten_frame_that_quarantine_remembers_is_known(
    database: Database, make_plant: MakePlant, forget: Forget
) -> None:
    plant, ingest = make_plant(1), Replica(database)
    now = now_us()
    frame = plant.frame([1.0, 2.0], ts=[now, now + 3_600_000_000])
    ingest.receive(plant, frame)
    forget(plant)
    assert ingest.verdicts(plant, frame) == ["stored"]
    assert ingest.verdicts(plant, replace(frame, cut_at_us=frame.cut_at_us + 1)) == ["new_epoch"]
    assert counts(database, plant) == (1, 1, 0)
    assert quarantine(database) == [
        ("readings", "future_timestamp", 1),
        ("message", "seq_reused", 0),
    ]


def test_readings_older_than_what_is_kept_are_not_stored_again(
    database: Database, make_plant: MakePlant, forget: Forget, database_urls: DatabaseUrls
) -> None:
    plant = make_plant(1)
    old = now_us() - 40 * 86_400_000_000
    frame = plant.frame([1.0, 2.0], ts=[old, now_us()])
    Replica(database).receive(plant, frame)
    forget(plant)
    with psycopg.connect(database_urls.owner) as connection:
        connection.execute("DELETE FROM telemetry.readings WHERE value = 1")
    ingest = Replica(database, readings_keep_days=30)
    assert ingest.verdicts(plant, *renewed(plant, frame)) == ["stored"]
    assert values(database) == [2.0]
    # Honest, though more than was taken: nobody can say any more whether it was stored.
    assert counts(database, plant) == (2, 1, 0)
    assert quarantine(database) == [("readings", "timestamp_out_of_range", 1)]


def test_gaps_that_are_declared_again_are_there_once(
    database: Database, make_plant: MakePlant, forget: Forget
) -> None:
    plant, ingest = make_plant(), Replica(database)
    now = now_us()
    gaps = (Gap(0, 1, now, now + 5, "overflow"), Gap(2, 2, now, now + 5, "connection_lost"))
    frame = replace(plant.frame([1.0]), gaps=gaps)
    ingest.receive(plant, frame)
    forget(plant)
    assert ingest.verdicts(plant, frame) == ["new_epoch"]
    longer = replace(frame, gaps=(*gaps, Gap(0, 1, now, now + 9, "overflow")))
    assert ingest.verdicts(plant, *renewed(plant, frame, longer, longer)) == ["stored"] * 3
    with database.transaction() as session:
        rows = session.execute(
            text("SELECT reason, ended_at - started_at FROM ingest.gaps ORDER BY 1, 2")
        )
        found = [(reason, span.microseconds) for reason, span in rows]
    assert found == [("connection_lost", 5), ("overflow", 5), ("overflow", 9)]
