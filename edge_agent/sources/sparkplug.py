"""Sparkplug B edge nodes at an MQTT broker: births, data, deaths, aliases, rebirth when a message was missed.

Best effort by nature: the sequence number shows that something was lost, which is put down as a gap, and a
rebirth brings the present values, not the lost ones. What messages mean is in `kernel.wire.sparkplug_host`.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from edge_agent.config import SparkplugSource as Config
from edge_agent.intake import Intake, now_us
from edge_agent.sources.mqtt_source import MqttReader
from kernel.wire.errors import WireError
from kernel.wire.frames import OddValue
from kernel.wire.mqtt import Message, Will
from kernel.wire.readings import BAD_NO_COMMUNICATION, Batch, NoOddValue, to_columns
from kernel.wire.sparkplug import (
    NAMESPACE,
    decode_payload,
    parse_topic,
    rebirth_command,
    state_message,
)
from kernel.wire.sparkplug_host import REORDER_US, Heard, SparkplugHost
from kernel.wire.sparkplug_node import MetricReading
from kernel.wire.sparkplug_tags import SparkplugTags


class SparkplugReader(MqttReader):
    """One group of edge nodes, read until cancelled."""

    def __init__(
        self,
        config: Config,
        first_series: int,
        intake: Intake,
        on_change: Callable[[], None],
        client_id: str,
    ) -> None:
        node = config.node or "+"
        kinds = ("NBIRTH", "NDATA", "NDEATH")
        super().__init__(
            config,
            intake,
            kind="sparkplug",
            on_change=on_change,
            client_id=client_id,
            subscriptions=[
                *(f"{NAMESPACE}/{config.group}/{kind}/{node}" for kind in kinds),
                *(f"{NAMESPACE}/{config.group}/D{kind[1:]}/{node}/+" for kind in kinds),
            ],
            will=self._will if config.host_id else None,
        )
        self._config = config
        self._host = SparkplugHost(config.rebirth_seconds_min)
        self._tags: dict[str, list[tuple[int, str, str | None, bool]]] = {}
        for index, tag in enumerate(config.tags):
            entry = (first_series + index, tag.node, tag.device, tag.type == "boolean")
            self._tags.setdefault(tag.metric, []).append(entry)
        self._patterns = SparkplugTags(config.patterns)
        self._of_node: dict[str, set[int]] = {}
        self._tick: asyncio.TimerHandle | None = None
        self._born_us = 0

    def report(self) -> dict[str, Any]:
        """Return how it is, with the nodes that are alive."""
        return {**super().report(), "nodes": len(self._host), "nodes_alive": self._host.alive}

    def _will(self) -> Will:
        self._born_us = now_us()
        topic, payload = state_message(self._config.host_id, self._born_us, online=False)
        return Will(topic, payload, retain=True)

    def _connected(self) -> None:
        if self._config.host_id:
            topic, payload = state_message(self._config.host_id, self._born_us, online=True)
            self._link.publish(topic, payload, retain=True)
        if self._config.node:
            self._take(
                self._host.wish_rebirth(self._config.group, self._config.node, now_us()), now_us()
            )

    def _disconnected(self) -> None:
        # What was sent meanwhile is missed: every node has to be born again.
        self._host.connection_lost()

    def _arrived(self, message: Message) -> None:
        now = now_us()
        if message.retained:
            # Nothing of a node is to be retained; a birth of yesterday would pass for one of now.
            self._health.oddities["retained"] += 1
            return
        try:
            topic, payload = parse_topic(message.topic), decode_payload(message.payload)
        except WireError as error:
            self._health.oddities[error.code] += 1
            return
        self._take(self._host.hear(topic, payload, now), now)

    def _take(self, heard: Heard, now: int) -> None:
        self._health.oddities.update(heard.oddities)
        batch = Batch()
        for reading in heard.readings:
            self._read(batch, reading, now)
        for gap in heard.gaps:
            numbers = self._of_node.get(gap.node, set())
            self._add_gap(batch, numbers, gap.start_us, gap.end_us, gap.reason)
        self._offer(batch)
        for group, node in heard.rebirths:
            self._link.publish(*rebirth_command(group, node, now), qos=0)
        if self._host.waiting and self._tick is None:
            loop = asyncio.get_running_loop()
            self._tick = loop.call_later(REORDER_US / 1e6 + 0.01, self._let_go)

    def _let_go(self) -> None:
        self._tick = None
        now = now_us()
        self._take(self._host.tick(now), now)

    def _read(self, batch: Batch, reading: MetricReading, now: int) -> None:
        """Take a reading for the tags that are written out, else for the one that a pattern finds."""
        fixed = [
            (series, boolean)
            for series, node, device, boolean in self._tags.get(reading.metric, ())
            if node in {"", reading.node} and (device is None or device == reading.device)
        ]
        for series, boolean in fixed:
            if self._is_news(reading, series):
                number, odd = self._columns(reading, boolean=boolean)
                batch.add(series, reading.ts_us, 0, now, number, reading.quality, odd)
        if fixed or not self._config.patterns:
            return
        tag, oddity = self._patterns.of(reading)
        if tag is None:
            self._health.oddities[oddity] += 1
        elif self._is_news(reading, self._found.number_of(tag)):
            number, odd = self._columns(reading, boolean=tag.data_type == "boolean")
            self._add_found(batch, tag, (reading.ts_us, now, number, reading.quality, odd))

    def _is_news(self, reading: MetricReading, series: int | None) -> bool:
        """Tell whether a reading is more than a birth's repetition; note whose series it is."""
        if series is None:
            return True
        self._of_node.setdefault(reading.node, set()).add(series)
        return not (reading.birth and self._intake.last_ts.get(series) == reading.ts_us)

    def _columns(
        self, reading: MetricReading, *, boolean: bool
    ) -> tuple[float, OddValue | NoOddValue]:
        if isinstance(reading.value, list):
            self._health.oddities["unsupported_type"] += 1
        good = reading.quality < BAD_NO_COMMUNICATION
        return to_columns(reading.value, boolean=boolean, good=good)
