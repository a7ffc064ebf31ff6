"""The MQTT side of third-party sources: one connection, and every message acknowledged after its commit.

Not a shared subscription: the messages of one node must come to one process in their order. Who listens
reads and commits in turn, so that what waits in memory is what one turn took.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.third_party.reader import Message
from kernel.log import get_logger
from kernel.wire.mqtt_address import MqttAddress

log = get_logger(__name__)

KEEPALIVE_SECONDS: Final = 30
# Below the 100 unacknowledged messages at which rumqttd holds back.
MESSAGES_PER_TURN_MAX: Final = 90
BYTES_PER_TURN_MAX: Final = 16 * 1024 * 1024
_CONNECT_SECONDS_MAX: Final = 10.0


class Listener:
    """A connection to the platform's broker, used by one thread.

    Attributes:
        up: connected, and every subscription granted.
        resumed: the broker kept what came since the connection before.
    """

    def __init__(self, address: MqttAddress, client_id: str, session_expiry_seconds: int) -> None:
        self.up = False
        self.resumed = False
        self._address = address
        self._client_id = client_id
        self._session_expiry_seconds = session_expiry_seconds
        self._client: paho.Client | None = None
        self._heard: list[Message] = []
        self._bytes = 0
        self._filters: set[str] = set()
        self._wanted: list[str] = []
        self._failure = ""
        self._told = ""

    @property
    def open(self) -> bool:
        """Whether there is a connection, up or about to be."""
        return self._client is not None

    def listen_to(self, filters: Sequence[str]) -> None:
        """Say which topics are wanted from now on."""
        self._wanted = list(filters)
        if self.up and self._client is not None:
            wanted = set(filters)
            if gone := self._filters - wanted:
                self._client.unsubscribe(sorted(gone))
            if new := wanted - self._filters:
                self._client.subscribe([(t, SubscribeOptions(qos=1)) for t in sorted(new)])
            self._filters = wanted

    def connect(self) -> bool:
        """Connect unless connected; returns whether it is, or may become so soon."""
        if self._client is not None:
            return True
        self._failure = ""
        client = self._make_client()
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.SessionExpiryInterval = self._session_expiry_seconds
        try:
            client.connect(
                self._address.host,
                self._address.port,
                KEEPALIVE_SECONDS,
                clean_start=self._session_expiry_seconds == 0,
                properties=properties,
            )
        except (OSError, ValueError) as error:
            self._tell(str(error))
            return False
        self._client = client
        return True

    def turn(self, seconds: float) -> list[Message]:
        """Return what comes in about this time, no more than a turn may hold; [] when it is not connected."""
        deadline = time.monotonic() + seconds
        while self._client is not None:
            left = deadline - time.monotonic()
            full = len(self._heard) >= MESSAGES_PER_TURN_MAX or self._bytes >= BYTES_PER_TURN_MAX
            if left <= 0 or full:
                break
            code = self._client.loop(min(left, 0.05 if self._heard else left))
            if code != paho.MQTT_ERR_SUCCESS:
                self.close(self._failure or paho.error_string(code))
            elif self._failure:
                self.close(self._failure)
        heard, self._heard, self._bytes = self._heard, [], 0
        return heard

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker that these are put away; those of a connection that is gone will come again."""
        if self._client is None:
            return
        for message in messages:
            if message.message_id:
                self._client.ack(message.message_id, 1)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a command, once at most."""
        if self._client is not None:
            self._client.publish(topic, payload, qos=0)

    def close(self, reason: str = "") -> None:
        """End the connection; `reason` is why, when it ended by itself."""
        client, self._client = self._client, None
        self.up, self._filters = False, set()
        self._heard, self._bytes = [], 0
        if client is not None:
            client.on_disconnect = None
            client.disconnect()
            sock = client.socket()
            if sock is not None:
                client.loop_write()
                sock.close()
        if reason:
            self._tell(reason)

    def _tell(self, reason: str) -> None:
        if reason != self._told:
            self._told = reason
            log.warning("not listening to third parties", broker=str(self._address), reason=reason)

    def _make_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = _CONNECT_SECONDS_MAX
        if self._address.user:
            client.username_pw_set(self._address.user, self._address.password)
        if self._address.tls:
            client.tls_set_context(self._address.tls_context())
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = lambda *args: self._fail(f"disconnected: {args[3]}")
        client.on_message = self._arrived
        return client

    def _fail(self, reason: str) -> None:
        self._failure = self._failure or reason

    def _connected(self, client: paho.Client, _: Any, flags: Any, code: Any, __: Any) -> None:
        if code.is_failure:
            self._fail(f"the broker refused the connection: {code}")
            return
        self.resumed = bool(flags.session_present)
        self._filters = set(self._wanted)
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._wanted])

    def _subscribed(self, _: Any, __: Any, ___: int, codes: list[Any], ____: Any) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            log.warning("the broker refused subscriptions", reasons=refused)
        if len(refused) == len(codes):
            self._fail(f"the broker refused the subscription: {', '.join(refused)}")
        elif not self.up:
            self.up, self._told = True, ""
            log.info("listening to third parties", broker=str(self._address))

    def _arrived(self, client: paho.Client, _: Any, received: paho.MQTTMessage) -> None:
        message_id = received.mid if received.qos else 0
        try:
            topic = received.topic
        except UnicodeDecodeError:
            client.ack(message_id, received.qos)
            return
        payload = bytes(received.payload)
        self._bytes += len(payload)
        self._heard.append(Message(topic, payload, bool(received.retain), message_id))
