"""Devices that speak MQTT 3.1.1, at the embedded broker's second port."""

import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from kernel.db import Database
from kernel.wire.sparkplug import BD_SEQ, DataType, Metric, Payload, encode_payload
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port, running
from tests.integration.ingest.conftest import consuming
from tests.integration.ingest.devices import (
    JSON_MAPPING,
    SPARKPLUG_MAPPING,
    STARTED,
    adopt,
    rows,
    until,
)

LOGINS = {"platform": "p1", "edge": "p2", "plant": "p3"}


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedMqtt]:
    made = EmbeddedMqtt(tmp_path / "mqtt", free_port(), LOGINS, v4_port=free_port())
    with running(made.service(), tmp_path / "logs"):
        yield made


def old_client(broker: EmbeddedMqtt, password: str) -> tuple[paho.Client, threading.Event]:
    client = paho.Client(
        CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311, reconnect_on_failure=False
    )
    client.username_pw_set("plant", password)
    ready = threading.Event()
    client.on_connect = lambda *args: None if args[3].is_failure else ready.set()
    client.connect("127.0.0.1", broker.v4_port)
    client.loop_start()
    return client, ready


def test_what_a_device_with_mqtt_3_says_is_stored_and_it_hears_commands(
    database: Database, broker: EmbeddedMqtt, place: tuple[str, str, str]
) -> None:
    _, site, serial = place
    adopt(database, "devices/#", site, JSON_MAPPING)
    pattern = {"asset": serial, "series": "{metric}"}
    adopt(database, "plant/old", site, {**SPARKPLUG_MAPPING, "patterns": [pattern]})
    device, ready = old_client(broker, LOGINS["plant"])
    asked: list[str] = []
    device.on_message = lambda _, __, message: asked.append(message.topic)
    try:
        assert ready.wait(10)
        device.subscribe("spBv1.0/plant/NCMD/old", 1)
        with consuming(database, broker):
            until(lambda: asked)
            for number in range(50):
                payload = b'{"ts": %d, "temp": %d}' % (STARTED + number, number)
                device.publish(f"devices/{serial}/state", payload, qos=number % 2)
            born = Payload(
                STARTED,
                (Metric(BD_SEQ, 0, DataType.INT64), Metric("flow", 7.5, DataType.DOUBLE, STARTED)),
                0,
            )
            device.publish("spBv1.0/plant/NBIRTH/old", encode_payload(born), qos=0)
            until(lambda: len(rows(database)) == 51)
        assert sorted(row[2] for row in rows(database) if row[0] == "temp") == list(range(50))
        assert ("flow", 0, 7.5, 0) in rows(database)
    finally:
        device.disconnect()
        device.loop_stop()


def test_the_second_port_asks_for_the_same_logins(broker: EmbeddedMqtt) -> None:
    stranger, ready = old_client(broker, "wrong")
    try:
        assert not ready.wait(1)
    finally:
        stranger.loop_stop()
