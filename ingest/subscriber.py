"""The MQTT 5 side of ingest: one connection, read only as fast as messages can be put away.

A shared subscription, so that replicas share the load; where it is asked for, a session that outlives the
connection, and then every message is acknowledged to the broker by hand, after its transaction, in the order
it came. What tells an agent that a frame is stored is never that, but our own signed answer. Brokers ignore
Receive Maximum, so the bound is our own: while the inbox is full the socket is not read, and TCP holds the
broker back.

Everything here happens in one thread; others hand over what is to be sent through `complete`.
"""

import hashlib
import hmac
import random
import select
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest import metrics
from ingest.delivery import Reply
from ingest.inbox import Inbox, Message
from kernel.log import get_logger
from kernel.settings import Platform, settings
from kernel.wire.mqtt_address import MqttAddress

log = get_logger(__name__)

KINDS: Final = ("frames", "schema", "status")
_GROUP_DIGITS: Final = 32
# What an earlier program subscribed to; a session that was kept has it still.
_FORMER_FILTERS: Final = tuple(f"$share/ingest-{kind}/fw/v1/+/{kind}" for kind in KINDS)
KEEPALIVE_SECONDS: Final = 30
_CONNECT_SECONDS_MAX: Final = 10.0
_WAIT_SECONDS: Final = 0.5
_RETRY_SECONDS: Final = 0.1
_RETRY_SECONDS_MAX: Final = 5.0
# A connection that ends sooner is no reason to hurry: two processes of one client id throw each other out.
_STABLE_SECONDS: Final = 5.0
_SHORT_TOLD: Final = 3


def filters() -> tuple[str, ...]:
    """Return what all replicas subscribe to.

    Who knows a group's name can join it and take a share of its messages, at a broker that does not refuse
    the subscription. The name is therefore a secret, the same for all replicas: made of the master secret.
    A group for each filter: rumqttd gives a message to one filter of a group only, whichever it matches.

    Raises:
        ConfigurationError: there is no master secret.
    """
    name = b"forewarn ingest shared subscription"
    group = hmac.new(settings(Platform).secret(), name, hashlib.sha256).hexdigest()[:_GROUP_DIGITS]
    return tuple(f"$share/{group}-{kind}/fw/v1/+/{kind}" for kind in KINDS)


