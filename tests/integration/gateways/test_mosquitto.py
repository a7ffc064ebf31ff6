"""Gateways with logins of their own at Mosquitto, through its dynamic security plugin."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from kernel import outbox
from kernel.clock import utc_now
from kernel.settings import forget_settings
from registry import handlers
from registry.gateways import keys, repository
from runtime.embedded.service import Service, answers, free_port, running
from tests.integration.gateways.conftest import World
from tests.integration.gateways.site import Site, until
from tests.integration.ingest.conftest import consuming
from tests.support import debian

PASSWORDS = {
    "FOREWARN_MQTT_PLATFORM_PASSWORD": "platform-password",
    "FOREWARN_MQTT_EDGE_PASSWORD": "edge-password",
    "FOREWARN_MQTT_ADMIN_PASSWORD": "admin-password",
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Mosquitto with the deployed start script, logins and topic rights; without TLS."""
    installation = debian.require()
    chosen = free_port()
    with tempfile.TemporaryDirectory(prefix="forewarn-mosquitto-") as name:
        data = Path(name)
        data.chmod(0o755)
        shutil.copy(debian.DEPLOY / "mosquitto" / "acl", data / "acl")
        config = data / "mosquitto.conf"
        config.write_text(
            f"listener {chosen} 127.0.0.1\nallow_anonymous false\n"
            f"password_file {data}/passwords\nacl_file {data}/acl\n"
        )
        argv = ["/bin/sh", str(debian.DEPLOY / "mosquitto" / "start.sh"), str(config), str(data)]
        env = {**PASSWORDS, "PATH": f"{installation.mosquitto.parent}:{debian.PATH}"}
        with running(Service("mosquitto", argv, lambda: answers(chosen), env), data / "logs"):
            yield chosen


@pytest.fixture(autouse=True)
def _own_logins(port: int, monkeypatch: pytest.MonkeyPatch, _gateway_settings: None) -> None:
    assert handlers.sync_broker_logins, "imported, it listens to the changes"
    monkeypatch.setenv("FOREWARN_GATEWAYS_MQTT_URL", f"mqtt://127.0.0.1:{port}")
    monkeypatch.setenv(
        "FOREWARN_GATEWAYS_BROKER_ADMIN_URL", f"mqtt://broker-admin:admin-password@127.0.0.1:{port}"
    )
    forget_settings()


class Client:
    """A connection to the broker."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.acknowledged: list[int] = []
        self.granted: list[int] = []
        self.heard: list[str] = []
        self.refused = ""
        self.up = self.ended = False
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, reconnect_on_failure=False
        )
        self._client.username_pw_set(parts.username, parts.password)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = lambda *a: self.acknowledged.append(a[3].value)
        self._client.on_subscribe = lambda *a: self.granted.extend(code.value for code in a[3])
        self._client.on_message = lambda _, __, message: self.heard.append(message.topic)
        self._client.connect(str(parts.hostname), int(parts.port or 0))
        self._client.loop_start()
        # A login that is just changing may be thrown out before it is answered.
        until(lambda: self.up or self.refused or self.ended)

    def _connected(self, _: Any, __: Any, ___: Any, code: Any, ____: Any) -> None:
        self.up, self.refused = not code.is_failure, str(code) if code.is_failure else ""

    def _disconnected(self, *_: Any) -> None:
        self.up, self.ended = False, True

    def publish(self, topic: str) -> int:
        """Publish something; returns the broker's reason code, 135 for what is not allowed."""
        before = len(self.acknowledged)
        self._client.publish(topic, b"x", qos=1)
        until(lambda: len(self.acknowledged) > before)
        return self.acknowledged[-1]

    def subscribe(self, topic: str) -> int:
        before = len(self.granted)
        self._client.subscribe(topic, 1)
        until(lambda: len(self.granted) > before)
        return self.granted[-1]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _enrol(world: World) -> str:
    """Enrol as a machine would; returns the broker's address with its login."""
    with world.api.anonymous() as client:
        answer = client.post("/edge/enrolments", json={"token": world.token(), "claim": "c" * 43})
    assert answer.json()["broker"]["own_login"] is True
    return str(answer.json()["broker"]["url"])


def _relay(world: World) -> None:
    until(lambda: outbox.relay(world.database) == 0)


