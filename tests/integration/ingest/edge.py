"""An edge agent as the broker sees it: signs, sends, listens for acks. Not the product's, on purpose."""

import queue
import threading
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from kernel.wire.frames import Frame, ack_topic, encode_frame, frame_topic, schema_topic
from kernel.wire.messages import Ack, Schema, Status, Tag, decode_ack, encode_schema, encode_status


def now_us() -> int:
    return time.time_ns() // 1000


@dataclass
class Plant:
    """A gateway with its key, epoch and schema, that makes frames."""

    agent: str
    key: bytes
    tags: tuple[Tag, ...]
    epoch: UUID = field(default_factory=uuid4)
    seqs: dict[str, int] = field(default_factory=dict)

    @property
    def schema(self) -> Schema:
        return Schema(self.agent, self.tags)

    def frame(
        self,
        values: Sequence[float],
        *,
        ts: Sequence[int] | None = None,
        series: Sequence[int] | None = None,
        lane: str = "live",
        seq: int | None = None,
        odd: dict[int, Any] | None = None,
        quality: Sequence[int] | None = None,
        epoch: UUID | None = None,
    ) -> Frame:
        """The next frame: one reading per value, 1 ms apart, over the tags in turn."""
        count, now = len(values), now_us()
        if seq is None:
            seq = self.seqs.get(lane, 0)
            self.seqs[lane] = seq + 1
        times = array("q", ts or [now - (count - n) * 1000 for n in range(count)])
        return Frame(
            agent=self.agent,
            epoch=epoch or self.epoch,
            lane=lane,
            seq=seq,
            schema_hash=self.schema.hash,
            cut_at_us=now,
            series=array("I", series or [n % max(1, len(self.tags)) for n in range(count)]),
            ts=times,
            server_ts=array("q", [0] * count),
            edge_ts=array("q", [now] * count),
            value=array("d", values),
            quality=array("I", quality or [0] * count),
            odd=odd or {},
        )

    def bytes_of(self, frame: Frame) -> bytes:
        return encode_frame(frame, self.key)

    def other_bytes_of(self, frame: Frame) -> bytes:
        """The same place in the ledger with other bytes."""
        return encode_frame(replace(frame, cut_at_us=frame.cut_at_us + 1), self.key)


class Edge:
    """One MQTT connection of a plant's gateway."""

    def __init__(self, url: str, plant: Plant) -> None:
        self.plant = plant
        self.acks: queue.Queue[Ack] = queue.Queue()
        self.acked: set[tuple[str, int]] = set()
        parts = urlsplit(url)
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"edge-{uuid4().hex}", protocol=paho.MQTTv5
        )
        self._client.max_inflight_messages = 2000
        self._client.username_pw_set(parts.username, parts.password)
        self._client.on_connect = lambda c, *_: c.subscribe(ack_topic(plant.agent), 1)
        ready = threading.Event()
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.on_message = self._arrived
        self._client.connect(str(parts.hostname), int(parts.port or 1883))
        self._client.loop_start()
        assert ready.wait(10)

    def _arrived(self, _: Any, __: Any, message: paho.MQTTMessage) -> None:
        ack = decode_ack(message.payload, lambda _: self.plant.key)
        if ack.verdict == "stored":
            self.acked |= {(ack.lane, n) for low, high in ack.seqs for n in range(low, high + 1)}
        self.acks.put(ack)

    def announce(self) -> None:
        self.raw(schema_topic(self.plant.agent), encode_schema(self.plant.schema, self.plant.key))

    def report(self, **facts: Any) -> None:
        status = Status(
            **{
                "agent": self.plant.agent,
                "epoch": self.plant.epoch,
                "taken": 0,
                "buffered": 0,
                "dropped": 0,
                "clock_us": now_us(),
                "version": "1.0",
                **facts,
            }
        )
        self.raw(f"fw/v1/{self.plant.agent}/status", encode_status(status, self.plant.key))

    def send(self, *frames: Frame) -> None:
        for frame in frames:
            self.raw(frame_topic(self.plant.agent), self.plant.bytes_of(frame))

    def raw(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1)

    def next_ack(self, seconds: float = 10) -> Ack:
        return self.acks.get(timeout=seconds)

    def wait_acked(self, *frames: Frame, seconds: float = 20) -> None:
        wanted = {(frame.lane, frame.seq) for frame in frames}
        deadline = time.monotonic() + seconds
        while not wanted <= self.acked:
            assert time.monotonic() < deadline, f"not acked: {sorted(wanted - self.acked)[:5]}"
            time.sleep(0.005)

    def insist(self, frames: Sequence[Frame], seconds: float = 40) -> None:
        """Send again what is not acked, schema first, as an edge does, until all is."""
        wanted = {(frame.lane, frame.seq): frame for frame in frames}
        deadline = time.monotonic() + seconds
        while missing := [frame for key, frame in wanted.items() if key not in self.acked]:
            assert time.monotonic() < deadline, f"{len(missing)} frames not acked"
            self.announce()
            self.send(*missing)
            until = time.monotonic() + 1.5
            while time.monotonic() < until and not wanted.keys() <= self.acked:
                time.sleep(0.01)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
