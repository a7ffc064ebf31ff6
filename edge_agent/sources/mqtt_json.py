"""Devices that publish JSON to an MQTT broker, read through a mapping table.

Best effort by nature: the protocol has no sequence, so a message that the broker lost is not even noticed.
"""

import asyncio
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from paho.mqtt.client import topic_matches_sub

from edge_agent.config import JsonSource as Config
from edge_agent.intake import Intake, now_us
from kernel.wire.json_path import MISSING, parse_path, value_at
from edge_agent.readings import GOOD, Batch, to_columns
from edge_agent.sources.source import Health
from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress

PAYLOAD_BYTES_MAX = 1024 * 1024

_SCALE = {"s": 1_000_000, "ms": 1000, "us": 1}
# Magnitudes of a present-day time in seconds, ms and µs are a thousand apart.
_MS_MIN = 1e11
_US_MIN = 1e14


class JsonReader:
    """One broker's JSON devices, read until cancelled."""

    def __init__(
        self,
        config: Config,
        first_series: int,
        intake: Intake,
        on_change: Callable[[], None],
        client_id: str,
    ) -> None:
        self._config = config
        self._intake = intake
        self._health = Health(config.name, "mqtt_json", len(config.tags), on_change)
        self._timestamp = parse_path(config.timestamp) if config.timestamp else None
        self._tags = [
            (first_series + index, tag.topic, parse_path(tag.path), tag.type == "boolean")
            for index, tag in enumerate(config.tags)
        ]
        self._resuming: asyncio.Task[None] | None = None
        self._link = MqttLink(
            MqttAddress.parse(config.url, config.ca_file),
            client_id,
            subscriptions=config.topics,
            on_message=self._arrived,
            on_change=self._changed,
        )

    def report(self) -> dict[str, Any]:
        """Return how it is."""
        return self._health.report()

    async def run(self) -> None:
        """Read until cancelled."""
        await self._link.run()

    def _changed(self) -> None:
        if self._link.up:
            self._health.become("connected")
        else:
            self._health.become("lost", "unreachable", self._link.detail)

    def _arrived(self, message: Message) -> None:
        if message.retained and self._timestamp is None:
            # It comes with every new subscription, and would be taken as new each time.
            self._health.oddities["retained_without_time"] += 1
            return
        if len(message.payload) > PAYLOAD_BYTES_MAX:
            self._health.oddities["too_large"] += 1
            return
        try:
            document = json.loads(message.payload)
        except (ValueError, RecursionError):
            self._health.oddities["not_json"] += 1
            return
        batch = self._batch(message, document)
        self._health.values += len(batch)
        if batch and not self._intake.offer(batch) and self._resuming is None:
            self._link.pause()
            self._resuming = asyncio.get_running_loop().create_task(self._resume())

    async def _resume(self) -> None:
        await self._intake.room()
        self._resuming = None
        self._link.resume()

    def _batch(self, message: Message, document: Any) -> Batch:
        now = now_us()
        ts = now
        if self._timestamp is not None:
            found = to_us(value_at(document, self._timestamp), self._config.timestamp_unit)
            if found is None:
                self._health.oddities["bad_time"] += 1
            else:
                ts = found
        batch = Batch()
        for series, topic, path, boolean in self._tags:
            if topic is not None and not topic_matches_sub(topic, message.topic):
                continue
            value = value_at(document, path)
            if value is MISSING:
                self._health.oddities["nothing_at_path"] += 1
                continue
            if message.retained and self._intake.last_ts.get(series) == ts:
                continue
            number, odd = to_columns(value, boolean=boolean)
            batch.add(series, ts, 0, now, number, GOOD, odd)
        return batch


def to_us(value: Any, unit: str) -> int | None:
    """Return a message's time in µs since 1970, or None when it cannot be read.

    Args:
        value: a number, or ISO 8601 text; text without a zone is UTC.
        unit: `s`, `ms`, `us`, `iso`, or `auto`: by magnitude.
    """
    if isinstance(value, str) and unit in {"iso", "auto"}:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000_000)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or unit == "iso":
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if unit == "auto":
        unit = "us" if abs(value) >= _US_MIN else "ms" if abs(value) >= _MS_MIN else "s"
    return round(value * _SCALE[unit])
