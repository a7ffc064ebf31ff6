"""A gateway for measuring ingest: its machine, its signed frames, and its connection to the broker."""

import bisect
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import numpy as np
import paho.mqtt.client as paho
from numpy.typing import NDArray
from paho.mqtt.enums import CallbackAPIVersion

from kernel.db import Database
from kernel.errors import Unavailable
from kernel.wire.frames import Frame, ack_topic, encode_frame, frame_topic, schema_topic
from kernel.wire.messages import Schema, Tag, decode_ack, encode_schema
from kernel.wire.mqtt_address import MqttAddress
from registry.assets import service as assets
from registry.gateways import service as gateways
from registry.organisations import service as organisations
from registry.permissions import PLATFORM
from registry.product_models import service as product_models
from registry.sites import service as sites
from telemetry.service import ReadingColumns

TAGS: Final = 200
SAMPLING_US: Final = 20_000
# Enough for the broker to have the next frames at hand while a batch is committed.
FRAMES_UNACKED_MAX: Final = 400
_SECONDS_MAX: Final = 300.0
_RESEND_SECONDS: Final = 3.0
_US: Final = 1_000_000


@dataclass(frozen=True)
class BenchGateway:
    """A gateway with a key, and the tags of its one machine."""

    schema: Schema
    key: bytes

    @property
    def agent(self) -> str:
        """Its id."""
        return self.schema.agent

    def frames(self, columns: ReadingColumns, frame_rows: int) -> list[bytes]:
        """Return signed frames of a new epoch; the series of `columns` are tag numbers."""
        epoch, result = uuid4(), []
        for seq, start in enumerate(range(0, len(columns), frame_rows)):
            rows = slice(start, start + frame_rows)
            ts = array("q", columns.ts_us[rows].tobytes())
            frame = Frame(
                agent=self.agent,
                epoch=epoch,
                lane="live",
                seq=seq,
                schema_hash=self.schema.hash,
                cut_at_us=ts[-1],
                series=array("I", columns.series_id[rows].astype(np.uint32).tobytes()),
                ts=ts,
                server_ts=ts,
                edge_ts=ts,
                value=array("d", columns.value[rows].tobytes()),
                quality=array("I", columns.quality[rows].tobytes()),
            )
            result.append(encode_frame(frame, self.key))
        return result


def make_gateway(database: Database) -> BenchGateway:
    """Make a customer with a machine and a gateway."""
    mark = uuid4().hex[:8]
    with database.transaction() as session:
        top = organisations.find_manufacturer(session) or organisations.create_manufacturer(
            session, PLATFORM, "Bench"
        )
        owner = organisations.create_organisation(
            session, PLATFORM, kind="customer", name=f"Bench {mark}", parent_id=top.id
        )
        site = sites.create_site(
            session, PLATFORM, organisation_id=owner.id, name="Bench", time_zone="UTC"
        )
        model = product_models.create_model(
            session, PLATFORM, code=f"B-{mark}", name="Bench", equipment_class="pump"
        )
        asset = assets.register_asset(
            session,
            PLATFORM,
            serial_number=f"BENCH-{mark}",
            name="Bench",
            model_id=model.id,
            organisation_id=owner.id,
            site_id=site.id,
        )
        gateway, key = gateways.create_gateway(session, PLATFORM, "Bench", site.id)
    tags = tuple(Tag(f"t{n}", asset.serial_number, f"t{n}") for n in range(TAGS))
    return BenchGateway(Schema(gateway.id, tags), key)


def readings(rows: int, ts_us: NDArray[np.int64] | None = None) -> ReadingColumns:
    """Return values of all tags in turn, sampled together every 20 ms up to now or at `ts_us`."""
    now = time.time_ns() // 1000
    index = np.arange(rows)
    ts = now - (rows - index) // TAGS * SAMPLING_US if ts_us is None else ts_us
    return ReadingColumns(
        (index % TAGS).astype(np.int32),
        ts,
        np.random.default_rng(1).normal(size=rows).round(3),
        np.zeros(rows, np.uint32),
        ts,
        now,
    )


