"""Sparkplug B edge nodes at an MQTT broker: births, data, deaths, aliases, rebirth when a message was missed.

Best effort by nature: the sequence number shows that something was lost, and a rebirth brings the present
values, not the lost ones. Source of the rules: Sparkplug specification 3.0.0, chapter 5.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edge_agent.config import SparkplugSource as Config
from edge_agent.intake import Intake, now_us
from edge_agent.readings import BAD_NO_COMMUNICATION, GOOD, NO_ODD, Batch, to_columns
from edge_agent.sources.source import Health
from kernel.log import get_logger
from kernel.wire.errors import WireError
from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.sparkplug import (
    BD_SEQ,
    NAMESPACE,
    REBIRTH,
    SEQ_MODULUS,
    DataType,
    Metric,
    Payload,
    Topic,
    decode_payload,
    encode_payload,
    parse_topic,
    signed,
)

# Values of the metric property "Quality", as Tahu and Ignition send it.
_QUALITY = {192: GOOD, 0: 0x8000_0000, 500: 0x4090_0000}

_log = get_logger(__name__)


@dataclass
class EdgeNode:
    """What is known of one edge node.

    Attributes:
        alive: a birth was seen and no death since.
        last_seq: of the last message, -1 before the first birth.
        bd_seq: of the last birth; a death of another birth is an old one.
        names: (device, alias) → (metric name, datatype), from the births.
        asked_at: when a rebirth was last asked for.
    """

    alive: bool = False
    last_seq: int = -1
    bd_seq: Any = None
    names: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    types: dict[tuple[str, str], int] = field(default_factory=dict)
    asked_at: float = float("-inf")


class SparkplugReader:
    """One group of edge nodes, read until cancelled."""

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
        self._health = Health(config.name, "sparkplug", len(config.tags), on_change)
        self._nodes: dict[str, EdgeNode] = {}
        self._tags: dict[str, list[tuple[int, str, str | None, bool]]] = {}
        for index, tag in enumerate(config.tags):
            entry = (first_series + index, tag.node, tag.device, tag.type == "boolean")
            self._tags.setdefault(tag.metric, []).append(entry)
        node = config.node or "+"
        kinds = ("NBIRTH", "NDATA", "NDEATH")
        self._link = MqttLink(
            MqttAddress.parse(config.url, config.ca_file),
            client_id,
            subscriptions=[
                *(f"{NAMESPACE}/{config.group}/{kind}/{node}" for kind in kinds),
                *(f"{NAMESPACE}/{config.group}/D{kind[1:]}/{node}/+" for kind in kinds),
            ],
            on_message=self._arrived,
            on_change=self._changed,
        )
        self._resuming: asyncio.Task[None] | None = None

    def report(self) -> dict[str, Any]:
        """Return how it is, with the nodes that are alive."""
        alive = sum(node.alive for node in self._nodes.values())
        return self._health.report(nodes=len(self._nodes), nodes_alive=alive)

    async def run(self) -> None:
        """Read until cancelled."""
        await self._link.run()

    def _changed(self) -> None:
        if not self._link.up:
            # What was sent meanwhile is missed: every node has to be born again.
            self._nodes.clear()
            self._health.become("lost", "unreachable", self._link.detail)
        elif self._health.become("connected") and self._config.node:
            self._ask_for_rebirth(self._config.node, EdgeNode())

    def _arrived(self, message: Message) -> None:
        try:
            topic, payload = parse_topic(message.topic), decode_payload(message.payload)
        except WireError as error:
            self._health.oddities[error.code] += 1
            return
        node = self._nodes.setdefault(topic.edge_node, EdgeNode())
        batch = Batch()
        if topic.kind.endswith("DEATH"):
            self._died(topic, payload, node, batch)
        elif self._in_sequence(topic, payload, node):
            if topic.kind.endswith("BIRTH"):
                self._learn_names(topic, payload, node)
            self._take(topic, payload, node, batch)
        self._health.values += len(batch)
        if batch and not self._intake.offer(batch) and self._resuming is None:
            self._link.pause()
            self._resuming = asyncio.get_running_loop().create_task(self._resume())

    async def _resume(self) -> None:
        await self._intake.room()
        self._resuming = None
        self._link.resume()

    def _in_sequence(self, topic: Topic, payload: Payload, node: EdgeNode) -> bool:
        """Check the sequence number; returns whether the message's metrics can be understood."""
        if topic.kind == "NBIRTH":
            node.alive, node.last_seq = True, payload.seq or 0
            node.names.clear()
            node.types.clear()
            node.bd_seq = _bd_seq(payload)
            return True
        if not node.alive:
            self._health.oddities["data_before_birth"] += 1
            self._ask_for_rebirth(topic.edge_node, node)
            return False
        if payload.seq != (node.last_seq + 1) % SEQ_MODULUS:
            self._health.oddities["sequence_gap"] += 1
            self._ask_for_rebirth(topic.edge_node, node)
        node.last_seq = payload.seq if payload.seq is not None else node.last_seq
        return True

    def _ask_for_rebirth(self, edge_node: str, node: EdgeNode) -> None:
        now = asyncio.get_running_loop().time()
        if now < node.asked_at + self._config.rebirth_seconds_min:
            return
        node.asked_at = now
        self._nodes[edge_node] = node
        topic = Topic(self._config.group, "NCMD", edge_node)
        command = Metric(REBIRTH, True, DataType.BOOLEAN, now_us() // 1000)  # noqa: FBT003 - its value
        self._link.publish(str(topic), encode_payload(Payload(now_us() // 1000, (command,))), qos=0)
        self._health.oddities["rebirth_requested"] += 1

    @staticmethod
    def _learn_names(topic: Topic, payload: Payload, node: EdgeNode) -> None:
        for metric in payload.metrics:
            node.types[topic.device, metric.name] = metric.datatype
            if metric.alias is not None:
                node.names[topic.device, metric.alias] = (metric.name, metric.datatype)

    def _take(self, topic: Topic, payload: Payload, node: EdgeNode, batch: Batch) -> None:
        now = now_us()
        birth = topic.kind.endswith("BIRTH")
        for metric in payload.metrics:
            name, datatype = metric.name, metric.datatype
            if not name and metric.alias is not None:
                if (topic.device, metric.alias) not in node.names:
                    self._health.oddities["unknown_alias"] += 1
                    self._ask_for_rebirth(topic.edge_node, node)
                    continue
                name, datatype = node.names[topic.device, metric.alias]
            datatype = datatype or node.types.get((topic.device, name), 0)
            sent_at = (
                metric.timestamp_ms if metric.timestamp_ms is not None else payload.timestamp_ms
            )
            ts = sent_at * 1000 if sent_at else now
            for series, boolean in self._series(topic, name):
                if birth and self._intake.last_ts.get(series) == ts:
                    continue  # a birth repeats the present values
                if not metric.supported:
                    self._health.oddities["unsupported_type"] += 1
                quality = _quality(metric)
                value = (
                    signed(metric.value, datatype) if metric.supported else f"datatype {datatype}"
                )
                number, odd = to_columns(
                    value, boolean=boolean, good=quality < BAD_NO_COMMUNICATION
                )
                batch.add(series, ts, 0, now, number, quality, odd)

    def _died(self, topic: Topic, payload: Payload, node: EdgeNode, batch: Batch) -> None:
        """Mark the tags of a node or device as bad: nobody reads them now."""
        if topic.kind == "NDEATH":
            if node.alive and node.bd_seq is not None and _bd_seq(payload) != node.bd_seq:
                self._health.oddities["old_death"] += 1
                return
            node.alive = False
        elif not node.alive:
            return
        else:
            self._in_sequence(topic, payload, node)
        _log.info("sparkplug death", node=topic.edge_node, device=topic.device)
        now = now_us()
        known = {name for device, name in node.types if topic.device in {"", device}}
        for name in sorted(known):
            for series, _ in self._series(topic, name):
                batch.add(series, now, 0, now, float("nan"), BAD_NO_COMMUNICATION, NO_ODD)

    def _series(self, topic: Topic, metric: str) -> list[tuple[int, bool]]:
        return [
            (series, boolean)
            for series, node, device, boolean in self._tags.get(metric, ())
            if node in {"", topic.edge_node}
            and (device is None or device == topic.device or topic.kind == "NDEATH")
        ]


def _bd_seq(payload: Payload) -> Any:
    return next((metric.value for metric in payload.metrics if metric.name == BD_SEQ), None)


def _quality(metric: Metric) -> int:
    code = metric.properties.get("Quality")
    return _QUALITY.get(code, 0x8000_0000) if isinstance(code, int) else GOOD
