"""Replaying what came under another number as well stores it once, and then it is counted once."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text

from ingest import service
from ingest.admission import Rejected, digest_of
from ingest.quarantine import intake
from ingest.service import QuarantineFilter
from kernel.clock import utc_now
from kernel.db import Database
from kernel.settings import forget_settings
from kernel.wire.frames import Frame
from kernel.wire.messages import Tag
from registry.models import Organisation
from registry.permissions import PLATFORM
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Plant, now_us
from tests.integration.ingest.replica import Replica
from tests.integration.ingest.test_again_races import restored, under
from tests.integration.ingest.test_forgotten import counts, values
from tests.support import factories

HOUR_US = 3_600_000_000


@contextmanager
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For which an hour ahead is not the future."""
    with monkeypatch.context() as patch:
        patch.setenv("FOREWARN_INGEST_FUTURE_SECONDS_MAX", "7200")
        forget_settings()
        yield
    forget_settings()


def ahead(plant: Plant, *numbers: float) -> Frame:
    return plant.frame(list(numbers), ts=[now_us() + HOUR_US + n for n in range(len(numbers))])


def entry_ids(database: Database, reason: str | None = None) -> list[str]:
    with database.transaction() as session:
        rows = session.execute(
            text(
                "SELECT id FROM ingest.quarantine WHERE state = 'open' "
                "AND reason = coalesce(:reason, reason) ORDER BY first_seen_at, seq"
            ),
            {"reason": reason},
        )
        return list(rows.scalars())


def replay(database: Database, entry_id: str) -> service.ReplayResult:
    with database.transaction() as session:
        return service.replay_quarantine(session, PLATFORM, entry_id)


def test_what_was_sent_again_and_stored_is_not_stored_by_a_replay(
    database: Database, make_plant: MakePlant
) -> None:
    plant = make_plant(1, more=(Tag("L", "NOT-YET-1", "late", "bar", 0.0, 6.0, "pressure"),))
    frame, other = plant.frame([1.0, 2.0, 3.0, 4.0]), plant.frame([5.0, 6.0])
    Replica(database).receive(plant, frame, other)
    with database.transaction() as session:
        owner = session.execute(
            text("SELECT organisation_id FROM registry.gateways WHERE id = :id"),
            {"id": plant.agent},
        ).scalar_one()
        factories.asset(session, session.get(Organisation, owner), serial_number="NOT-YET-1")
    new = restored(plant)
    Replica(database).receive(new, under(new, frame, 0))
    assert values(database) == [1.0, 2.0, 3.0, 4.0, 5.0]
    # Until it is replayed it stands in both places.
    assert counts(database, plant) == (5, 3, 0)
    first, second = entry_ids(database)
    done = replay(database, first)
    assert (done.stored, done.remaining, done.record.state) == (0, {}, "replayed")
    assert replay(database, second).stored == 1
    assert values(database) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert counts(database, plant) == (6, 0, 0)


@pytest.mark.parametrize("together", [False, True])
def test_what_stands_in_quarantine_twice_is_stored_once(
    database: Database, make_plant: MakePlant, monkeypatch: pytest.MonkeyPatch, *, together: bool
) -> None:
    plant, ingest = make_plant(1), Replica(database)
    frames = [ahead(plant, 1.0, 2.0), ahead(plant, 2.0, 3.0)]
    new = restored(plant)
    ingest.receive(plant, *frames)
    ingest.receive(new, *[under(new, frame, n) for n, frame in enumerate(frames)])
    assert counts(database, plant) == (0, 8, 0)
    with an_hour_later(monkeypatch):
        if together:
            done = service.replay_matching(database, PLATFORM, QuarantineFilter(), lambda _: None)
            assert (done.stored, done.resolved, done.remaining) == (4, 4, {})
        else:
            assert [replay(database, one).stored for one in entry_ids(database)] == [2, 2, 0, 0]
    assert values(database) == [1.0, 2.0, 2.0, 3.0]
    assert counts(database, plant) == (4, 0, 0)


def test_two_replays_and_the_agent_at_once(
    database: Database, make_plant: MakePlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, ingest = make_plant(1), Replica(database)
    frames = [ahead(plant, *[float(n * 10 + m) for m in range(10)]) for n in range(6)]
    epochs = [restored(plant) for _ in range(2)]
    ingest.receive(plant, *frames)
    ingest.receive(epochs[0], *[under(epochs[0], f, n) for n, f in enumerate(frames)])
    with an_hour_later(monkeypatch):
        late = Replica(database)
        work = late.prepared(epochs[1], *[under(epochs[1], f, n) for n, f in enumerate(frames)])
        ids = entry_ids(database)
        with ThreadPoolExecutor(5) as pool:
            done: list[Future[object]] = [pool.submit(late.delivery.deliver, work)]
            done += [
                pool.submit(lambda mine: [replay(database, one) for one in mine], ids[n::4])
                for n in range(4)
            ]
            for one in done:
                one.result(60)
    assert values(database) == [float(n) for n in range(60)]
    assert counts(database, plant) == (60, 0, 0)


def test_equal_readings_of_an_agent_that_never_sent_again_are_all_stored(
    database: Database, make_plant: MakePlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = make_plant(1)
    frame = ahead(plant, 1.0, 1.0)
    twin = replace(frame, seq=1)
    Replica(database).receive(plant, frame, twin)
    with an_hour_later(monkeypatch):
        service.replay_matching(database, PLATFORM, QuarantineFilter(), lambda _: None)
    assert values(database) == [1.0] * 4
    assert counts(database, plant) == (4, 0, 0)


def test_a_message_of_long_ago_is_compared(database: Database, make_plant: MakePlant) -> None:
    """A frame came while its gateway was not known; the gateway was restored since and sent it again."""
    plant, ingest = make_plant(1), Replica(database)
    frame = plant.frame([1.0, 2.0])
    payload = plant.bytes_of(frame)
    with database.transaction() as session:
        message = Rejected(
            plant.agent, plant.agent, "unknown_agent", "", payload, digest_of(payload)
        )
        intake.put_messages(session, [message], 10, utc_now())
    new = restored(plant)
    ingest.receive(new, under(new, frame, 0))
    with database.transaction() as session:
        session.execute(
            text("UPDATE ingest.ledger SET again_since = again_since - INTERVAL '90 days'")
        )
    (entry,) = entry_ids(database)
    assert replay(database, entry).stored == 0
    assert values(database) == [1.0, 2.0]
    assert counts(database, plant) == (2, 0, 0)