class Subscriber:
    """Fills the inbox and sends what follows from it.

    Attributes:
        subscribed: whether the broker granted the subscription on the present connection.
    """

    def __init__(
        self, address: MqttAddress, client_id: str, session_expiry_seconds: int, inbox: Inbox
    ) -> None:
        self.subscribed = False
        self._address = address
        self._client_id = client_id
        self._session_expiry_seconds = session_expiry_seconds
        self._inbox = inbox
        self._connection = 0
        self._failure = ""
        self._done: deque[tuple[Sequence[Message], Sequence[Reply]]] = deque()
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.settimeout(0)
        self._client = self._make_client(client_id)
        inbox.on_room = self._wake

    def complete(self, messages: Sequence[Message], replies: Sequence[Reply]) -> None:
        """Acknowledge messages that are put away and send replies; called from any thread."""
        self._done.append((messages, replies))
        self._wake()

    def run(self, stop: threading.Event) -> None:
        """Connect and serve until told to stop, however often the broker goes away."""
        pause_seconds, told, short = _RETRY_SECONDS, "", 0
        while not stop.is_set():
            if not self._inbox.has_room():
                # What a session resumes with comes before anything can be held back.
                stop.wait(_WAIT_SECONDS)
                continue
            began = time.monotonic()
            was_subscribed = self._hold_connection(stop)
            stable = time.monotonic() - began > _STABLE_SECONDS
            if was_subscribed and stable:
                pause_seconds = _RETRY_SECONDS
            if stop.is_set():
                break
            short = short + 1 if was_subscribed and not stable else 0
            if short == _SHORT_TOLD:
                log.error(
                    "the broker ends every connection soon; does another process have this client id? "
                    "See FOREWARN_INGEST_CLIENT_ID",
                    client_id=self._client_id,
                )
            if was_subscribed or self._failure != told:
                told = self._failure
                log.warning("not connected to the broker", broker=str(self._address), reason=told)
            # Replicas that lost the same broker come back one after another.
            stop.wait(pause_seconds * random.uniform(0.5, 1))  # noqa: S311 - no secret
            pause_seconds = min(pause_seconds * 2, _RETRY_SECONDS_MAX)
        self._wake_read.close()
        self._wake_write.close()

    def _wake(self) -> None:
        try:
            self._wake_write.send(b"\0")
        except OSError:
            # Full: it will wake anyway. Closed: there is nothing to wake any more.
            return

    def _make_client(self, client_id: str) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
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
        client.on_subscribe = self._was_subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._arrived
        # Packets are only queued by others' calls; this thread alone writes to the socket.
        client.on_socket_register_write = lambda *_: None
        return client

    def _hold_connection(self, stop: threading.Event) -> bool:
        """Serve one connection until it ends; tell whether it was subscribed."""
        was_subscribed = False
        try:
            self._open()
            deadline = time.monotonic() + _CONNECT_SECONDS_MAX
            while not stop.is_set() and self._client.socket() is not None:
                self._serve_once()
                was_subscribed = was_subscribed or self.subscribed
                if not was_subscribed and time.monotonic() > deadline:
                    self._failure = "the broker did not answer"
                    break
            if stop.is_set():
                self._close_cleanly()
        except OSError as error:  # ssl.SSLError is one
            self._failure = str(error) or type(error).__name__
        finally:
            self.subscribed = False
            metrics.CONNECTED.set(0)
            sock = self._client.socket()
            if sock is not None:
                sock.close()
        return was_subscribed

    def _open(self) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        if self._session_expiry_seconds:
            properties.SessionExpiryInterval = self._session_expiry_seconds
        self._connection += 1
        self._failure = "the connection was lost"
        self._client.connect(
            self._address.host,
            self._address.port,
            KEEPALIVE_SECONDS,
            # rumqttd 0.20 dies when a kept session leaves a shared subscription with messages unacknowledged.
            clean_start=self._session_expiry_seconds == 0,
            properties=properties,
        )

    def _serve_once(self) -> None:
        sock: Any = self._client.socket()
        readers: list[Any] = [self._wake_read]
        # Before the subscription is granted nothing comes that would take room.
        reading = not self.subscribed or self._inbox.has_room()
        if reading:
            readers.append(sock)
        pending = reading and isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        writers = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select(readers, writers, [], 0 if pending else _WAIT_SECONDS)
        if self._wake_read in readable:
            self._wake_read.recv(4096)
        self._send_done()
        if writable or self._client.want_write():
            self._client.loop_write()
        if pending or sock in readable:
            self._client.loop_read()
        self._client.loop_misc()

    def _send_done(self) -> None:
        while self._done:
            messages, replies = self._done.popleft()
            for reply in replies:
                # QoS 0: an agent that misses it sends the frame again and is answered again.
                self._client.publish(reply.topic, reply.payload)
            for message in messages:
                # Packet ids are used anew on every connection: an old one would acknowledge another message.
                if message.message_id and message.connection == self._connection:
                    self._client.ack(message.message_id, 1)

    def _close_cleanly(self) -> None:
        self._send_done()
        self._client.disconnect()
        deadline = time.monotonic() + 1
        while self._client.want_write() and time.monotonic() < deadline:
            if self._client.loop_write() != paho.MQTT_ERR_SUCCESS:
                break

    def _connected(self, client: paho.Client, _: Any, __: Any, code: Any, ___: Any) -> None:
        if code.is_failure:
            self._failure = f"the broker refused the connection: {code}"
            client.disconnect()
            return
        if self._session_expiry_seconds:
            client.unsubscribe(list(_FORMER_FILTERS))
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in filters()])

    def _was_subscribed(
        self, client: paho.Client, _: Any, __: int, codes: list[Any], ___: Any
    ) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            self._failure = f"the broker refused the subscription: {', '.join(refused)}"
            client.disconnect()
            return
        self.subscribed = True
        metrics.CONNECTED.set(1)
        log.info("subscribed at the broker", broker=str(self._address))

    def _disconnected(self, _: Any, __: Any, ___: Any, code: Any, ____: Any) -> None:
        self._failure = f"disconnected: {code}"

    def _arrived(self, client: paho.Client, _: Any, received: paho.MQTTMessage) -> None:
        parts = _topic_of(received).split("/")
        message_id = received.mid if received.qos else 0
        if len(parts) != 4 or parts[3] not in KINDS:  # noqa: PLR2004 - fw/v1/AGENT/KIND
            # Nothing we subscribed to; a broker that sends it is not to be asked again.
            client.ack(message_id, received.qos)
            return
        if message_id and not self._session_expiry_seconds:
            # A session that ends with its connection has nothing to go on with: what is not committed comes
            # again from its agent. Left open, acknowledgements would only hold the broker back (rumqttd at
            # 100 messages, so that a commit and the preparation of the next batch could not overlap).
            client.ack(message_id, received.qos)
            message_id = 0
        self._inbox.put(
            Message(parts[2], parts[3], bytes(received.payload), self._connection, message_id)
        )


def _topic_of(received: paho.MQTTMessage) -> str:
    try:
        return received.topic
    except UnicodeDecodeError:
        return ""
