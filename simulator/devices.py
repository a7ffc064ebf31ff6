"""Two devices that speak MQTT: a fan that sends plain JSON, and a chiller that is a Sparkplug B edge node."""

import asyncio
import json
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from kernel.log import get_logger
from kernel.wire.errors import WireError
from kernel.wire.mqtt import Message, MqttLink, Will
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.sparkplug import (
    BD_SEQ,
    REBIRTH,
    SEQ_MODULUS,
    DataType,
    Metric,
    Payload,
    Topic,
    decode_payload,
    encode_payload,
)

JSON_TOPIC = "plant/fan-1/state"
SPARKPLUG_GROUP = "plant"
SPARKPLUG_NODE = "chiller-1"

_log = get_logger(__name__)


@dataclass(frozen=True)
class DevicePoint:
    """One value of a device."""

    name: str
    unit: str
    low: float
    high: float
    kind: str
    mean: float
    swing: float
    noise: float


FAN = (
    DevicePoint("vibration", "mm/s", 0, 20, "vibration", 1.9, 0.3, 0.05),
    DevicePoint("motor_current", "A", 0, 40, "current", 11.5, 1.5, 0.15),
    DevicePoint("airflow", "m³/h", 0, 9000, "flow", 5200, 600, 40),
)
CHILLER = (
    DevicePoint("supply_temperature", "°C", -10, 40, "temperature", 7.0, 0.6, 0.05),
    DevicePoint("return_temperature", "°C", -10, 40, "temperature", 12.2, 0.9, 0.06),
    DevicePoint("compressor_power", "kW", 0, 80, "power", 33.0, 5.0, 0.4),
)


def sample(points: tuple[DevicePoint, ...], at: float, noise: random.Random) -> dict[str, float]:
    """Return the values of a device at a time, seconds since 1970."""
    swing = math.sin(2 * math.pi * at / 1500.0)
    return {p.name: p.mean + p.swing * swing + noise.gauss(0, p.noise) for p in points}


async def run_json_device(address: MqttAddress, interval_seconds: float, seed: int) -> None:
    """Publish the fan's state as JSON until cancelled: `{"ts": ISO 8601, "values": {name: number}}`."""
    noise = random.Random(f"fan/{seed}")  # noqa: S311 - signals, not secrets
    link = MqttLink(address, "forewarn-plant-fan-1")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(link.run())
        while True:
            now = time.time()
            message = {
                "ts": datetime.fromtimestamp(now, UTC).isoformat(),
                "values": {k: round(v, 4) for k, v in sample(FAN, now, noise).items()},
            }
            link.publish(JSON_TOPIC, json.dumps(message).encode())
            await asyncio.sleep(interval_seconds)


class SparkplugNode:
    """The chiller: birth with names, aliases and units, data by alias, rebirth on command, death by will."""

    def __init__(self, address: MqttAddress, interval_seconds: float, seed: int) -> None:
        self._interval_seconds = interval_seconds
        self._noise = random.Random(f"chiller/{seed}")  # noqa: S311 - signals, not secrets
        self._bd_seq = -1
        self._seq = 0
        self._birth_due = True
        self._link = MqttLink(
            address,
            "forewarn-plant-chiller-1",
            subscriptions=[self._topic("NCMD")],
            on_message=self._commanded,
            on_change=self._changed,
            will=self._will,
        )
        self._was_up = False

    async def run(self) -> None:
        """Publish until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._link.run())
            while True:
                if self._link.up:
                    self._publish_next()
                await asyncio.sleep(self._interval_seconds)

    def _publish_next(self) -> None:
        now = time.time()
        values = sample(CHILLER, now, self._noise)
        if self._birth_due:
            self._birth_due = False
            self._seq = 0
            self._publish("NBIRTH", [self._bd_seq_metric(), _rebirth_metric()], values, now)
        else:
            self._seq = (self._seq + 1) % SEQ_MODULUS
            self._publish("NDATA", [], values, now)

    def _publish(
        self, kind: str, first: list[Metric], values: dict[str, float], now: float
    ) -> None:
        named = kind == "NBIRTH"
        at_ms = int(now * 1000)
        metrics = [
            Metric(
                name=point.name if named else "",
                value=values[point.name],
                datatype=DataType.DOUBLE,
                timestamp_ms=at_ms,
                alias=alias,
                properties=_birth_properties(point) if named else {},
            )
            for alias, point in enumerate(CHILLER)
        ]
        payload = Payload(timestamp_ms=at_ms, metrics=(*first, *metrics), seq=self._seq)
        self._link.publish(self._topic(kind), encode_payload(payload), qos=0)

    def _will(self) -> Will:
        # A new number for each connection pairs this death with the birth that follows.
        self._bd_seq = (self._bd_seq + 1) % SEQ_MODULUS
        payload = Payload(timestamp_ms=int(time.time() * 1000), metrics=(self._bd_seq_metric(),))
        return Will(self._topic("NDEATH"), encode_payload(payload))

    def _bd_seq_metric(self) -> Metric:
        return Metric(name=BD_SEQ, value=self._bd_seq, datatype=DataType.INT64)

    def _changed(self) -> None:
        if self._link.up and not self._was_up:
            self._birth_due = True
        self._was_up = self._link.up

    def _commanded(self, message: Message) -> None:
        try:
            payload = decode_payload(message.payload)
        except WireError as error:
            _log.warning("command not understood", reason=str(error))
            return
        if any(metric.name == REBIRTH and metric.value for metric in payload.metrics):
            self._birth_due = True

    @staticmethod
    def _topic(kind: str) -> str:
        return str(Topic(SPARKPLUG_GROUP, kind, SPARKPLUG_NODE))


def _rebirth_metric() -> Metric:
    return Metric(name=REBIRTH, value=False, datatype=DataType.BOOLEAN)


def _birth_properties(point: DevicePoint) -> dict[str, bool | int | float | str | bytes | None]:
    return {"engUnit": point.unit, "engLow": point.low, "engHigh": point.high}


async def run_devices(
    address: MqttAddress,
    interval_seconds: float,
    seed: int,
    on_start: Callable[[], None] = lambda: None,
) -> None:
    """Run both devices until cancelled."""
    on_start()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run_json_device(address, interval_seconds, seed))
        tasks.create_task(SparkplugNode(address, interval_seconds, seed).run())
