"""Whatever the order of frames, epochs, old copies, removals and replays: each reading is stored once."""

import random
from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text

from ingest import service
from ingest.service import QuarantineFilter
from kernel.db import Database
from kernel.wire.frames import Frame
from registry.permissions import PLATFORM
from tests.integration.ingest.conftest import MakePlant
from tests.integration.ingest.edge import Plant, now_us
from tests.integration.ingest.replica import Replica
from tests.integration.ingest.test_forgotten import counts, values
from tests.integration.ingest.test_replay_again import an_hour_later
from tests.support.databases import DatabaseUrls

HOUR_US = 3_600_000_000
STEPS = 150


@dataclass
class Disk:
    """A buffer's file: frames that have a number, frames that have none yet, the next number."""

    epoch: UUID = field(default_factory=uuid4)
    next_seq: int = 0
    numbered: tuple[Frame, ...] = ()
    unsent: tuple[Frame, ...] = ()

    def values(self) -> set[float]:
        return {value for frame in (*self.numbered, *self.unsent) for value in frame.value}


class Agent:
    """A gateway as its protocol says; its disk is copied and restored, its wire doubles and reorders.

    Attributes:
        taken: every reading ever taken.
        gone: of those, readings that went with a disk; they may have been sent before.
    """

    def __init__(self, plant: Plant, chance: random.Random) -> None:
        self.plant, self.chance = plant, chance
        self.disk = Disk()
        self.copies: list[Disk] = []
        self.wire: list[Frame] = []
        self.taken: list[float] = []
        self.gone: set[float] = set()

    def take(self) -> None:
        """Take some readings, of which one in eight is an hour ahead."""
        first, now = len(self.taken) + 1.0, now_us()
        made = [first + n for n in range(self.chance.randrange(1, 5))]
        times = [now + HOUR_US * (self.chance.random() < 1 / 8) for _ in made]
        self.taken += made
        self.disk.unsent += (self.plant.frame(made, ts=times, seq=0),)

    def send(self) -> None:
        """Give numbers to what has none; put some of what waits onto the wire, some of it twice."""
        disk = self.disk
        for frame in disk.unsent:
            disk.numbered += (replace(frame, epoch=disk.epoch, seq=disk.next_seq),)
            disk.next_seq += 1
        disk.unsent = ()
        for frame in self.chance.sample(disk.numbered, min(len(disk.numbered), 6)):
            self.wire += [frame] * self.chance.choice((1, 1, 2))

    def save(self) -> None:
        self.copies.append(copy(self.disk))

    def restore(self) -> None:
        """Go on from an old copy, and notice: what had no number may have been sent since under one."""
        if self._back():
            disk = self.disk
            disk.unsent = tuple(replace(frame, again=True) for frame in disk.unsent)
            disk.epoch, disk.next_seq = uuid4(), 0

    def restore_unnoticed(self) -> None:
        """Go on from an old copy of the whole disk, long after what was on its way arrived or was lost."""
        self.wire = []
        self._back()

    def _back(self) -> bool:
        if not self.copies:
            return False
        had = self.disk.values()
        self.disk = copy(self.chance.choice(self.copies[-3:]))
        self.gone |= had - self.disk.values()
        return True

    def arrive(self, ingest: Replica) -> None:
        """Let some of what is on the wire arrive, in any order, as one batch; hear most answers."""
        self.chance.shuffle(self.wire)
        count = self.chance.randrange(1, 25)
        batch, self.wire = self.wire[:count], self.wire[count:]
        if not batch:
            return
        for receipt in ingest.delivery.deliver(ingest.prepared(self.plant, *batch)):
            for answer in receipt.answers:
                if self.chance.random() < 3 / 4:
                    self._answered((answer.epoch, answer.seq), answer.verdict)

    def _answered(self, place: tuple[UUID, int], verdict: str) -> None:
        disk = self.disk
        about = [frame for frame in disk.numbered if (frame.epoch, frame.seq) == place]
        if about:
            disk.numbered = tuple(frame for frame in disk.numbered if frame not in about)
            if verdict == "new_epoch":
                if disk.epoch == place[0]:
                    disk.epoch, disk.next_seq = uuid4(), 0
                disk.unsent += tuple(replace(frame, again=True) for frame in about)


def steps(chance: random.Random) -> Iterator[str]:
    often = ["take"] * 5 + ["send"] * 6 + ["arrive"] * 6 + ["save"] * 4
    seldom = ["restore"] * 3 + ["restore_unnoticed", "forget", "replay"]
    for _ in range(STEPS):
        yield chance.choice(often * 2 + seldom)


@pytest.mark.parametrize("seed", range(6))
def test_each_reading_is_stored_once(
    database: Database,
    database_urls: DatabaseUrls,
    make_plant: MakePlant,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    chance = random.Random(seed)
    agent = Agent(make_plant(2), chance)
    replicas = [Replica(database), Replica(database)]
    replicas[0].announce(agent.plant)

    def replay() -> None:
        # A third of the entries, as far as they can be; the others stay for later.
        with an_hour_later(monkeypatch):
            with database.transaction() as session:
                ids = session.execute(
                    text("SELECT id FROM ingest.quarantine WHERE state = 'open' AND kind = 'readings'")
                ).scalars().all()  # fmt: skip
            for entry_id in chance.sample(ids, len(ids) // 3):
                with database.transaction() as session:
                    service.replay_quarantine(session, PLATFORM, entry_id)

    def forget() -> None:
        with psycopg.connect(database_urls.owner) as connection:
            connection.execute("DELETE FROM ingest.frames WHERE random() < 0.7")

    for step in steps(chance):
        if step == "arrive":
            agent.arrive(chance.choice(replicas))
        elif step in {"replay", "forget"}:
            {"replay": replay, "forget": forget}[step]()
        else:
            getattr(agent, step)()
        stored = Counter(values(database))
        assert max(stored.values(), default=0) <= 1, step
    while agent.disk.numbered or agent.disk.unsent or agent.wire:
        agent.send()
        agent.arrive(chance.choice(replicas))
    with an_hour_later(monkeypatch):
        wanted = QuarantineFilter(agent_id=agent.plant.agent)
        service.replay_matching(database, PLATFORM, wanted, lambda _: None)
    found = values(database)
    assert Counter(found) == Counter(set(found))
    assert set(agent.taken) - agent.gone <= set(found) <= set(agent.taken)
    assert counts(database, agent.plant) == (len(found), 0, 0)
