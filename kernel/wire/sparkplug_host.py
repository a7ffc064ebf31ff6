"""What a host application makes of the messages of Sparkplug B edge nodes.

No I/O and no clock: messages and the time go in, readings, gaps and wishes for a rebirth come out. Best
effort by nature: the sequence number shows that something was lost, and a rebirth brings the present values,
not the lost ones. Source of the rules: Sparkplug specification 3.0.0, chapter 5.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from kernel.wire.sparkplug import SEQ_MODULUS, Payload, Topic
from kernel.wire.sparkplug_node import (
    NAME_LENGTH_MAX,
    EdgeNode,
    Messages,
    MetricReading,
    birth_of,
    is_data,
)

NODES_MAX: Final = 10_000
METRICS_MAX: Final = 200_000
# A message that overtook another waits for it: brokers keep the order within a topic, some not among topics.
HELD_MAX: Final = 32
HELD_METRICS_MAX: Final = 20_000
REORDER_US: Final = 300_000

_US: Final = 1_000_000
_KINDS: Final = frozenset({"NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"})


@dataclass(frozen=True, slots=True)
class NodeGap:
    """Between these times readings of a node may be missing; `source_gap` or `connection_lost`."""

    group: str
    node: str
    start_us: int
    end_us: int
    reason: str


@dataclass
class Heard:
    """What messages said; `rebirths` are the (group, node) that have to be asked to be born again."""

    readings: list[MetricReading] = field(default_factory=list)
    gaps: list[NodeGap] = field(default_factory=list)
    rebirths: list[tuple[str, str]] = field(default_factory=list)
    oddities: Counter[str] = field(default_factory=Counter)


class SparkplugHost:
    """All edge nodes that one connection to a broker hears of; bounded whatever they send."""

    def __init__(self, rebirth_seconds_min: float = 10.0) -> None:
        self._rebirth_us = round(rebirth_seconds_min * _US)
        self._nodes: dict[tuple[str, str], EdgeNode] = {}
        self._waiting: set[tuple[str, str]] = set()
        self._metrics = 0

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def alive(self) -> int:
        """How many nodes are born and not dead."""
        return sum(node.alive for node in self._nodes.values())

    @property
    def waiting(self) -> bool:
        """Whether messages wait for one that they overtook; `tick` lets them go."""
        return bool(self._waiting)

    def connection_lost(self) -> None:
        """Forget the sequences: what was sent meanwhile was missed, and every node has to be born again."""
        for node in self._nodes.values():
            if node.alive:
                node.lost_us = node.heard_us
            node.alive, node.held = False, {}
        self._waiting.clear()

    def remember(self, group: str, name: str, heard_us: int) -> None:
        """Note a node that was heard last, before this process began, at this time by its clock."""
        node = self._node(group, name, Heard())
        if node is not None:
            node.heard_us = node.lost_us = heard_us

    def wish_rebirth(self, group: str, name: str, now_us: int) -> Heard:
        """Ask a node for a birth, as a host does that begins to listen."""
        heard = Heard()
        node = self._node(group, name, heard)
        if node is not None:
            self._ask(node, now_us, heard)
        return heard

    def hear(self, topic: Topic, payload: Payload, now_us: int) -> Heard:
        """Take one message."""
        heard = Heard()
        node = self._node(topic.group, topic.edge_node, heard) if topic.kind in _KINDS else None
        if node is None:
            return heard
        if topic.kind == "NDEATH":
            self._died(node, payload, now_us, heard)
        elif topic.kind == "NBIRTH":
            self._born(node, payload, now_us, heard)
            self._process(node, topic, payload, now_us, heard)
            self._let_go_in_order(node, now_us, heard)
        elif node.is_repeated(topic, payload):
            heard.oddities["duplicate"] += 1
        elif payload.seq is None:
            heard.oddities["no_sequence"] += 1
            self._process(node, topic, payload, now_us, heard)
        else:
            self._hold(node, payload.seq, (topic, payload), now_us)
            self._let_go_in_order(node, now_us, heard)
            if len(node.held) >= HELD_MAX or node.held_metrics > HELD_METRICS_MAX:
                self._let_go(node, now_us, heard)
        return heard

    def tick(self, now_us: int) -> Heard:
        """Let go what has waited long enough for a message that did not come."""
        heard = Heard()
        for key in list(self._waiting):
            node = self._nodes[key]
            # A clock that was set back must not hold anything for ever.
            if not 0 <= now_us - node.held_since_us < REORDER_US:
                self._let_go(node, now_us, heard)
        return heard

    def _node(self, group: str, name: str, heard: Heard) -> EdgeNode | None:
        node = self._nodes.get((group, name))
        if node is not None:
            return node
        if max(len(group), len(name)) > NAME_LENGTH_MAX:
            heard.oddities["bad_name"] += 1
            return None
        if len(self._nodes) >= NODES_MAX:
            heard.oddities["too_many_nodes"] += 1
            return None
        node = self._nodes[group, name] = EdgeNode(group, name)
        return node

    def _born(self, node: EdgeNode, payload: Payload, now_us: int, heard: Heard) -> None:
        # What was sent before it means what the birth before said; what overtook it waits for its own turn.
        node.held, later = _parted(node.held, payload)
        if node.alive:
            self._let_go(node, now_us, heard)
        elif node.held:
            heard.oddities["data_before_birth"] += len(node.held)
        node.held = later
        if node.lost_us is not None:
            end_us = _sent_us(payload, now_us)
            start_us = min(node.lost_us, end_us)
            heard.gaps.append(NodeGap(node.group, node.name, start_us, end_us, "connection_lost"))
        self._metrics -= node.forget()
        node.alive, node.lost_us, node.last_seq = True, None, payload.seq or 0
        node.bd_seq = birth_of(payload)

    def _died(self, node: EdgeNode, payload: Payload, now_us: int, heard: Heard) -> None:
        self._let_go(node, now_us, heard)
        if not node.alive:
            return
        if node.bd_seq is not None and birth_of(payload) != node.bd_seq:
            heard.oddities["old_death"] += 1
            return
        node.alive, node.lost_us = False, node.heard_us
        heard.readings.extend(node.unread(None, now_us))

    def _hold(self, node: EdgeNode, seq: int, message: tuple[Topic, Payload], now_us: int) -> None:
        if not node.held:
            node.held_since_us = now_us
        node.held.setdefault(seq, message)
        self._waiting.add((node.group, node.name))

    def _let_go_in_order(self, node: EdgeNode, now_us: int, heard: Heard) -> None:
        while node.alive and node.held:
            seq = (node.last_seq + 1) % SEQ_MODULUS
            if seq not in node.held:
                return
            node.last_seq = seq
            self._process(node, *node.held.pop(seq), now_us, heard)
        if not node.held:
            self._waiting.discard((node.group, node.name))

    def _let_go(self, node: EdgeNode, now_us: int, heard: Heard) -> None:
        """Stop waiting: what is missing is lost."""
        while node.alive and node.held:
            expected = (node.last_seq + 1) % SEQ_MODULUS
            seq = min(node.held, key=lambda held: (held - expected) % SEQ_MODULUS)
            topic, payload = node.held.pop(seq)
            if seq != expected:
                heard.oddities["sequence_gap"] += 1
                end_us = _sent_us(payload, now_us)
                start_us = min(node.heard_us, end_us)
                heard.gaps.append(NodeGap(node.group, node.name, start_us, end_us, "source_gap"))
                self._ask(node, now_us, heard)
            node.last_seq = seq
            self._process(node, topic, payload, now_us, heard)
        if node.held:
            heard.oddities["data_before_birth"] += len(node.held)
            node.held.clear()
            self._ask(node, now_us, heard)
        self._waiting.discard((node.group, node.name))

    def _ask(self, node: EdgeNode, now_us: int, heard: Heard) -> None:
        if node.asked_us is None or not 0 <= now_us - node.asked_us < self._rebirth_us:
            node.asked_us = now_us
            heard.rebirths.append((node.group, node.name))
            heard.oddities["rebirth_requested"] += 1

    def _process(
        self, node: EdgeNode, topic: Topic, payload: Payload, now_us: int, heard: Heard
    ) -> None:
        node.heard_us = _sent_us(payload, now_us)
        if topic.kind == "DDEATH":
            heard.readings.extend(node.unread(topic.device, now_us))
            return
        birth = topic.kind.endswith("BIRTH")
        if birth:
            # Whatever the birth before said of the device.
            self._metrics -= node.forget_device(topic.device) if topic.device else 0
            self._learn(node, topic.device, payload, heard)
        for metric in payload.metrics:
            name = node.name_of(topic.device, metric)
            if name is None:
                heard.oddities["unknown_alias"] += 1
                self._ask(node, now_us, heard)
            elif len(name) > NAME_LENGTH_MAX:
                heard.oddities["bad_name"] += 1
            elif metric.transient or node.is_transient(topic.device, name):
                heard.oddities["transient"] += 1
            elif is_data(name):
                heard.readings.append(node.reading(topic.device, metric, name, birth=birth))

    def _learn(self, node: EdgeNode, device: str, payload: Payload, heard: Heard) -> None:
        for metric in payload.metrics:
            if len(metric.name) > NAME_LENGTH_MAX or not metric.name:
                continue
            if not node.knows(device, metric.name):
                if self._metrics >= METRICS_MAX:
                    heard.oddities["too_many_metrics"] += 1
                    continue
                self._metrics += 1
            node.learn(device, metric)


def _parted(held: Messages, birth: Payload) -> tuple[Messages, Messages]:
    """Return which messages were sent before a birth, and which were not as far as they tell."""
    at_ms = birth.timestamp_ms or 0
    earlier = {
        seq: message
        for seq, message in held.items()
        if message[1].timestamp_ms is not None and message[1].timestamp_ms < at_ms
    }
    return earlier, {seq: message for seq, message in held.items() if seq not in earlier}


def _sent_us(payload: Payload, now_us: int) -> int:
    return payload.timestamp_ms * 1000 if payload.timestamp_ms else now_us
