"""Providers that hang or refuse, and workers that are killed."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel import outbox
from kernel.errors import Forbidden, NotFound
from kernel.paging import PageRequest
from kernel.settings import forget_settings
from registry.permissions import PLATFORM
from tests.integration.work_orders.notices.conftest import Desk
from tests.integration.work_orders.plant import assigned_order, order
from tests.support.databases import DatabaseUrls
from tests.support.factories import principal
from tests.support.hooks import Hooks, http_listener, wait_until
from work_orders.events import TicketMoved
from work_orders.notices import service
from work_orders.notices.errors import DeliveryNotDead


def _assign(desk: Desk, number: int = 1) -> None:
    with desk.database.transaction() as session:
        for _ in range(number):
            assigned_order(session, desk.plant)
    desk.relay()


def test_a_provider_that_hangs_holds_up_nobody_else(desk: Desk, hooks: Hooks) -> None:
    with http_listener() as hanging:
        hanging.delay_s = 30
        desk.add("engineer", f"json://{hanging.url}/x", "ticket_assigned")
        desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
        _assign(desk, 5)
        began = time.monotonic()
        desk.send()
        assert time.monotonic() - began < 10
        assert len(hooks.received) == 5
        # One knock, not five: the others wait until the channel's pause is over.
        assert len(hanging.received) == 1
        assert desk.count("notice_attempts", "outcome IN ('timeout', 'failed')") == 1
        assert desk.count("notice_deliveries", "state = 'waiting'") == 5


def test_what_fails_for_good_is_a_dead_letter_to_send_again_or_drop(
    desk: Desk, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_NOTICES_ATTEMPTS_MAX", "1")
    forget_settings()
    hooks.status = 403
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
    _assign(desk, 2)
    desk.send()
    desk.run("UPDATE work_orders.notice_channels SET paused_until = NULL")
    desk.send()
    with desk.database.transaction() as session:
        admin = principal(session, "admin")
        page = service.list_deliveries(session, admin, PageRequest(), states=["dead"])
        assert [each.reason for each in page.items] == ["not_accepted"] * 2
        one, other = (each.id for each in page.items)
        service.send_again(session, admin, one)
        service.drop(session, admin, other, "Told by phone")
        with pytest.raises(DeliveryNotDead):
            service.drop(session, admin, other, "Again")
        with pytest.raises(Forbidden):
            service.drop(session, desk.plant.customer, one, "Not mine to drop")
        with pytest.raises(NotFound):
            service.send_again(session, admin, "ntd_none")
    hooks.status = 200
    desk.send()
    with desk.database.transaction() as session:
        sent, attempts = service.get_delivery(session, PLATFORM, one)
    assert sent.state == "sent"
    assert [each.outcome for each in attempts] == ["failed", "sent"]
    assert desk.count("notice_deliveries", "state = 'dropped' AND reason = 'Told by phone'") == 1


def test_what_waits_too_long_behind_a_failing_channel_is_given_up(desk: Desk, hooks: Hooks) -> None:
    hooks.status = 500
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
    _assign(desk, 3)
    desk.send()
    desk.run("UPDATE work_orders.notice_deliveries SET first_due_at = now() - interval '2 days'")
    desk.send()
    assert desk.count("notice_deliveries", "state = 'dead' AND reason = 'channel_fails'") == 3


def test_many_senders_at_once_send_each_delivery_once(desk: Desk, hooks: Hooks) -> None:
    for number in range(8):
        desk.add("engineer", f"json://{hooks.url}/{number}", "ticket_assigned")
    _assign(desk, 5)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: desk.send(), range(3)))
    keys = [each.headers["idempotency-key"] for each in hooks.received]
    assert len(keys) == len(set(keys)) == 40


def _workers(urls: DatabaseUrls, what: str, count: int) -> "list[subprocess.Popen[str]]":
    """Start workers, and let them begin once all are ready."""
    module = "tests.integration.work_orders.notices.worker"
    made = [
        subprocess.Popen(
            [sys.executable, "-m", module, what],
            env={**os.environ, "FOREWARN_DATABASE_URL": urls.app},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    for worker in made:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in made:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return made


def _kill(worker: "subprocess.Popen[str]") -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.close()
    worker.stdout.close()


def test_r22_relays_that_are_killed_make_each_notice_exactly_once(
    desk: Desk, database_urls: DatabaseUrls, hooks: Hooks
) -> None:
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
    with desk.database.transaction() as session:
        made = assigned_order(session, desk.plant).ticket
        for _ in range(400):
            outbox.publish(
                session,
                TicketMoved(
                    ticket_id=made.id, number=made.number, kind=made.kind, family=made.family,
                    from_stage="pending", to_stage="assigned", action="assign", actor_id=None,
                    organisation_id=made.organisation_id, reason=None,
                ),
            )  # fmt: skip
    killed = 0
    while killed < 4:
        before = desk.count("notices")
        two = _workers(database_urls, "relay", 2)
        wait_until(lambda before=before: desk.count("notices") > before + 10)
        for worker in two:
            _kill(worker)
            killed += 1
    assert desk.count("notices") < 401
    while desk.relay():
        pass
    assert desk.count("notices") == 401
    assert desk.count("notice_deliveries") == 401


def test_a_sender_that_is_killed_leaves_its_delivery_to_another(
    desk: Desk, database_urls: DatabaseUrls, hooks: Hooks
) -> None:
    hooks.delay_s = 30
    desk.add("engineer", f"json://{hooks.url}/x", "ticket_assigned")
    _assign(desk)
    (worker,) = _workers(database_urls, "send", 1)
    wait_until(lambda: len(hooks.received) == 1)
    _kill(worker)
    assert desk.count("notice_deliveries", "state = 'sending'") == 1
    assert desk.send() == 0
    hooks.delay_s = 0
    desk.run("UPDATE work_orders.notice_deliveries SET lease_until = now() - interval '1 s'")
    assert desk.send() == 1
    keys = {each.headers["idempotency-key"] for each in hooks.received}
    assert len(hooks.received) == 2
    assert len(keys) == 1
    assert desk.count("notice_deliveries", "state = 'sent'") == 1


def test_an_order_for_nobody_tells_nobody(desk: Desk) -> None:
    with desk.database.transaction() as session:
        order(session, desk.plant)
    desk.relay()
    assert desk.count("notices") == 0
