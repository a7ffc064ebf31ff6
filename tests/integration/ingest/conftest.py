"""A running ingest process in this process, a plant behind the broker, and what the database then holds."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol
from uuid import uuid4

import pytest

from ingest.consumer import Consumer
from ingest.settings import Ingest
from kernel.db import Database
from kernel.settings import forget_settings
from kernel.wire.messages import Tag
from registry.assets.service import gateway_key
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.ingest.devices import Device
from tests.integration.ingest.edge import Edge, Plant
from tests.support import factories
from tests.support.http import SECRET


class Broker(Protocol):
    """A broker and how its users sign in."""

    def url(self, user: str) -> str: ...


MakePlant = Callable[..., Plant]
StartConsumer = Callable[..., Consumer]


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FOREWARN_SECRET_KEY", SECRET)
    forget_settings()
    yield
    forget_settings()


@pytest.fixture
def make_plant(database: Database, _secret: None) -> MakePlant:
    """Makes a gateway with an asset of `tags` series; more tags of unknown machines can be added."""

    def make(tags: int = 4, *, kinds: str = "number", more: tuple[Tag, ...] = ()) -> Plant:
        with database.transaction() as session:
            owner = factories.organisation(session)
            place = factories.site(session, owner)
            asset = factories.asset(session, owner, on_site=place)
            gateway = factories.gateway(session, place)
            serial = asset.serial_number
        made = tuple(
            Tag(f"ns=2;s=T{n}", serial, f"t{n}", "mm/s", 0.0, 20.0, "vibration", kinds)
            for n in range(tags)
        )
        return Plant(gateway.id, gateway_key(gateway.id, 1), made + more)

    return make


@contextmanager
def consuming(database: Database, mqtt: Broker, **settings: object) -> Iterator[Consumer]:
    """A consumer with a client id of its own, in threads of this process."""
    chosen = Ingest(**{"client_id": f"ingest-{uuid4().hex}", **settings})  # type: ignore[arg-type]
    consumer = Consumer(database, mqtt.url("platform"), chosen)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            consumer.run()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        ready = threading.Event()
        while not consumer.subscribed and thread.is_alive():
            ready.wait(0.01)
        yield consumer
    finally:
        consumer.stop()
        thread.join(20)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


@pytest.fixture
def consumer(database: Database, mqtt: EmbeddedMqtt) -> Iterator[Consumer]:
    with consuming(database, mqtt) as running:
        yield running


@pytest.fixture
def connect(mqtt: EmbeddedMqtt) -> Iterator[Callable[[Plant], Edge]]:
    """Connects plants to the broker."""
    edges: list[Edge] = []

    def make(plant: Plant) -> Edge:
        edges.append(Edge(mqtt.url("edge"), plant))
        return edges[-1]

    yield make
    for edge in edges:
        edge.close()


@pytest.fixture
def place(database: Database) -> tuple[str, str, str]:
    """Organisation, site and the serial number of a machine there."""
    with database.transaction() as session:
        owner = factories.organisation(session)
        site = factories.site(session, owner)
        asset = factories.asset(session, owner, on_site=site)
        return owner.id, site.id, asset.serial_number


@pytest.fixture
def device(mqtt: EmbeddedMqtt) -> Iterator[Callable[..., Device]]:
    with ExitStack() as stack:

        def make(*topics: str) -> Device:
            made = Device(mqtt.url("plant"), *topics)
            stack.callback(made.close)
            return made

        yield make
