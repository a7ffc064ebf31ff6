"""Of several ingest processes one listens to third parties; the next goes on where it stopped."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from ingest.announcer import Announcer
from ingest.settings import Ingest
from ingest.third_party.leadership import LOCK
from ingest.third_party.runner import ThirdParties
from kernel.db import Database
from kernel.wire.mqtt_address import MqttAddress
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.devices import (
    JSON_MAPPING,
    STARTED,
    Device,
    adopt,
    counts,
    gaps,
    rows,
    until,
)
from tests.support.databases import DatabaseUrls

_HOLDERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid = :high AND objid = :low AND objsubid = 1"
)


@contextmanager
def listening_process(
    database: Database, mqtt: EmbeddedMqtt, session_expiry_seconds: int = 0
) -> Iterator[ThirdParties]:
    """The part of an ingest process that listens to third parties."""
    stop = threading.Event()
    settings = Ingest(
        client_id=f"ingest-{uuid4().hex}", session_expiry_seconds=session_expiry_seconds
    )
    address = MqttAddress.parse(mqtt.url("platform"))
    made = ThirdParties(database, address, settings, Announcer(), stop)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            made.run()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield made
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


def hand_over(database: Database, one: ThirdParties, other: ThirdParties) -> None:
    """Take the lock from a process, as a database that restarts does, until the other one listens alone."""

    not_before = 0.0

    def done() -> bool:
        nonlocal not_before
        if one.listening and not other.listening and time.monotonic() > not_before:
            # Not at once again: meanwhile it could be the other one's, which has yet to connect.
            not_before = time.monotonic() + 5
            with database.transaction() as session:
                session.execute(_HOLDERS, {"high": LOCK >> 32, "low": LOCK & 0xFFFF_FFFF})
        return other.listening and not one.listening

    until(done, 40)


@pytest.mark.parametrize("days_gone", [False, True])
def test_whoever_leads_again_goes_on_after_the_numbers_of_the_other(  # noqa: PLR0917 - fixtures
    database: Database,
    database_urls: DatabaseUrls,
    mqtt: EmbeddedMqtt,
    place: tuple[str, str, str],
    device: Callable[..., Device],
    days_gone: bool,  # noqa: FBT001 - a parameter
) -> None:
    _, site, serial = place
    gateway = adopt(database, "devices/#", site, JSON_MAPPING)
    topic, fan = f"devices/{serial}/state", device()
    sent: list[float] = []

    def send(count: int) -> None:
        for _ in range(count):
            sent.append(float(len(sent)))
            fan.send(topic, {"ts": STARTED + len(sent) * 10, "temp": sent[-1]})
            until(lambda: any(row[2] == sent[-1] for row in rows(database)))

    with listening_process(database, mqtt) as one:
        until(lambda: one.listening)
        send(3)
        with listening_process(database, mqtt) as other:
            hand_over(database, one, other)
            send(6)
            if days_gone:
                with psycopg.connect(database_urls.owner) as connection:
                    connection.execute("DELETE FROM ingest.frames")
            hand_over(database, other, one)
            send(4)
            hand_over(database, one, other)
            send(2)
    assert Counter(row[2] for row in rows(database)) == Counter(sent)
    counted = counts(database, gateway)
    assert (counted.taken, counted.stored, counted.quarantined) == (len(sent), len(sent), 0)
    with database.transaction() as session:
        reused = session.execute(text("SELECT count(*) FROM ingest.quarantine")).scalar()
    assert reused == 0


def test_what_the_broker_kept_is_taken_over_by_the_next(
    database: Database,
    mqtt: EmbeddedMqtt,
    place: tuple[str, str, str],
    device: Callable[..., Device],
) -> None:
    _, site, serial = place
    adopt(database, "devices/#", site, JSON_MAPPING)
    topic, fan = f"devices/{serial}/state", device()

    def send(first: int, last: int) -> None:
        for number in range(first, last):
            fan.send(topic, {"ts": STARTED + number * 10, "temp": float(number)})

    with listening_process(database, mqtt, 60) as one:
        until(lambda: one.listening)
        send(0, 20)
        until(lambda: len(rows(database)) == 20)
    send(20, 50)
    with listening_process(database, mqtt, 60) as other:
        until(lambda: other.listening)
        send(50, 60)
        until(lambda: len(rows(database)) == 60)
    assert sorted(row[2] for row in rows(database)) == [float(n) for n in range(60)]
    assert gaps(database) == []


@pytest.mark.long
def test_a_database_that_was_away_for_everybody_changes_nothing(
    database: Database,
    mqtt: EmbeddedMqtt,
    place: tuple[str, str, str],
    device: Callable[..., Device],
) -> None:
    _, site, serial = place
    adopt(database, "devices/#", site, JSON_MAPPING)
    topic, fan = f"devices/{serial}/state", device()
    with listening_process(database, mqtt) as alone:
        until(lambda: alone.listening)
        for number in range(60):
            if number % 20 == 10:
                with database.transaction() as session:
                    session.execute(_HOLDERS, {"high": LOCK >> 32, "low": LOCK & 0xFFFF_FFFF})
            fan.send(topic, {"ts": STARTED + number * 10, "temp": float(number)})
            time.sleep(0.1)
        until(lambda: len(rows(database)) == 60)
    assert sorted(row[2] for row in rows(database)) == [float(n) for n in range(60)]
    assert gaps(database) == []
