"""Killed, cancelled, run twice: a backtest finds what it would have found, once, or nothing more."""

import os
import signal
import time
from datetime import timedelta
from random import Random

from sqlalchemy import text

from anomaly.history import repository, service
from kernel.clock import utc_now
from kernel.db import Database, engine_for
from kernel.paging import PageRequest
from registry.permissions import PLATFORM
from tests.integration.anomaly.history.past import FAULT_AT, Past
from tests.support.databases import DatabaseUrls


def found(past: Past, backtest_id: str) -> list[object]:
    with past.database.transaction() as session:
        return list(service.list_alarms(session, PLATFORM, backtest_id, PageRequest(200)).items)


def test_killed_workers_are_followed_by_others_that_go_on(
    past: Past, shared_urls: DatabaseUrls
) -> None:
    asset_id = past.machine(faults=(600, FAULT_AT))
    whole = past.request(past.draft(asset_id))
    past.finish(whole.id)
    killed = past.request(past.draft(asset_id))
    past.limits = past.limits.model_copy(update={"slice_s": 0.01, "attempts_max": 1000})
    random, kills = Random(1), 0
    while past.read(killed.id).state in ("queued", "running"):
        child = os.fork()
        if not child:
            past.database = Database(engine_for(shared_urls.app))
            past.finish(killed.id)
            os._exit(0)
        # Longer each time: however slow the machine is, one comes to its end.
        time.sleep(random.uniform(0.005, 0.03) * 1.15**kills)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        kills += os.WIFSIGNALED(status)
    assert kills > 2
    assert past.read(killed.id).state == "finished"
    assert found(past, killed.id) == found(past, whole.id)
    assert len(found(past, killed.id)) == 2
    same = ("readings", "alarms_found", "alarms_per_month", "in_alarm")
    one, other = past.read(killed.id), past.read(whole.id)
    assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]


def test_a_lost_worker_is_noticed_after_the_lease_and_not_before(past: Past) -> None:
    asked = past.request(past.draft(past.machine()))
    with past.database.transaction() as session:
        assert [row.id for row in repository.lost(session, utc_now())] == [asked.id]
    past.limits = past.limits.model_copy(update={"slice_s": 1e-9})
    assert past.slices().run(asked.id, 0) is not None
    now = utc_now()
    with past.database.transaction() as session:
        assert not repository.lost(session, now + timedelta(seconds=past.limits.lease_s / 2))
        late = now + timedelta(seconds=past.limits.lease_s + 60)
        assert [row.id for row in repository.lost(session, late)] == [asked.id]


def test_a_second_worker_with_the_same_message_does_nothing(past: Past) -> None:
    asked = past.request(past.draft(past.machine()))
    assert past.slices().run(asked.id, 0) is None
    done = past.read(asked.id)
    assert done.state == "finished"
    assert past.slices().run(asked.id, 0) is None
    assert past.read(asked.id) == done


def test_what_was_cancelled_meanwhile_saves_nothing(past: Past) -> None:
    asked = past.request(past.draft(past.machine()))
    slices = past.slices()
    with past.database.transaction() as session:
        claim = slices._claim(session, asked.id, 0)
    assert claim is not None
    done = slices._replay(claim)
    assert done.touched
    with past.database.transaction() as session:
        service.cancel(session, PLATFORM, asked.id)
    with past.database.transaction() as session:
        assert slices._save(session, claim, done) is None
    assert (past.read(asked.id).state, past.read(asked.id).readings) == ("cancelled", 0)
    assert found(past, asked.id) == []


def test_what_kills_every_worker_is_given_up(past: Past) -> None:
    asked = past.request(past.draft(past.machine()))
    slices = past.slices()
    for _ in range(past.limits.attempts_max):
        with past.database.transaction() as session:
            assert slices._claim(session, asked.id, past.generation(asked.id))
    assert slices.run(asked.id, past.generation(asked.id)) is None
    failed = past.read(asked.id)
    assert (failed.state, failed.problem) == ("failed", "the worker was lost 3 times in a row")


def test_deleted_with_all_it_found(past: Past) -> None:
    asked = past.request(past.draft(past.machine()))
    past.finish(asked.id)
    assert found(past, asked.id)
    with past.database.transaction() as session:
        service.delete(session, PLATFORM, asked.id)
        for table in ("backtests", "backtest_assets", "backtest_alarms", "backtest_checkpoints"):
            count = session.execute(text(f"SELECT count(*) FROM anomaly.{table}")).scalar_one()
            assert count == 0, table