def test_a_gateway_has_its_own_topics_and_no_others(world: World, port: int) -> None:
    url = _enrol(world)
    _relay(world)
    client = Client(url)
    assert world.gateway["own_broker_login"] is True
    own, other = f"fw/v1/{world.gateway_id}", "fw/v1/gw_other"
    for name in ("frames", "schema", "status"):
        assert client.publish(f"{own}/{name}") in {0, 16}, name
        assert client.publish(f"{other}/{name}") == 135, name
    assert client.publish(f"{own}/acks") == 135
    assert client.publish("$CONTROL/dynamic-security/v1") == 135
    assert client.subscribe(f"{own}/acks") == 1
    # Beside a file of topic rights Mosquitto grants every subscription; what counts is what is delivered.
    for topic in (f"{other}/acks", "fw/v1/+/acks", "fw/v1/#", "#", "$SYS/#", f"{own}/frames"):
        client.subscribe(topic)
    platform = Client(f"mqtt://platform:platform-password@127.0.0.1:{port}")
    shared = Client(f"mqtt://edge:edge-password@127.0.0.1:{port}")
    shared.publish(f"{other}/frames")
    platform.publish(f"{other}/acks")
    platform.publish(f"{own}/acks")
    until(lambda: client.heard)
    time.sleep(0.3)
    assert set(client.heard) == {f"{own}/acks"}
    for each in (client, platform, shared):
        each.close()


def test_revoking_disconnects_at_once_and_for_good(world: World) -> None:
    url = _enrol(world)
    _relay(world)
    client = Client(url)
    assert client.up
    world.post(f"/gateways/{world.gateway_id}/revoke")
    _relay(world)
    until(lambda: not client.up)
    client.close()
    again = Client(url)
    assert again.refused
    again.close()


def test_a_new_key_brings_a_new_login_and_the_old_one_ends_with_the_old_key(world: World) -> None:
    old = _enrol(world)
    _relay(world)
    # A machine ends it by itself when it first checks in.
    world.post(f"/gateways/{world.gateway_id}/key/end-former")
    offered = world.post(f"/gateways/{world.gateway_id}/key/rotate")
    assert offered["key_state"]["state"] == "preparing"
    _relay(world)
    assert world.gateway["key_state"]["state"] == "offered"
    with world.database.transaction() as session:
        row = repository.locked(session, world.gateway_id)
        assert row is not None
        keys.confirm_key(session, row, utc_now())
        new = keys.broker_url(world.gateway_id, row.key_version)
    _relay(world)
    for url in (old, new):
        client = Client(url)
        assert client.up
        client.close()
    world.post(f"/gateways/{world.gateway_id}/key/end-former")
    _relay(world)
    refused, taken = Client(old), Client(new)
    assert refused.refused
    assert taken.up
    refused.close()
    taken.close()


@dataclass
class Broker:
    """Mosquitto, as an ingest process is told of it."""

    port: int

    def url(self, user: str) -> str:
        return f"mqtt://{user}:{user}-password@127.0.0.1:{self.port}"


@contextmanager
def _relaying(world: World) -> Iterator[None]:
    """Deliver events as the worker does."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.2):
            outbox.relay(world.database)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def _is_refused(url: str) -> bool:
    client = Client(url)
    client.close()
    return bool(client.refused)


def test_a_gateway_goes_over_to_its_new_login_by_itself(
    world: World, site: Site, port: int
) -> None:
    with _relaying(world), consuming(world.database, Broker(port)):
        world.enrol()
        with site.gateway(world.config):
            world.map(site.plc.url, [0, 1, 2])
            world.wait_for("applied")
            site.count_up(5)
            until(lambda: world.gateway["stored"] >= 12)
            until(lambda: world.gateway["key_state"]["state"] == "current")
            assert not _is_refused(keys.broker_url(world.gateway_id, 2))
            world.post(f"/gateways/{world.gateway_id}/key/rotate")
            site.count_up(20)
            until(lambda: world.gateway["key_state"]["version"] == 3)
            until(lambda: world.gateway["key_state"]["state"] == "current")
            until(lambda: _is_refused(keys.broker_url(world.gateway_id, 2)))
            assert not _is_refused(keys.broker_url(world.gateway_id, 3))
            site.count_up(5)
            gateway = until(
                lambda: (
                    (g := world.gateway)["buffered"] == 0
                    and g["taken"] == g["stored"] + g["quarantined"]
                    and g["stored"] >= 72
                    and g
                )
            )
            assert gateway["quarantined"] == 0


def test_the_platforms_other_logins_are_as_they_were(world: World, port: int) -> None:
    platform = Client(f"mqtt://platform:platform-password@127.0.0.1:{port}")
    assert platform.publish(f"fw/v1/{world.gateway_id}/acks") in {0, 16}
    assert platform.subscribe("fw/v1/+/frames") == 1
    assert platform.publish("$CONTROL/dynamic-security/v1") == 135
    platform.close()
    shared = Client(f"mqtt://edge:edge-password@127.0.0.1:{port}")
    assert shared.publish("fw/v1/gw_by_hand/frames") in {0, 16}
    shared.close()


def test_a_broker_that_is_away_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = urlsplit("mqtt://broker-admin:admin-password@127.0.0.1:1")
    monkeypatch.setenv("FOREWARN_GATEWAYS_BROKER_ADMIN_URL", urlunsplit(parts))
    forget_settings()
    world.post(f"/gateways/{world.gateway_id}/key/rotate")
    assert outbox.relay(world.database) == 0
    assert world.gateway["key_state"]["state"] == "preparing"
