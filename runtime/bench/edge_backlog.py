"""How fast an outage is made up for: a real gateway, its link cut and given back, while its devices go on.

The gateway is `forewarn edge run`; its devices publish JSON at a broker of their own. The platform is an
embedded PostgreSQL, a broker and one ingest process. All of them share this machine.
"""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import paho.mqtt.client as paho
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

from kernel.db import Database, engine_for
from kernel.errors import Unavailable
from kernel.wire.mqtt_address import MqttAddress
from runtime.bench.figures import Figure, percentile
from runtime.bench.ingest_platform import IngestPlatform, platform
from runtime.bench.ingest_sender import BenchGateway, make_gateway
from runtime.bench.servers import running
from runtime.chaos.proxy import Proxies, Proxy
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.postgres import new_password
from runtime.embedded.service import free_port
from runtime.supervisor.applications import forewarn

LIVE_RATE: Final = 2000
DRAIN_AIM: Final = 10.0
OUTAGE_SECONDS: Final = 60.0
# While the link is away the devices are this much busier, so that a longer outage is left behind.
OUTAGE_HURRY: Final = 4
_MACHINES: Final = 20
_SECONDS_MAX: Final = 300.0
_POLL_SECONDS: Final = 0.05

WAY: Final = (
    "MQTT with JSON, buffer on disk, frames over MQTT through a proxy that was cut, embedded broker, ingest, "
    "PostgreSQL; all on this machine"
)
Say = Callable[[str], None]


