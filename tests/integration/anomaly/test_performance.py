"""How alarms performed, from the journal, against a count by hand; and what an alarm is like."""

from datetime import datetime, timedelta

import pytest

from anomaly import service
from anomaly.alarms import service as alarms
from anomaly.alarms.planned import NewSuppression
from anomaly.alarms.suppressions import suppress
from anomaly.commands import judging
from anomaly.performance.service import (
    Performance,
    performance,
    precision_of_detectors,
    similar_episodes,
)
from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.errors import Forbidden, InvalidInput, NotFound
from registry.permissions import PLATFORM
from tests.integration.anomaly.alarms import NOW, apply, ended, transition
from tests.integration.anomaly.world import START, World
from tests.support import factories

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(emptied_database: Database) -> Database:
    return emptied_database


@pytest.fixture
def world(database: Database) -> World:
    return World(database, clock=FakeClock(NOW))


def episode(world: World, number: int, at: datetime, lasts_s: float, **facts: float) -> None:
    """A deviation that begins and ends, the platform noticing it as it happens."""
    second = (at - START).total_seconds()
    begun = transition(number, second=second, **facts)  # type: ignore[arg-type]
    apply(world.database, world.source, begun, at=at)
    over = ended(begun, after_s=lasts_s)
    apply(world.database, world.source, over, at=at + timedelta(seconds=lasts_s))


def test_figures_of_two_hours(world: World, database: Database) -> None:
    bad, good, hidden = (world.series(world.asset()) for _ in range(3))
    with use_clock(world.clock), database.transaction() as session:
        window = NewSuppression(
            "maintenance", "Overhaul", asset_id=world.source.directory[hidden].asset_id,
            ends_at=NOW + 180 * MINUTE,
        )  # fmt: skip
        suppress(session, PLATFORM, window)
    # Three within a minute, each over within seconds; then one that lasts.
    for second in (0, 15, 30):
        episode(world, bad, NOW + timedelta(seconds=second), 5)
    episode(world, bad, NOW + 75 * MINUTE, 300)
    episode(world, good, NOW + 76 * MINUTE, 600, score=9.0)
    episode(world, hidden, NOW + 20 * MINUTE, 100)
    world.clock.advance(2 * 60 * MINUTE)
    with use_clock(world.clock), database.transaction() as session:
        engineer = factories.principal(session, "engineer")
        newest = service.list_alarms(session, PLATFORM).items
        by_series = {alarm.cause["series_id"]: alarm for alarm in reversed(newest)}
        service.acknowledge_alarm(session, engineer, by_series[good].id)
        judging.judge_alarm(session, engineer, by_series[bad].id, "nuisance")
        judging.judge_alarm(session, engineer, by_series[good].id, "true")

        def found(**wanted: str) -> Performance:
            return performance(
                session, engineer, NOW - 10 * MINUTE, NOW + 121 * MINUTE,
                now=NOW + 121 * MINUTE, **wanted,
            )  # fmt: skip

        all_of_it = found()
        assert all_of_it.rate.told == 5
        assert all_of_it.rate.most == 3
        assert all_of_it.rate.periods == 14
        steps = [(step.at - NOW, step.told) for step in all_of_it.steps]
        assert steps == [(timedelta(0), 3), (70 * MINUTE, 2)]
        assert all_of_it.by_severity == {"high": 4, "critical": 1}
        worst, other = all_of_it.bad_actors
        assert (worst.asset_id, worst.told, worst.part) == (
            world.source.directory[bad].asset_id, 4, 0.8,
        )  # fmt: skip
        assert (worst.nuisance, other.told) == (1, 1)
        assert all_of_it.top_part == pytest.approx(1.0)
        (chatterer,) = all_of_it.chattering
        assert (chatterer.asset_id, chatterer.times) == (worst.asset_id, 1)
        assert all_of_it.fleeting == 3
        assert all_of_it.suppressed == {"maintenance": 1}
        assert all_of_it.acknowledged == 1
        assert all_of_it.acknowledge_median_s == 44 * 60
        (precision,) = precision_of_detectors(session, NOW - timedelta(days=90), NOW + 180 * MINUTE)
        assert (precision.alarms, precision.judged, precision.precision) == (4, 2, 0.5)
        alone = found(asset_id=other.asset_id)
        assert alone.rate.told == 1
        stranger = factories.principal(session, "customer", factories.organisation(session))
        nothing = performance(session, stranger, NOW, NOW + MINUTE, now=NOW)
        assert (nothing.rate.told, nothing.bad_actors, nothing.detectors) == (0, [], [])


def test_what_has_been_active_for_a_day_is_stale_unless_it_is_hidden(world: World) -> None:
    first, second = (world.series(world.asset()) for _ in range(2))
    apply(world.database, world.source, transition(first), transition(second))
    (alarm, other) = world.alarms()
    world.clock.advance(timedelta(hours=25))
    now = world.clock.now()
    with use_clock(world.clock), world.database.transaction() as session:
        until = now + timedelta(hours=1)
        alarms.shelve_alarm(session, PLATFORM, other.id, until=until, reason="Known")
        found = performance(session, PLATFORM, now - MINUTE, now, now=now)
        assert (found.stale, [each.id for each in found.oldest]) == (1, [alarm.id])


def test_spans_that_make_no_sense_and_people_who_may_not(world: World) -> None:
    with world.database.transaction() as session:
        storekeeper = factories.principal(session, "storekeeper")
        for end in (NOW, NOW - MINUTE, NOW + timedelta(days=401)):
            with pytest.raises(InvalidInput):
                performance(session, PLATFORM, NOW, end, now=NOW)
        with pytest.raises(Forbidden):
            performance(session, storekeeper, NOW, NOW + MINUTE, now=NOW)


def test_past_episodes_the_most_like_first_and_none_of_the_future(world: World) -> None:
    machine, twin, strange = world.asset(), world.asset(), world.asset()
    numbers = [world.series(machine), world.series(twin), world.series(strange, "temperature")]
    for day, number in enumerate([*numbers, numbers[0]]):
        episode(world, number, NOW + timedelta(days=day), 60)
    rows = world.alarms()
    with use_clock(world.clock), world.database.transaction() as session:
        newest = rows[-1].id
        found = similar_episodes(session, PLATFORM, newest)
        assert [each.alarm.id for each in found] == [rows[0].id, rows[1].id]
        assert found[0].similarity > found[1].similarity
        assert similar_episodes(session, PLATFORM, rows[0].id) == []
        assert len(similar_episodes(session, PLATFORM, newest, 1)) == 1
        stranger = factories.principal(session, "customer", factories.organisation(session))
        with pytest.raises(NotFound):
            similar_episodes(session, stranger, newest)
