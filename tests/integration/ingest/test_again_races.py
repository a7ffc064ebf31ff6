"""The same readings under two numbers are stored once, in whichever order and by however many processes."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from ingest import service
from ingest.preparation import Work
from kernel.db import Database
from kernel.wire.frames import Frame
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Plant
from tests.integration.ingest.replica import Replica, metric
from tests.integration.ingest.test_forgotten import counts, values


def under(epoch_of: Plant, frame: Frame, seq: int) -> Frame:
    """The content of a frame as an agent sends it that cannot tell whether it did."""
    return replace(frame, epoch=epoch_of.epoch, seq=seq, again=True)


def restored(plant: Plant) -> Plant:
    """The same agent with an old copy of its buffer."""
    return replace(plant, epoch=uuid4(), seqs={})


@pytest.mark.parametrize("again_first", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_the_old_frame_and_the_new_one(
    database: Database, make_plant: MakePlant, *, again_first: bool, together: bool
) -> None:
    old, ingest = make_plant(2), Replica(database)
    frame = old.frame([1.0, 2.0, 3.0], quality=[0, 0, 0x80000000])
    twin = under(restored(old), frame, 0)
    pair = [twin, frame] if again_first else [frame, twin]
    for portion in [pair] if together else [pair[:1], pair[1:]]:
        assert set(ingest.verdicts(old, *portion)) == {"stored"}
    assert values(database) == [1.0, 2.0, 3.0]
    assert counts(database, old) == (3, 0, 0)
    with database.transaction() as session:
        logged = [
            frame.value.tolist()
            for head in service.heads(session)
            for frame in service.read_frames(
                session, head.agent_id, head.epoch, head.lane, 0, head.next_seq
            )
        ]
    assert sorted(logged, key=len) == [[], [1.0, 2.0, 3.0]]


def test_an_agent_that_was_never_heard_of_before_it_sent_again(
    database: Database, make_plant: MakePlant
) -> None:
    old, ingest = make_plant(1), Replica(database)
    frames = [old.frame([float(n)]) for n in range(6)]
    new = restored(old)
    ingest.receive(new, *[under(new, frame, n) for n, frame in enumerate(frames[:4])])
    # All of these left before the restore, and none had arrived.
    ingest.receive(old, *frames)
    assert values(database) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert counts(database, old) == (6, 0, 0)


def test_twice_restored(database: Database, make_plant: MakePlant) -> None:
    old, ingest = make_plant(1), Replica(database)
    frames = [old.frame([float(n)]) for n in range(3)]
    second, third = restored(old), restored(old)
    ingest.receive(
        old,
        *[under(second, frame, n) for n, frame in enumerate(frames)],
        *[under(third, frame, n) for n, frame in enumerate(frames)],
        *frames,
    )
    assert values(database) == [0.0, 1.0, 2.0]


def test_equal_readings_of_one_frame_and_of_two_agents_are_each_a_reading(
    database: Database, make_plant: MakePlant
) -> None:
    one, other, ingest = make_plant(1), make_plant(1), Replica(database)
    frame = one.frame([7.0, 7.0], ts=[1_700_000_000_000_000] * 2)
    new = restored(one)
    apart = other.frame([7.0, 7.0], ts=[1_700_000_000_000_000] * 2)
    ingest.announce(one)
    ingest.announce(other)
    work = ingest.prepared(one, under(new, frame, 0), frame)
    for payload in (other.bytes_of(under(restored(other), apart, 0)),):
        work.frames += ingest.prepared_bytes(other, [payload]).frames
    ingest.delivery.deliver(ingest.preparation.seal(work))
    assert values(database) == [7.0] * 4
    assert (counts(database, one), counts(database, other)) == ((2, 0, 0), (2, 0, 0))


def test_two_processes_at_once(database: Database, make_plant: MakePlant) -> None:
    """One has stored the old frame and not yet committed when the other compares."""
    old = make_plant(2)
    new = restored(old)
    replicas = [Replica(database), Replica(database)]
    replicas[0].receive(old, old.frame([0.0]))
    frame = old.frame([1.0, 2.0])
    works = [
        replicas[0].prepared(old, frame),
        replicas[1].prepared(new, under(new, frame, 0)),
    ]
    begun, go_on = threading.Event(), threading.Event()

    @event.listens_for(database.engine, "commit")
    def hold(_: object) -> None:
        if threading.current_thread().name == "first":
            begun.set()
            go_on.wait(1)

    for first, second in ((0, 1), (1, 0)):
        begun.clear()
        go_on.clear()
        threads = [
            threading.Thread(
                target=replicas[which].delivery.deliver, args=[works[which]], name=name
            )
            for which, name in ((first, "first"), (second, "second"))
        ]
        threads[0].start()
        assert begun.wait(10)
        threads[1].start()
        threads[1].join(0.3)
        go_on.set()
        for thread in threads:
            thread.join(20)
        assert values(database).count(1.0) == 1
        # The other way round, with other readings.
        frame = old.frame([3.0, 4.0])
        works = [
            replicas[0].prepared(old, frame),
            replicas[1].prepared(new, under(new, frame, 1)),
        ]
    assert values(database) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert counts(database, old) == (5, 0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_many_processes_many_agents_in_any_order(
    database: Database, make_plant: MakePlant, seed: int
) -> None:
    chance = random.Random(seed)
    plants = [make_plant(2) for _ in range(4)]
    ingest = Replica(database)
    messages: list[tuple[Plant, bytes]] = []
    wanted: list[float] = []
    for number, plant in enumerate(plants):
        ingest.announce(plant)
        frames = [plant.frame([number * 1000 + n + 0.5, number * 1000 + n]) for n in range(24)]
        wanted += [value for frame in frames for value in frame.value]
        messages += [(plant, plant.bytes_of(frame)) for frame in frames]
        # Restored twice, each time from a copy that holds some of what was sent.
        for _ in range(2):
            new = restored(plant)
            kept = chance.sample(frames, 16)
            messages += [(new, new.bytes_of(under(new, f, n))) for n, f in enumerate(kept)]
    messages += chance.sample(messages, len(messages) // 2)
    chance.shuffle(messages)
    replicas = [Replica(database) for _ in range(4)]
    portions = [messages[start : start + 9] for start in range(0, len(messages), 9)]
    before = metric("forewarn_ingest_database_retries_total")

    def commit(replica: Replica, mine: list[list[tuple[Plant, bytes]]]) -> None:
        for portion in mine:
            work = Work()
            for plant, payload in portion:
                work.frames += replica.prepared_bytes(plant, [payload]).frames
            replica.delivery.deliver(replica.preparation.seal(work))

    with ThreadPoolExecutor(len(replicas)) as pool:
        for done in [
            pool.submit(commit, replica, portions[n :: len(replicas)])
            for n, replica in enumerate(replicas)
        ]:
            done.result(60)
    assert Counter(values(database)) == Counter(wanted)
    assert sum(counts(database, plant)[0] for plant in plants) == len(wanted)
    # Nobody was anybody's deadlock.
    assert metric("forewarn_ingest_database_retries_total") == before


def test_frames_that_are_not_sent_again_need_no_look(
    database: Database, make_plant: MakePlant
) -> None:
    old, ingest = make_plant(1), Replica(database)
    ingest.receive(old, old.frame([1.0]))
    new = restored(old)
    ingest.receive(new, under(new, old.frame([2.0]), 0))
    looked: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(*arguments: object) -> None:
        if "telemetry.readings r" in str(arguments[2]):
            looked.append(str(arguments[2]))

    # Of the epoch that goes on; of a machine that has nothing to do with it.
    ingest.receive(new, replace(new.frame([3.0]), seq=1))
    other = make_plant(1)
    ingest.receive(other, other.frame([4.0]))
    assert looked == []
    # What comes of the epoch before was sent before, however late it comes.
    with database.transaction() as session:
        session.execute(
            text(
                "UPDATE ingest.ledger SET first_received_at = first_received_at - INTERVAL '9 days', "
                "again_since = again_since - INTERVAL '8 days'"
            )
        )
    ingest.receive(old, old.frame([5.0]))
    assert len(looked) == 1
    # An epoch begun long after it is nobody's twin.
    third = restored(old)
    ingest.receive(third, third.frame([6.0]))
    assert len(looked) == 1
