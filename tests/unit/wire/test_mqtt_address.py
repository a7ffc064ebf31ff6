"""Addresses of brokers tell no passwords; a connection whose handshake fails does not stay open."""

import socket
import ssl
import threading
from contextlib import suppress

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from kernel.errors import ConfigurationError
from kernel.wire.mqtt_address import MqttAddress


def test_an_address_that_cannot_be_read_does_not_repeat_the_password() -> None:
    with pytest.raises(ConfigurationError) as caught:
        MqttAddress.parse("mqtt://user:sec/ret@broker:1883")
    assert "sec" not in caught.value.detail


def test_a_failed_handshake_closes_its_connection() -> None:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def refuse() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.settimeout(5)
                peer.recv(4096)
                peer.sendall(b"no TLS here, whatever you ask\r\n" * 4)
                with suppress(ConnectionResetError):  # what it had not read when it closed
                    while peer.recv(4096):
                        pass
                ended.set()

        threading.Thread(target=refuse, daemon=True).start()
        client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        client.tls_set_context(MqttAddress.parse(f"mqtts://127.0.0.1:{port}").tls_context())
        with pytest.raises(ssl.SSLError) as kept:
            client.connect("127.0.0.1", port)
        # The error, and with it everything on its way, is still there.
        assert ended.wait(2), kept.value
