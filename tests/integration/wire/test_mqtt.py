"""The MQTT link against a real broker."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from kernel.errors import ConfigurationError
from kernel.wire.mqtt import Message, MqttLink, Will
from kernel.wire.mqtt_address import MqttAddress
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import free_port, running


async def until(condition: Callable[[], bool], seconds_max: float = 15) -> None:
    async with asyncio.timeout(seconds_max):
        while not condition():  # noqa: ASYNC110 - the conditions are of plain objects
            await asyncio.sleep(0.01)


async def with_links(body: Callable[[], Awaitable[None]], *links: MqttLink) -> None:
    tasks = [asyncio.create_task(link.run()) for link in links]
    try:
        await body()
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def test_messages_arrive_and_are_acknowledged(mqtt: EmbeddedMqtt) -> None:
    arrived: list[Message] = []
    receiver = MqttLink(
        MqttAddress.parse(mqtt.url("platform")),
        "receiver",
        subscriptions=["link/+/x"],
        on_message=arrived.append,
    )
    sender = MqttLink(MqttAddress.parse(mqtt.url("edge")), "sender")

    async def body() -> None:
        await until(lambda: receiver.up and sender.up)
        for number in range(300):
            assert sender.publish(f"link/{number}/x", b"%d" % number * 200, correlation=b"c")
        await until(lambda: len(arrived) == 300)
        assert {message.topic for message in arrived} == {f"link/{n}/x" for n in range(300)}
        await sender.flush(5)
        assert sender.room == sender.receive_maximum

    asyncio.run(with_links(body, receiver, sender))
    assert not sender.up
    assert not sender.publish("link/1/x", b"late")


def test_a_paused_reader_loses_nothing(mqtt: EmbeddedMqtt) -> None:
    arrived: list[Message] = []
    receiver = MqttLink(
        MqttAddress.parse(mqtt.url("platform")), "pausing", subscriptions=["pause"],
        on_message=arrived.append,
    )  # fmt: skip
    sender = MqttLink(MqttAddress.parse(mqtt.url("edge")), "pusher")

    async def body() -> None:
        await until(lambda: receiver.up and sender.up)
        receiver.pause()
        for _ in range(50):
            sender.publish("pause", b"x")
        await asyncio.sleep(0.3)
        assert not arrived
        receiver.resume()
        await until(lambda: len(arrived) == 50)

    asyncio.run(with_links(body, receiver, sender))


def test_a_wrong_password_is_said(mqtt: EmbeddedMqtt) -> None:
    url = mqtt.url("edge").replace(mqtt.logins["edge"], "wrong")
    link = MqttLink(MqttAddress.parse(url), "intruder")

    async def body() -> None:
        await until(lambda: link.detail not in {"", "not connected yet"})
        assert not link.up
        assert "wrong" not in link.detail

    asyncio.run(with_links(body, link))


def test_a_restarted_broker_is_found_again_and_a_will_is_published(tmp_path: Path) -> None:
    server = EmbeddedMqtt(tmp_path, free_port(), {"edge": "secret"})
    address = MqttAddress.parse(server.url("edge"))
    arrived: list[Message] = []
    watcher = MqttLink(address, "watcher", subscriptions=["wills/#"], on_message=arrived.append)
    changes: list[bool] = []
    link = MqttLink(
        address,
        "mortal",
        will=lambda: Will("wills/mortal", b"gone"),
        on_change=lambda: changes.append(link.up),
    )

    async def body() -> None:
        with running(server.service(), tmp_path):
            await until(lambda: link.up and watcher.up)
        await until(lambda: not link.up and not watcher.up)
        with running(server.service(), tmp_path):
            await until(lambda: link.up and watcher.up)
            # Break the connection without a DISCONNECT.
            link._socket.shutdown(socket.SHUT_RDWR)
            await until(lambda: bool(arrived))
            assert arrived[0].payload == b"gone"

    asyncio.run(with_links(body, link, watcher))
    assert True in changes
    assert False in changes


@pytest.mark.parametrize(
    "url", ["", "http://host", "mqtt://", "mqtt://host:port", "mqtt://h:99999", "mqtt://h/path"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        MqttAddress.parse(url)


def test_an_address_is_read_and_does_not_show_its_password() -> None:
    address = MqttAddress.parse("mqtts://us%40er:p%3Aw@broker")
    assert (address.host, address.port, address.user, address.password, address.tls) == (
        "broker", 8883, "us@er", "p:w", True,
    )  # fmt: skip
    assert "p:w" not in f"{address!r} {address}"
