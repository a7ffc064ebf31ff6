"""What docker-compose.yml gives each process works against Debian's PostgreSQL, Redis and Mosquitto."""

import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import psycopg
import pytest
import redis
from paho.mqtt.enums import CallbackAPIVersion

from runtime.embedded.service import free_port
from runtime.supervisor.applications import FOREWARN, applications
from runtime.supervisor.supervisor import Supervisor
from tests.support import debian
from tests.support.debian import DebianServers

# By the ACL; whether anybody listens is another matter.
ALLOWED = ("Success", "No matching subscribers")
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


@pytest.fixture(scope="module")
def servers() -> Iterator[DebianServers]:
    with debian.started() as running:
        done = subprocess.run(
            [*FOREWARN, *running.services["migrate"]["command"]],
            env=running.environment("migrate"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield running


def test_the_database_keeps_what_it_acknowledged(servers: DebianServers) -> None:
    url = servers.environment("api")["FOREWARN_DATABASE_URL"]
    with psycopg.connect(url) as connection:
        for name in DURABILITY:
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",), name


def test_the_application_cannot_change_tables(servers: DebianServers) -> None:
    url = servers.environment("api")["FOREWARN_DATABASE_URL"]
    for statement in (
        "CREATE TABLE kernel.mine (x int)",
        "DROP TABLE kernel.outbox",
        "CREATE SCHEMA mine",
        "CREATE TABLE public.mine (x int)",
    ):
        with (
            psycopg.connect(url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)


def test_redis_refuses_whoever_has_no_password(servers: DebianServers) -> None:
    url = servers.environment("worker")["FOREWARN_REDIS_URL"]
    with redis.Redis.from_url(url) as client:
        assert client.ping()
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    parts = urlsplit(url)
    with redis.Redis(port=parts.port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


class Client:
    """An MQTT 5 client that notes what it receives and how its requests were answered."""

    def __init__(
        self, url: str, ca_file: Path, user: str | None = None, password: str = ""
    ) -> None:
        parts = urlsplit(url)
        self.received: list[str] = []
        self.reasons: list[str] = []
        self._answered = threading.Semaphore(0)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.username_pw_set(user or parts.username, password or parts.password)
        self._client.tls_set(str(ca_file), tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self._client.on_connect = lambda *a: self._note(str(a[3]))
        self._client.on_subscribe = lambda *a: self._note(str(a[3][0]))
        self._client.on_publish = lambda *a: self._note(str(a[3]))
        self._client.on_message = lambda *a: self.received.append(a[2].topic)
        self._client.connect(str(parts.hostname), int(parts.port or 0))
        self._client.loop_start()

    def _note(self, reason: str) -> None:
        self.reasons.append(reason)
        self._answered.release()

    def answer(self) -> str:
        """Wait for the next answer of the broker."""
        assert self._answered.acquire(timeout=5)
        return self.reasons.pop(0)

    def publish(self, topic: str) -> str:
        """Publish with QoS 1 and return the broker's reason."""
        self._client.publish(topic, b"x", qos=1)
        return self.answer()

    def subscribe(self, topic: str) -> str:
        """Subscribe and return the broker's reason."""
        self._client.subscribe(topic, qos=1)
        return self.answer()

    def heard(self, *topics: str) -> set[str]:
        """Wait until messages on these topics have come; return the topics of all that have."""
        deadline = time.monotonic() + 5
        while not set(topics) <= set(self.received) and time.monotonic() < deadline:
            time.sleep(0.01)
        return set(self.received)

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()
        # Out of its circle of references, so that it closes its own sockets and not the garbage collector.
        for event in ("on_connect", "on_subscribe", "on_publish", "on_message"):
            setattr(self._client, event, None)


def test_the_broker_lets_each_do_its_own_part_only(servers: DebianServers) -> None:
    url = servers.environment("ingest")["FOREWARN_MQTT_URL"]
    edge_password = servers.services["mqtt"]["environment"]["FOREWARN_MQTT_EDGE_PASSWORD"]
    platform = Client(url, servers.ca_file)
    edge = Client(url, servers.ca_file, "edge", edge_password)
    stranger = Client(url, servers.ca_file, "edge", "wrong")
    try:
        assert platform.answer() == edge.answer() == "Success"
        assert stranger.answer() == "Not authorized"
        assert platform.subscribe("$share/ingest/fw/v1/+/frames") == "Granted QoS 1"
        assert edge.subscribe("fw/v1/gw_1/acks") == "Granted QoS 1"
        assert edge.publish("fw/v1/gw_1/frames") == "Success"
        assert platform.publish("fw/v1/gw_1/acks") == "Success"
        assert edge.publish("fw/v1/gw_1/acks") == "Not authorized"
        assert platform.publish("fw/v1/gw_1/frames") == "Not authorized"
        assert platform.heard("fw/v1/gw_1/frames") == {"fw/v1/gw_1/frames"}
        assert edge.heard("fw/v1/gw_1/acks") == {"fw/v1/gw_1/acks"}
    finally:
        for client in (platform, edge, stranger):
            client.close()


@pytest.mark.timeout(300)
def test_every_process_works_with_what_compose_gives_it(
    servers: DebianServers, tmp_path: Path
) -> None:
    supervisor = Supervisor(tmp_path)
    try:
        supervisor.start(
            [
                replace(service, env={**servers.environment(service.name), **service.env})
                for service in applications({}, "127.0.0.1", free_port(), tmp_path)
            ],
            tier=0,
        )
        assert all(facts.restarts == 0 for facts in supervisor.processes.values())
    finally:
        supervisor.close()


def test_a_gateway_with_its_own_login_speaks_for_itself_only(servers: DebianServers) -> None:
    url = servers.environment("ingest")["FOREWARN_MQTT_URL"]
    platform = Client(url, servers.ca_file)
    one, two = (
        Client(url, servers.ca_file, name, password) for name, password in debian.GATEWAYS.items()
    )
    try:
        assert [client.answer() for client in (platform, one, two)] == ["Success"] * 3
        assert platform.subscribe("$share/ingest/fw/v1/+/frames") == "Granted QoS 1"
        assert one.subscribe("fw/v1/gw_one/acks") == "Granted QoS 1"
        assert two.subscribe("fw/v1/gw_two/acks") == "Granted QoS 1"
        for kind in ("frames", "schema", "status"):
            assert one.publish(f"fw/v1/gw_one/{kind}") in ALLOWED
            assert one.publish(f"fw/v1/gw_two/{kind}") == "Not authorized"
        # Mosquitto grants a filter and keeps back what its reader may not read.
        for topic in (
            "fw/v1/gw_two/acks",
            "fw/v1/+/acks",
            "fw/v1/#",
            "$share/ingest/fw/v1/+/frames",
        ):
            one.subscribe(topic)
        assert two.publish("fw/v1/gw_two/frames") == "Success"
        assert two.publish("fw/v1/gw_two/acks") == "Not authorized"
        assert platform.publish("fw/v1/gw_two/acks") == "Success"
        assert platform.publish("fw/v1/gw_one/acks") == "Success"
        assert one.publish("fw/v1/gw_one/status") in ALLOWED
        assert one.heard("fw/v1/gw_one/acks") == {"fw/v1/gw_one/acks"}
        assert two.heard("fw/v1/gw_two/acks") == {"fw/v1/gw_two/acks"}
        assert set(platform.received) <= {"fw/v1/gw_one/frames", "fw/v1/gw_two/frames"}
    finally:
        for client in (platform, one, two):
            client.close()


def test_a_third_party_with_its_own_login_speaks_for_itself_only(servers: DebianServers) -> None:
    url = servers.environment("ingest")["FOREWARN_MQTT_URL"]
    platform = Client(url, servers.ca_file)
    one, two = (
        Client(url, servers.ca_file, name, password) for name, password in debian.GATEWAYS.items()
    )
    try:
        assert [client.answer() for client in (platform, one, two)] == ["Success"] * 3
        for topic in ("spBv1.0/+/+/+", "spBv1.0/+/+/+/+", "devices/#"):
            assert platform.subscribe(topic) == "Granted QoS 1"
        own = [
            *(f"spBv1.0/plant/{kind}/gw_one" for kind in ("NBIRTH", "NDATA", "NDEATH")),
            *(f"spBv1.0/plant/{kind}/gw_one/fan" for kind in ("DBIRTH", "DDATA", "DDEATH")),
            "devices/gw_one/state",
        ]
        for topic in own:
            assert one.publish(topic) == "Success"
            assert two.publish(topic) == "Not authorized"
        assert one.subscribe("spBv1.0/plant/NCMD/gw_one/#") == "Granted QoS 1"
        two.subscribe("spBv1.0/#")
        assert platform.publish("spBv1.0/plant/NCMD/gw_one") == "Success"
        assert platform.publish("devices/gw_one/state") == "Not authorized"
        assert one.publish("spBv1.0/plant/NCMD/gw_two") == "Not authorized"
        command = "spBv1.0/plant/NCMD/gw_one"
        assert platform.heard(*own) - {command} == set(own)
        assert one.heard(command) == {command}
        assert two.received == []
    finally:
        for client in (platform, one, two):
            client.close()