@dataclass
class Sender:
    """A gateway's connection: sends frames within a window, and notes when each was acknowledged.

    Attributes:
        acked_at: frame number → `time.time()` of its acknowledgement, which follows the commit.
    """

    gateway: BenchGateway
    client: paho.Client
    acked_at: dict[int, float] = field(default_factory=dict)

    def announce(self) -> None:
        """Publish the schema."""
        schema = encode_schema(self.gateway.schema, self.gateway.key)
        self.client.publish(schema_topic(self.gateway.agent), schema, qos=1)

    def publish(self, frame: bytes) -> None:
        """Send one message, whatever it is, as a frame."""
        self.client.publish(frame_topic(self.gateway.agent), frame, qos=1)

    def wait_for(self, count: int, frames: Sequence[bytes] = ()) -> None:
        """Wait until so many frames are acknowledged, sending `frames` again as a gateway does.

        Raises:
            Unavailable: it took far too long.
        """
        deadline, again = time.monotonic() + _SECONDS_MAX, time.monotonic() + _RESEND_SECONDS
        while len(self.acked_at) < count:
            now = time.monotonic()
            if now > deadline:
                raise Unavailable(f"{len(self.acked_at)} of {count} frames were acknowledged")
            if now > again:
                again = now + _RESEND_SECONDS
                for seq, frame in enumerate(frames):
                    if seq not in self.acked_at:
                        self.publish(frame)
            time.sleep(0.001)

    def send(self, frames: Sequence[bytes], others: Sequence[bytes] = ()) -> float:
        """Send frames, with `others` spread between them; return the seconds until the last is acknowledged.

        The first one is not counted: the process resolves the schema and warms up with it.
        """
        self.announce()
        self.publish(frames[0])
        self.wait_for(1, frames[:1])
        every = max(1, len(frames) // len(others)) if others else 0
        began = time.perf_counter()
        for number, frame in enumerate(frames[1:], 1):
            self.wait_for(number - FRAMES_UNACKED_MAX)
            self.publish(frame)
            if every and number % every == 0 and number // every <= len(others):
                self.publish(others[number // every - 1])
        self.wait_for(len(frames), frames)
        return (time.perf_counter() - began) * len(frames) / max(1, len(frames) - 1)

    def send_at(self, frames: Sequence[bytes], due: Sequence[float]) -> None:
        """Send each frame at its time (`time.time()`), whatever happens to the others."""
        sent = 0
        while sent < len(frames):
            number = bisect.bisect_right(due, time.time())
            for frame in frames[sent:number]:
                self.publish(frame)
            sent = max(sent, number)
            time.sleep(0.001)
        self.wait_for(len(frames), frames)

    def _arrived(self, _: Any, __: Any, message: paho.MQTTMessage) -> None:
        ack = decode_ack(bytes(message.payload), lambda _: self.gateway.key)
        if ack.verdict == "stored":
            now = time.time()
            for first, last in ack.seqs:
                for seq in range(first, last + 1):
                    self.acked_at.setdefault(seq, now)


@contextmanager
def connected(gateway: BenchGateway, mqtt_url: str) -> Iterator[Sender]:
    """Connect a gateway to the broker for the length of the block.

    Raises:
        Unavailable: the broker did not grant what it needs.
    """
    address, ready = MqttAddress.parse(mqtt_url), threading.Event()
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=f"bench-{uuid4().hex}", protocol=paho.MQTTv5
    )
    client.max_inflight_messages = 2 * FRAMES_UNACKED_MAX
    client.username_pw_set(address.user, address.password)
    sender = Sender(gateway, client)
    client.on_connect = lambda c, *_: c.subscribe(ack_topic(gateway.agent), 1)
    client.on_subscribe = lambda *_: ready.set()
    client.on_message = sender._arrived  # noqa: SLF001 - set up here, for nobody else
    client.connect(address.host, address.port)
    client.loop_start()
    try:
        if not ready.wait(10):
            raise Unavailable("the broker did not grant the subscription")
        yield sender
    finally:
        client.disconnect()
        client.loop_stop()


def malformed(frames: Sequence[bytes], count: int) -> list[bytes]:
    """Return `count` different messages that are no frames of this gateway: junk, cut off, forged."""
    random = np.random.default_rng(2)
    made = []
    for number in range(count):
        frame = frames[number % len(frames)]
        mark = number.to_bytes(4, "big")
        made.append(
            (
                mark + random.bytes(len(frame)),
                frame[: len(frame) // 2] + mark,
                frame[:-4] + mark,
            )[number % 3]
        )
    return made


def paced(rate: float, seconds: float, frame_rows: int, start: float) -> ReadingColumns:
    """Return readings that are sampled at `rate` a second from `start` on, in whole frames."""
    rows = max(1, int(rate * seconds) // frame_rows) * frame_rows
    ts = (start * _US + np.arange(rows) * (_US / rate)).astype(np.int64)
    return readings(rows, ts)
