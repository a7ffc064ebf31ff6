"""The outbox delivers once in effect, whatever fails and however many relays run."""

from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel import outbox
from kernel.db import Database
from kernel.events import Event


class ThingHappened(Event):
    topic: ClassVar[str] = "test.thing_happened"
    number: int


@pytest.fixture(autouse=True)
def _no_other_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_subscriptions", {})


def _handled(database: Database) -> int:
    with database.transaction() as session:
        return session.execute(text("SELECT count(*) FROM kernel.inbox")).scalar_one()


def test_an_event_reaches_every_handler_once(database: Database) -> None:
    seen: list[tuple[str, int]] = []
    outbox.subscribe(ThingHappened, "a")(lambda _, event: seen.append(("a", event.number)))
    outbox.subscribe(ThingHappened, "b")(lambda _, event: seen.append(("b", event.number)))
    with database.transaction() as session:
        outbox.publish(session, ThingHappened(number=7))
    assert outbox.relay(database) == 1
    assert outbox.relay(database) == 0
    assert sorted(seen) == [("a", 7), ("b", 7)]


def test_a_rolled_back_transaction_publishes_nothing(database: Database) -> None:
    woken: list[bool] = []
    outbox.on_publish(lambda: woken.append(True))

    def publish_and_fail() -> None:
        with database.transaction() as session:
            outbox.publish(session, ThingHappened(number=1))
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        publish_and_fail()
    assert outbox.relay(database) == 0
    assert woken == []


def test_a_failing_handler_is_retried_alone(database: Database) -> None:
    good: list[int] = []
    tries: list[int] = []

    def fails_once(_: Session, event: ThingHappened) -> None:
        tries.append(event.number)
        if len(tries) == 1:
            raise RuntimeError("not yet")

    outbox.subscribe(ThingHappened, "good")(lambda _, event: good.append(event.number))
    outbox.subscribe(ThingHappened, "bad")(fails_once)
    with database.transaction() as session:
        outbox.publish(session, ThingHappened(number=1))
    assert outbox.relay(database) == 0
    with database.transaction() as session:
        session.execute(text("UPDATE kernel.outbox SET next_attempt_at = now()"))
    assert outbox.relay(database) == 1
    assert good == [1]
    assert tries == [1, 1]


def test_many_relays_at_once_handle_each_event_once(database: Database) -> None:
    outbox.subscribe(ThingHappened, "count")(lambda *_: None)
    with database.transaction() as session:
        for number in range(100):
            outbox.publish(session, ThingHappened(number=number))
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: outbox.relay(database), range(8)))
    assert sum(done) == 100
    assert _handled(database) == 100