def measure_backlog(say: Say, *, outage_seconds: float = OUTAGE_SECONDS) -> list[Figure]:
    """Measure how fast a backlog drains beside live readings, and how late those are meanwhile."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forewarn-bench-")))
        measured = stack.enter_context(platform())
        database = Database(engine_for(measured.database_url))
        stack.callback(database.engine.dispose)
        gateway = make_gateway(database)
        link = stack.enter_context(Proxies()).add(
            "agent-broker", urlsplit(measured.mqtt_url).port or 0
        )
        devices = stack.enter_context(_devices(folder, gateway))
        stack.enter_context(_agent(folder, measured, gateway, link, devices))
        connection = stack.enter_context(psycopg.connect(measured.database_url, autocommit=True))
        return _measure(say, connection, gateway, link, devices, outage_seconds)


class Devices:
    """Machines that publish all their tags `rate` times a second in all, from a thread of their own.

    Attributes:
        url: of their broker.
        hurry: how much faster than usual.
    """

    def __init__(self, url: str, gateway: BenchGateway) -> None:
        self.url = url
        self.hurry = 1
        self._tags = [tag.name for tag in gateway.schema.tags]
        self._stop = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"devices-{uuid4().hex}", protocol=paho.MQTTv5
        )

    def run(self) -> None:
        """Publish until told to stop."""
        address = MqttAddress.parse(self.url)
        self._client.username_pw_set(address.user, address.password)
        self._client.connect(address.host, address.port)
        self._client.loop_start()
        size = len(self._tags) // _MACHINES
        number, due = 0, time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            first = number % _MACHINES * size
            values = {
                name: round(20 + (number * 7 + place) % 1000 / 100, 2)
                for place, name in enumerate(self._tags[first : first + size])
            }
            topic = f"plant/{number % _MACHINES}"
            self._client.publish(topic, json.dumps({"v": values}), qos=1)
            number += 1
            due += size / (LIVE_RATE * self.hurry)
        self._client.disconnect()
        self._client.loop_stop()

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()


@contextmanager
def _devices(folder: Path, gateway: BenchGateway) -> Iterator[Devices]:
    passwords = {user: new_password() for user in ("platform", "edge")}
    broker = EmbeddedMqtt(folder / "devices", free_port(), passwords)
    with running(broker.service(), folder / "devices"):
        devices = Devices(broker.url("edge"), gateway)
        thread = threading.Thread(target=devices.run, name="devices")
        thread.start()
        try:
            yield devices
        finally:
            devices.stop()
            thread.join()


@contextmanager
def _agent(
    folder: Path, measured: IngestPlatform, gateway: BenchGateway, link: Proxy, devices: Devices
) -> Iterator[None]:
    parts = urlsplit(measured.mqtt_url)
    login, _, _ = parts.netloc.rpartition("@")
    broker = parts._replace(netloc=f"{login}@127.0.0.1:{link.port}").geturl()
    size = len(gateway.schema.tags) // _MACHINES
    lines = [
        f"agent = {json.dumps(gateway.agent)}",
        f"[mqtt]\nurl = {json.dumps(broker)}",
        f"[buffer]\npath = {json.dumps(str(folder / 'buffer.sqlite'))}",
        f'[[mqtt_json]]\nname = "plant"\nurl = {json.dumps(devices.url)}\ntopics = ["plant/+"]',
    ]
    for number, tag in enumerate(gateway.schema.tags[: size * _MACHINES]):
        lines.append(
            f'[[mqtt_json.tags]]\npath = "$.v.{tag.name}"\ntopic = "plant/{number // size}"\n'
            f"name = {json.dumps(tag.name)}\nasset = {json.dumps(tag.asset_serial)}\n"
            f"series = {json.dumps(tag.series_name)}"
        )
    config = folder / "edge.toml"
    config.write_text("\n".join(lines))
    service = forewarn(
        "edge", "edge", "run", "--config", str(config),
        environment={"FOREWARN_EDGE_KEY": gateway.key.hex()}, heartbeat_dir=folder,
    )  # fmt: skip
    with running(service, folder):
        yield


def _measure(  # noqa: PLR0917 - the parts of one measurement
    say: Say,
    connection: "psycopg.Connection[tuple[int, ...]]",
    gateway: BenchGateway,
    link: Proxy,
    devices: Devices,
    outage_seconds: float,
) -> list[Figure]:
    def asked(query: str) -> int:
        row = connection.execute(query, (gateway.agent,)).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def stored() -> int:
        return asked("SELECT sum(stored) FROM ingest.ledger WHERE agent_id = %s")

    def buffered() -> int:
        return asked("SELECT buffered FROM ingest.agents WHERE agent_id = %s")

    _until(lambda: stored() > 5 * LIVE_RATE, "live readings do not arrive")
    say(f"cutting the link for {outage_seconds:.0f} s ...")
    link.reset()
    devices.hurry = OUTAGE_HURRY
    time.sleep(outage_seconds)
    devices.hurry = 1
    time.sleep(2)
    say("giving the link back ...")
    before = stored()
    link.heal()
    healed = time.monotonic()
    _until(lambda: stored() > before, "nothing arrives after the outage")
    began, began_at = time.monotonic(), datetime.now(UTC)
    _until(lambda: buffered() > 2 * LIVE_RATE, "the gateway does not say that it has a backlog")
    backlog = buffered()
    _until(lambda: buffered() < LIVE_RATE, "the backlog does not drain")
    seconds = time.monotonic() - began
    ended_at = datetime.now(UTC)
    time.sleep(3)
    delays = [
        row[0]
        for row in connection.execute(
            "SELECT extract(epoch FROM r.recorded_at - r.edge_ts)::float8 FROM telemetry.readings r"
            " JOIN telemetry.series s ON s.id = r.series_id JOIN registry.assets a ON a.id = s.asset_id"
            " WHERE a.serial_number = %s AND r.edge_ts BETWEEN %s AND %s",
            (gateway.schema.tags[0].asset_serial, began_at, ended_at),
        )
    ]
    rate = backlog / seconds
    return [
        Figure("backlog_drain", round(rate / LIVE_RATE, 2), "times live rate", DRAIN_AIM, rows=backlog,
               clients=1,
               path=f"{rate:,.0f} readings/s less waiting, beside {LIVE_RATE:,}/s live; {WAY}"),
        Figure("live delay while a backlog drains, p95", percentile(delays, 0.95), "s", 2.0,
               rows=len(delays), path="taken by the gateway to received by the platform"),
        Figure("link back to first reading stored", round(began - healed, 2), "s", 15.0,
               path="the wait between two attempts to connect grows to 15 s in an outage"),
    ]  # fmt: skip


def _until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise Unavailable(otherwise)
        time.sleep(_POLL_SECONDS)
