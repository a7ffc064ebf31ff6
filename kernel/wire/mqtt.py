"""One MQTT 5 connection inside an asyncio loop, made anew with back-off whenever it is lost.

paho-mqtt does the protocol; the loop reads and writes its socket, so that every callback runs in the loop
and nothing is shared between threads. Each connection is a client and a session of its own (clean start):
what has to survive a lost connection is resent by whoever keeps it on disk, never from memory here.
"""

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from kernel.log import get_logger
from kernel.wire.mqtt_address import MqttAddress

CONNECT_SECONDS_MAX = 10.0
_RETRY_SECONDS = 0.5
_RETRY_SECONDS_MAX = 15.0
_RECEIVE_MAXIMUM_DEFAULT = 65_535
_TICK_SECONDS = 1.0
# A connection that lasts as long is one; so many in a row that do not are a sign.
_STEADY_SECONDS = 10.0
BRIEF_MANY = 3

_log = get_logger(__name__)


@dataclass(frozen=True)
class Message:
    """A message that arrived."""

    topic: str
    payload: bytes
    retained: bool = False


@dataclass(frozen=True)
class Will:
    """What the broker publishes when the connection breaks."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


class MqttLink:
    """A connection that comes back.

    Attributes:
        up: connected, and every subscription granted.
        detail: why it is not up, for people; empty when it is.
        receive_maximum: how many QoS 1 messages may await the broker's acknowledgement.
        delay_seconds: how long the message took that the broker acknowledged last.
        brief: how many connections in a row came up and were lost within seconds. Two clients with one id
            do that to each other, for ever.
    """

    def __init__(
        self,
        address: MqttAddress,
        client_id: str,
        *,
        subscriptions: Sequence[str] = (),
        on_message: Callable[[Message], None] | None = None,
        on_change: Callable[[], None] | None = None,
        will: Callable[[], Will] | None = None,
        keepalive_seconds: int = 20,
    ) -> None:
        """Prepare a link; `run` connects it.

        Args:
            address: the broker.
            client_id: unique at the broker: a second holder takes the connection over.
            subscriptions: topic filters, subscribed with QoS 1.
            on_message: called in the loop; what it raises is logged.
            on_change: called after `up` changed, and when the broker made room for another message.
            will: asked once per connection.
            keepalive_seconds: silence after which a ping is sent, and as long again the connection is lost.
        """
        self.up = False
        self.detail = "not connected yet"
        self.receive_maximum = _RECEIVE_MAXIMUM_DEFAULT
        self._address = address
        self._client_id = client_id
        self._subscriptions = list(subscriptions)
        self._on_message = on_message or (lambda _: None)
        self._on_change = on_change or (lambda: None)
        self._will = will
        self._keepalive_seconds = keepalive_seconds
        self._client: paho.Client | None = None
        self._socket: Any = None
        self._lost: asyncio.Future[str] | None = None
        self.delay_seconds = 0.0
        self.brief = 0
        self._unacked: dict[int, float] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._paused = False

    @property
    def room(self) -> int:
        """How many more QoS 1 messages may be published now."""
        return self.receive_maximum - len(self._unacked) if self.up else 0

    @property
    def waiting_seconds(self) -> float:
        """How long the oldest message waits for the broker's acknowledgement; 0 when none does."""
        return time.monotonic() - next(iter(self._unacked.values())) if self._unacked else 0.0

    async def run(self) -> None:
        """Connect, and connect again when the connection is lost, until cancelled."""
        delay, told = _RETRY_SECONDS, ""
        while True:
            began = time.monotonic()
            was_up, reason = await self._connection()
            self._count_brief(was_up=was_up, lasted=time.monotonic() - began)
            if was_up and self.brief < BRIEF_MANY:
                delay = _RETRY_SECONDS
            if was_up or reason != told:
                told = reason
                _log.warning("mqtt connection lost" if was_up else "mqtt connection failed",
                             broker=str(self._address), reason=reason)  # fmt: skip
            await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - spreads reconnections
            delay = min(delay * 2, _RETRY_SECONDS_MAX)

    def _count_brief(self, *, was_up: bool, lasted: float) -> None:
        if lasted >= _STEADY_SECONDS:
            self.brief = 0
        elif was_up:
            self.brief += 1
            if self.brief == BRIEF_MANY:
                _log.warning("mqtt connections do not last: perhaps another client has the same id",
                             broker=str(self._address), client_id=self._client_id)  # fmt: skip

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        response_topic: str = "",
        correlation: bytes = b"",
    ) -> bool:
        """Hand a message to the connection; False when there is none to hand it to."""
        if self._client is None or not self.up:
            return False
        properties = None
        if response_topic or correlation:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it untyped
            if response_topic:
                properties.ResponseTopic = response_topic
            if correlation:
                properties.CorrelationData = correlation
        info = self._client.publish(topic, payload, qos, retain, properties)
        if qos:
            self._unacked[info.mid] = time.monotonic()
            self._idle.clear()
        return info.rc == paho.MQTT_ERR_SUCCESS

    def use(self, address: MqttAddress) -> None:
        """Connect to another address, or with another login, from now on."""
        if address != self._address:
            self._address = address
            self._end("connecting with another login")

    def pause(self) -> None:
        """Stop reading, so that the broker holds back: the reader of the messages is behind."""
        if not self._paused:
            self._paused = True
            if self._socket is not None:
                asyncio.get_running_loop().remove_reader(self._socket)

    def resume(self) -> None:
        """Read again."""
        if self._paused:
            self._paused = False
            if self._socket is not None:
                self._watch_reads()

    async def flush(self, seconds_max: float) -> None:
        """Wait until the broker has acknowledged what was published, or the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds_max):
                await self._idle.wait()

    async def _connection(self) -> tuple[bool, str]:
        """Hold one connection; returns whether it came up, and why it ended."""
        loop = asyncio.get_running_loop()
        self._lost = loop.create_future()
        was_up = False
        try:
            client = self._new_client()
            await self._connect(client)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            self._set_down(str(error) or type(error).__name__)
            return False, self.detail
        self._client, self._unacked = client, {}
        try:
            self._attach(client)
            deadline = loop.time() + CONNECT_SECONDS_MAX
            while not self._lost.done():
                await asyncio.wait([self._lost], timeout=_TICK_SECONDS)
                was_up = was_up or self.up
                if self.up and loop.time() > deadline - CONNECT_SECONDS_MAX + _STEADY_SECONDS:
                    self.brief = 0
                if client.loop_misc() != paho.MQTT_ERR_SUCCESS:
                    self._end("the broker went silent")
                if not was_up and loop.time() > deadline:
                    self._end("the broker did not answer the connection request")
            return was_up, self._lost.result()
        finally:
            self._detach(client)

    async def _connect(self, client: paho.Client) -> None:
        """Open the socket and send CONNECT, in a thread: names are resolved and TLS agreed there."""
        attempt = asyncio.get_running_loop().run_in_executor(
            None,
            lambda: client.connect(
                self._address.host,
                self._address.port,
                self._keepalive_seconds,
                clean_start=True,
            ),
        )
        try:
            await asyncio.shield(attempt)
        except asyncio.CancelledError:
            attempt.add_done_callback(lambda _: _close(client))
            raise

    def _new_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_SECONDS_MAX
        client.max_inflight_messages = 0  # counted here, against the broker's own limit
        if self._address.user:
            client.username_pw_set(self._address.user, self._address.password)
        if self._address.tls:
            client.tls_set_context(self._address.tls_context())
        if self._will is not None:
            will = self._will()
            client.will_set(will.topic, will.payload, will.qos, will.retain)
        client.on_connect = self._connected
        client.on_disconnect = lambda *args: self._end(f"disconnected: {args[3]}")
        client.on_subscribe = self._subscribed
        client.on_message = self._arrived
        client.on_publish = self._acknowledged
        return client

    def _attach(self, client: paho.Client) -> None:
        self._socket = client.socket()
        client.on_socket_close = lambda *_: self._forget_socket()
        client.on_socket_register_write = lambda *_: self._watch_writes(client)
        client.on_socket_unregister_write = lambda *_: self._unwatch_writes()
        if self._socket is None:
            self._end("the connection was closed at once")
            return
        if not self._paused:
            self._watch_reads()
        if client.want_write():
            self._watch_writes(client)

    def _watch_reads(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket, self._readable)

    def _watch_writes(self, client: paho.Client) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().add_writer(self._socket, client.loop_write)

    def _unwatch_writes(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_writer(self._socket)

    def _readable(self) -> None:
        client, sock = self._client, self._socket
        if client is None or sock is None:
            return
        client.loop_read()
        # What TLS has already decrypted does not make the socket readable again.
        if isinstance(self._socket, ssl.SSLSocket) and not self._paused and self._socket.pending():
            asyncio.get_running_loop().call_soon(self._readable)

    def _forget_socket(self) -> None:
        if self._socket is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            self._socket = None

    def _detach(self, client: paho.Client) -> None:
        # The handlers refer to the loop; nothing of this connection may reach them from here on.
        client.on_disconnect = client.on_socket_close = None
        client.on_socket_register_write = client.on_socket_unregister_write = None
        self._forget_socket()
        if self.up and self._lost is not None and not self._lost.done():
            client.disconnect()
            client.loop_write()
        _close(client)
        self._client = None
        reason = self._lost.result() if self._lost is not None and self._lost.done() else "stopped"
        self._set_down(reason)

    def _end(self, reason: str) -> None:
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(reason)

    def _set_down(self, reason: str) -> None:
        changed, self.up, self.detail = self.up or self.detail != reason, False, reason
        self._unacked = {}
        self._idle.set()
        if changed:
            self._on_change()

    def _connected(
        self, client: paho.Client, _: Any, __: Any, code: Any, properties: Properties | None
    ) -> None:
        if code.is_failure:
            self._end(f"the broker refused the connection: {code}")
            return
        limit = getattr(properties, "ReceiveMaximum", _RECEIVE_MAXIMUM_DEFAULT)
        self.receive_maximum = limit or _RECEIVE_MAXIMUM_DEFAULT
        if self._subscriptions:
            client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._subscriptions])
        else:
            self._came_up()

    def _subscribed(self, _: Any, __: Any, ___: int, codes: list[Any], ____: Any) -> None:
        refused = [
            topic
            for topic, code in zip(self._subscriptions, codes, strict=False)
            if code.is_failure
        ]
        if refused:
            self._end(f"the broker refused the subscription to {', '.join(refused)}")
        else:
            self._came_up()

    def _came_up(self) -> None:
        self.up, self.detail = True, ""
        _log.info("mqtt connected", broker=str(self._address), client_id=self._client_id)
        self._on_change()

    def _arrived(self, _: Any, __: Any, message: paho.MQTTMessage) -> None:
        try:
            self._on_message(Message(message.topic, bytes(message.payload), message.retain))
        except Exception:  # noqa: BLE001 - an error in a handler must not tear the protocol's state
            _log.exception("a message could not be handled", broker=str(self._address))

    def _acknowledged(self, _: Any, __: Any, mid: int, code: Any, ___: Any) -> None:
        sent_at = self._unacked.pop(mid, None)
        if sent_at is not None:
            self.delay_seconds = time.monotonic() - sent_at
        if not self._unacked:
            self._idle.set()
        if code.is_failure:
            _log.warning(
                "the broker refused a message", broker=str(self._address), reason=str(code)
            )
        self._on_change()


def _close(client: paho.Client) -> None:
    sock = client.socket()
    if sock is not None:
        sock.close()
