"""Workers that raise and end alarms, people who handle them and time that passes, all at once."""

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from anomaly import service
from anomaly.alarms import service as alarms
from anomaly.alarms import standing, suppressions
from anomaly.alarms.planned import NewSuppression
from anomaly.commands import judging
from kernel.clock import utc_now
from kernel.db import Database
from kernel.paging import PageRequest
from registry.permissions import PLATFORM, Principal
from tests.integration.anomaly.alarms import apply, ended, transition
from tests.integration.anomaly.world import SECTION, World
from tests.support import factories

MACHINES = 8
HOUR = timedelta(hours=1)


@dataclass
class Crowd:
    """A site full of machines, and whoever has to do with their alarms."""

    world: World
    machines: list[str]
    numbers: list[int]
    engineer: Principal

    @classmethod
    def gather(cls, database: Database) -> "Crowd":
        world = World(database)
        with database.transaction() as session:
            owner = factories.organisation(session)
            site = factories.site(session, owner)
            machines = [factories.asset(session, owner, on_site=site).id for _ in range(MACHINES)]
            engineer = factories.principal(session, "desk_lead")
        return cls(world, machines, [world.series(machine) for machine in machines], engineer)

    def machine(self, number: int) -> None:
        """Deviates and recovers, again and again, and deviates in the end."""
        database, source = self.world.database, self.world.source
        for turn in range(6):
            begun = transition(number, score=9.0, second=turn * 30.0)
            apply(database, source, begun, at=utc_now())
            apply(database, source, ended(begun, after_s=10), at=utc_now())
        apply(database, source, transition(number, score=9.0, second=999), at=utc_now())

    def person(self, seed: int) -> None:
        """Handles four alarms at once, whichever and however."""
        random = Random(seed)
        for _ in range(12):
            with self.world.database.transaction() as session:
                found = service.list_alarms(session, PLATFORM).items
            chosen = [each.id for each in random.sample(found, min(4, len(found)))]
            with self.world.database.transaction() as session:
                alarms.for_each(session, PLATFORM, chosen, partial(self._handle, random, session))

    def _handle(self, random: Random, session: Session, alarm_id: str) -> service.AlarmFacts:
        match random.randrange(4):
            case 0:
                return service.acknowledge_alarm(session, self.engineer, alarm_id)
            case 1:
                until = utc_now() + HOUR
                return alarms.shelve_alarm(
                    session, self.engineer, alarm_id, until=until, reason="Known"
                )
            case 2:
                return alarms.unshelve_alarm(session, self.engineer, alarm_id)
            case _:
                return judging.judge_alarm(session, self.engineer, alarm_id, "true")

    def plan(self) -> None:
        """Takes machines out of service and puts them back."""
        for machine in self.machines:
            with self.world.database.transaction() as session:
                wanted = NewSuppression("out_of_service", "Rebuilt", asset_id=machine)
                made = suppressions.suppress(session, self.engineer, wanted)
            with self.world.database.transaction() as session:
                suppressions.end_suppression(session, self.engineer, made.id)

    def tend(self) -> None:
        """Lets time pass."""
        for _ in range(20):
            with self.world.database.transaction() as session:
                standing.tend(session, utc_now(), SECTION)

    def calm(self) -> None:
        """Lets nothing hide anything any more."""
        with self.world.database.transaction() as session:
            page = PageRequest(200)
            for row in suppressions.list_suppressions(session, PLATFORM, page, ended=False).items:
                suppressions.end_suppression(session, PLATFORM, row.id)
            standing.tend(session, utc_now(), SECTION)

    def told(self) -> Counter[tuple[str, str, int]]:
        return Counter(
            (payload["alarm_id"], topic.rpartition("_")[2], payload["occurrence"])
            for topic, payload in self.world.events()
            if not topic.endswith("acknowledged")
        )


def test_a_crowd_leaves_every_alarm_as_it_should_be_and_tells_each_once(
    emptied_database: Database,
) -> None:
    crowd = Crowd.gather(emptied_database)
    with ThreadPoolExecutor(MACHINES + 6) as pool:
        work: list[Future[Any]] = [pool.submit(crowd.machine, each) for each in crowd.numbers]
        work += [pool.submit(crowd.person, seed) for seed in range(3)]
        work += [pool.submit(crowd.plan), pool.submit(crowd.tend), pool.submit(crowd.tend)]
        for one in work:
            one.result()
    crowd.calm()
    rows = crowd.world.alarms()
    active = [row for row in rows if row.returned_at is None]
    assert {row.suppression for row in rows} == {None}
    assert len(active) == MACHINES
    told = crowd.told()
    assert set(told.values()) == {1}
    raised = {(key, number) for key, topic, number in told if topic == "raised"}
    cleared = {(key, number) for key, topic, number in told if topic == "cleared"}
    assert cleared <= raised
    assert {(row.id, row.occurrences) for row in active} <= raised
