"""The plant's MQTT devices as somebody at the broker sees them."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.sparkplug import (
    REBIRTH,
    DataType,
    Metric,
    Payload,
    decode_payload,
    encode_payload,
)
from runtime.embedded.mqtt import EmbeddedMqtt
from simulator.devices import CHILLER, FAN, run_devices

NODE_TOPIC = "spBv1.0/plant/{}/chiller-1"


async def _watched(
    mqtt: EmbeddedMqtt,
    work: Callable[[MqttLink, list[Message], asyncio.Task[None]], Awaitable[None]],
) -> None:
    seen: list[Message] = []
    link = MqttLink(
        MqttAddress.parse(mqtt.url("platform")),
        "watcher",
        subscriptions=["plant/#", "spBv1.0/plant/#"],
        on_message=seen.append,
    )
    watching = asyncio.create_task(link.run())
    await _until(lambda: link.up)
    devices = asyncio.create_task(run_devices(MqttAddress.parse(mqtt.url("plant")), 0.05, seed=1))
    try:
        await work(link, seen, devices)
    finally:
        for task in (devices, watching):
            task.cancel()
        await asyncio.gather(devices, watching, return_exceptions=True)


async def _until(true: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for comes from the broker
            await asyncio.sleep(0.02)


def _payloads(seen: list[Message], kind: str) -> list[Payload]:
    return [decode_payload(m.payload) for m in seen if m.topic == NODE_TOPIC.format(kind)]


def test_the_node_is_born_sends_data_in_sequence_and_is_born_again_on_command(
    mqtt: EmbeddedMqtt,
) -> None:
    async def work(link: MqttLink, seen: list[Message], _: "asyncio.Task[None]") -> None:
        await _until(lambda: len(_payloads(seen, "NDATA")) >= 5)
        birth = _payloads(seen, "NBIRTH")[0]
        names = [metric.name for metric in birth.metrics]
        assert names == ["bdSeq", REBIRTH, *(point.name for point in CHILLER)]
        assert birth.seq == 0
        units = {metric.name: metric.properties.get("engUnit") for metric in birth.metrics}
        assert units["supply_temperature"] == "°C"
        data = _payloads(seen, "NDATA")
        assert [payload.seq for payload in data] == list(range(1, len(data) + 1))
        assert [metric.alias for metric in data[0].metrics] == [0, 1, 2]
        command = Metric(name=REBIRTH, value=True, datatype=DataType.BOOLEAN)
        link.publish(NODE_TOPIC.format("NCMD"), encode_payload(Payload(metrics=(command,))))
        await _until(lambda: len(_payloads(seen, "NBIRTH")) == 2)

    asyncio.run(_watched(mqtt, work))


def test_the_fan_sends_json(mqtt: EmbeddedMqtt) -> None:
    async def work(_: MqttLink, seen: list[Message], __: "asyncio.Task[None]") -> None:
        await _until(lambda: any(m.topic == "plant/fan-1/state" for m in seen))
        message = next(json.loads(m.payload) for m in seen if m.topic == "plant/fan-1/state")
        assert set(message["values"]) == {point.name for point in FAN}
        assert message["ts"].endswith("+00:00")

    asyncio.run(_watched(mqtt, work))
