"""A connection to the broker, and how a machine comes to have one."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from kernel import outbox
from kernel.wire.frames import client_id_of
from tests.integration.gateways.conftest import World
from tests.integration.gateways.site import until


@dataclass
class Broker:
    """Mosquitto."""

    port: int

    def url(self, user: str) -> str:
        return f"mqtt://{user}:{user}-password@127.0.0.1:{self.port}"


class Client:
    """A connection to the broker."""

    def __init__(self, url: str, client_id: str = "", session_expiry_seconds: int = 0) -> None:
        parts = urlsplit(url)
        self.user = parts.username or ""
        self.gateway_id = self.user.rpartition(".")[0]
        self.acknowledged: list[int] = []
        self.granted: list[int] = []
        self.heard: list[str] = []
        self.refused = ""
        self.up = self.ended = False
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id or _client_id(self.user),
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
        )
        self._client.username_pw_set(parts.username, parts.password)
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = lambda *a: self.acknowledged.append(a[3].value)
        self._client.on_subscribe = lambda *a: self.granted.extend(code.value for code in a[3])
        self._client.on_message = lambda _, __, message: self.heard.append(message.topic)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.SessionExpiryInterval = session_expiry_seconds
        self._client.connect(str(parts.hostname), int(parts.port or 0), properties=properties)
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


def _client_id(user: str) -> str:
    """Return the client id a gateway uses; none for others."""
    gateway_id, _, version = user.rpartition(".")
    return client_id_of(gateway_id) if version.isdigit() else ""


def enrol(world: World, gateway_id: str = "") -> str:
    """Enrol as a machine would; returns the broker's address with its login."""
    token = world.token(gateway_id)
    with world.api.anonymous() as client:
        answer = client.post("/edge/enrolments", json={"token": token, "claim": "c" * 43})
    assert answer.json()["broker"]["own_login"] is True
    return str(answer.json()["broker"]["url"])


def relay(world: World) -> None:
    until(lambda: outbox.relay(world.database) == 0)
