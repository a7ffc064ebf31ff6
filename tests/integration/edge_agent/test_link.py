"""The way from the buffer to the broker when the link is slow, stalled, or not this gateway's alone."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import pytest

import edge_agent.announcing
import edge_agent.intake
import edge_agent.publisher
import kernel.wire.mqtt
from edge_agent.buffer.file import damage
from edge_agent.buffer.store import Identity
from edge_agent.config import BufferConfig, Frames
from edge_agent.intake import Intake
from edge_agent.publisher import Publisher
from kernel.wire.frames import ack_topic
from kernel.wire.messages import Ack, Schema, Tag, encode_ack
from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.readings import Batch
from runtime.chaos.proxy import Proxies, Proxy
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.edge_agent.peers import KEY, Platform, until
from tests.unit.edge_agent.buffers import noise


@pytest.fixture
def proxy(mqtt: EmbeddedMqtt) -> Iterator[Proxy]:
    with Proxies() as proxies:
        yield proxies.add("agent-broker", urlsplit(mqtt.url("edge")).port or 0)


def through(proxy: Proxy, mqtt: EmbeddedMqtt) -> str:
    parts = urlsplit(mqtt.url("edge"))
    login, _, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}").geturl()


class Sending:
    """The part of an agent behind its sources."""

    def __init__(self, agent: str, url: str, path: Path, tag: str = "a") -> None:
        identity = Identity(agent, KEY)
        self.publisher = Publisher(identity, outage_seconds=1)
        self.intake = Intake(
            config=BufferConfig(path=path),
            frames=Frames(live_age_ms=100, backlog_age_ms=100, outage_seconds=1),
            identity=identity,
            schema=Schema(agent, (Tag(tag, "SN", tag),)),
            outlet=self.publisher.outlet,
            on_frames=self.publisher.frames_cut,
            on_new_buffer=self.publisher.new_buffer,
        )
        self.link = MqttLink(
            MqttAddress.parse(url),
            f"fw-{agent}",
            subscriptions=[ack_topic(agent)],
            on_message=self.publisher.arrived,
            on_change=self.publisher.link_changed,
        )
        self.publisher.link, self.publisher.intake = self.link, self.intake

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Sending"]:
        await self.intake.start()
        works = (self.intake.run(), self.publisher.run(), self.link.run())
        tasks = [asyncio.create_task(work) for work in works]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await self.intake.close()

    async def take(self, *values: float, series: int = 0) -> None:
        batch, now = Batch(), time.time_ns() // 1000
        for value in values:
            batch.add(series, now, 0, now, value, 0)
        await self.intake.take(batch)

    def noting(self) -> list[str]:
        """Return a list that gets the kind of whatever is published from now on."""
        kinds: list[str] = []
        publish = self.link.publish

        def noted(topic: str, *arguments: Any, **named: Any) -> bool:
            kinds.append(topic.rpartition("/")[2])
            return publish(topic, *arguments, **named)

        self.link.publish = noted  # type: ignore[method-assign]  # to note
        return kinds


def arrivals(platform: Platform) -> list[float]:
    return [value for frame in platform.frames.values() for value in frame.value]


@pytest.mark.long
def test_live_readings_do_not_wait_behind_a_backlog_on_a_slow_link(
    runner: asyncio.Runner, mqtt: EmbeddedMqtt, proxy: Proxy, tmp_path: Path
) -> None:
    """A backlog that needs 20 s of the link, and a live reading every 100 ms beside it."""

    async def body() -> None:
        delays: list[float] = []
        sent_at: dict[float, float] = {}
        platform = Platform(mqtt.url("platform"), "gw-slow")
        noted = platform.link._on_message

        def note(message: object) -> None:
            noted(message)  # type: ignore[arg-type]  # as it came
            for value in list(sent_at):
                if any(value in frame.value for frame in list(platform.frames.values())[-4:]):
                    delays.extend([time.monotonic() - sent_at.pop(value)])

        platform.link._on_message = note
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(platform.running())
            sending = Sending("gw-slow", through(proxy, mqtt), tmp_path / "b.sqlite")
            proxy.reset()
            await stack.enter_async_context(sending.running())
            await asyncio.sleep(1.5)
            for number in range(100):
                await sending.take(*noise(number, 5000))
            backlog = sending.intake.buffer.waiting.bytes
            assert backlog > 3_000_000
            proxy.heal()
            proxy.slow(bytes_per_second=200_000)
            await until(lambda: platform.count > 0, 40)
            for number in range(80):
                value = float(-1 - number)
                sent_at[value] = time.monotonic()
                await sending.take(value)
                await asyncio.sleep(0.1)
            assert sending.intake.buffer.rows_waiting > 50_000, "the backlog was over too soon"
            await until(lambda: not sent_at, 20)
            proxy.heal()
            await until(lambda: sending.intake.buffer.rows_waiting == 0, 60)
        assert len(arrivals(platform)) == len(set(arrivals(platform))) == 500_080
        delays.sort()
        assert delays[int(len(delays) * 0.9)] < 3.0, delays

    runner.run(body())


@pytest.mark.long
def test_a_stalled_link_does_not_fill_memory(
    runner: asyncio.Runner, mqtt: EmbeddedMqtt, proxy: Proxy, tmp_path: Path
) -> None:
    async def body() -> None:
        platform = Platform(mqtt.url("platform"), "gw-stall")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(platform.running())
            sending = Sending("gw-stall", through(proxy, mqtt), tmp_path / "b.sqlite")
            await stack.enter_async_context(sending.running())
            await sending.take(*noise(0, 1000))
            await until(lambda: platform.count == 1000)
            proxy.stall()
            before = psutil.Process().memory_info().rss
            for number in range(1, 161):
                await sending.take(*noise(number, 5000))
            # Long enough for every frame in flight to be due several times.
            await asyncio.sleep(15)
            grown = psutil.Process().memory_info().rss - before
            assert grown < 60_000_000
            out = len(sending.link._client._out_packet)  # type: ignore[union-attr]  # what paho has not sent
            assert out < 150
            proxy.heal()
            await until(lambda: sending.intake.buffer.rows_waiting == 0, 90)
        assert len(arrivals(platform)) == len(set(arrivals(platform))) == 801_000

    runner.run(body())


def test_two_gateways_with_one_id_are_noticed_and_calm_down(
    runner: asyncio.Runner, mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel.wire.mqtt, "_RETRY_SECONDS", 0.05)

    async def body() -> None:
        platform = Platform(mqtt.url("platform"), "gw-twin")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(platform.running())
            twins = [
                Sending("gw-twin", mqtt.url("edge"), tmp_path / f"{name}.sqlite") for name in "ab"
            ]
            for twin in twins:
                await stack.enter_async_context(twin.running())
            await until(lambda: any(t.link.brief >= kernel.wire.mqtt.BRIEF_MANY for t in twins))
            # Each has its own epoch: what both have taken arrives once, however they take turns.
            for number, twin in enumerate(twins):
                await twin.take(*noise(number, 50))
            await until(lambda: platform.count == 100, 40)
            briefs = [twin.link.brief for twin in twins]
            await asyncio.sleep(3)
            # No storm: the waits between attempts have grown.
            assert sum(twin.link.brief for twin in twins) - sum(briefs) < 12
        assert sorted(arrivals(platform)) == sorted(noise(0, 50) + noise(1, 50))

    runner.run(body())


def test_a_flood_of_answers_is_survived(
    runner: asyncio.Runner, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    """Forged, old and absurd answers, thousands of each: nothing is lost, and the log stays quiet."""

    async def body() -> None:
        platform = Platform(mqtt.url("platform"), "gw-flood", verdict=lambda _: None)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(platform.running())
            sending = Sending("gw-flood", mqtt.url("edge"), tmp_path / "b.sqlite")
            await stack.enter_async_context(sending.running())
            await sending.take(*noise(0, 500))
            await until(lambda: bool(platform.seen))
            schemas = 0
            publish = sending.link.publish

            def counted(topic: str, *arguments: Any, **named: Any) -> bool:
                nonlocal schemas
                schemas += topic.endswith("/schema")
                return publish(topic, *arguments, **named)

            sending.link.publish = counted  # type: ignore[method-assign]  # to count
            epoch = sending.intake.buffer.epoch
            topic = ack_topic("gw-flood")

            def ack(verdict: str, of: object, key: bytes = KEY, last: int = 2**62) -> bytes:
                return encode_ack(Ack("gw-flood", of, "live", [(0, last)], verdict), key)  # type: ignore[arg-type]  # a UUID

            began = time.monotonic()
            for payload in (
                b"garbage",
                ack("stored", epoch, b"another key of 32 bytes ........"),
                ack("stored", uuid4()),
                ack("refused", uuid4()),
                ack("new_epoch", uuid4()),
                ack("need_schema", epoch),
            ):
                for _ in range(3000):
                    sending.publisher.arrived(Message(topic, payload))
            assert sending.publisher.bad_acks == 6000
            assert len(sending.publisher._acked) <= 20_000
            await asyncio.sleep(1)
            assert sending.intake.buffer.rows_waiting == 500
            # The schema was asked for 3,000 times, and told once a second.
            assert 1 <= schemas <= 3
            platform.verdict = lambda _: "stored"
            await until(lambda: sending.intake.buffer.rows_waiting == 0, 40)
            assert time.monotonic() - began < 60
        assert platform.count == 500

    runner.run(body())


async def many(sending: Sending, frames: int) -> list[float]:
    """Take readings that become so many frames, one by one; returns their values."""
    values = []
    for number in range(frames):
        values += noise(number, 20)
        await sending.take(*values[-20:])
        await sending.intake.settle()
    return values


def test_a_schema_that_is_refused_is_announced_ever_more_rarely_and_holds_up_no_other(
    runner: asyncio.Runner, mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More frames than fit in flight wait for a schema; frames of the next one go by, and nothing is lost."""
    monkeypatch.setattr(edge_agent.publisher, "LIVE_FRAMES_MAX", 8)
    monkeypatch.setattr(edge_agent.announcing, "AGAIN_SECONDS_MAX", 4.0)

    async def body() -> None:
        refused: set[bytes] = set()
        platform = Platform(
            mqtt.url("platform"),
            "gw-refused",
            verdict=lambda f: "need_schema" if f.schema_hash in refused else "stored",
        )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(platform.running())
            sending = Sending("gw-refused", mqtt.url("edge"), tmp_path / "b.sqlite")
            await stack.enter_async_context(sending.running())
            first = sending.intake.buffer.schema
            assert first is not None
            refused.add(first.hash)
            sent = sending.noting()
            await until(lambda: sending.link.up)
            values = await many(sending, 30)
            await asyncio.sleep(7)
            assert sent.count("schema") <= 5
            assert sent.count("frames") <= 30 + 8
            assert "does not accept a schema (1)" in sending.publisher.trouble
            assert "as the test wants it" in sending.publisher.trouble
            # Another schema: what is cut under it does not wait for the first.
            number = sending.intake.number_of(Tag("b", "SN", "b"))
            assert number == 1
            await sending.take(-1.0, series=number)
            await until(lambda: -1.0 in arrivals(platform), 2)
            assert len(arrivals(platform)) == 1
            refused.clear()
            await until(lambda: sending.intake.buffer.rows_waiting == 0, 10)
            assert sending.publisher.trouble == ""
        assert sorted(arrivals(platform)) == sorted([-1.0, *values])

    runner.run(body())


def test_frames_whose_schema_is_lost_wait_without_holding_up_others(
    runner: asyncio.Runner, mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        platform = Platform(mqtt.url("platform"), "gw-lost")
        first = Schema("gw-lost", (Tag("a", "SN", "a"),))
        path = tmp_path / "b.sqlite"
        sending = Sending("gw-lost", "mqtt://127.0.0.1:1", path)
        async with sending.running():
            # Taken under a schema that nobody announced, and of which both copies are gone then.
            values = await many(sending, 5)

            def forget() -> None:
                for table in ("schemas", "schema_copies"):
                    sending.intake.buffer.connection.execute(f"DELETE FROM {table}")

            await sending.intake.call(forget)

        async with AsyncExitStack() as stack:
            await stack.enter_async_context(platform.running())
            sending = Sending("gw-lost", mqtt.url("edge"), path, tag="b")
            await stack.enter_async_context(sending.running())
            await sending.take(-1.0)
            await until(lambda: -1.0 in arrivals(platform))
            await until(lambda: "neither in the buffer" in sending.publisher.trouble)
            assert len(arrivals(platform)) == 1
            await until(lambda: sending.intake.buffer.rows_waiting == len(values))
            # The platform may learn of it from its own backup.
            platform.schemas[first.hash] = first
            await until(lambda: sending.intake.buffer.rows_waiting == 0)
            assert sending.publisher.trouble == ""
        assert sorted(arrivals(platform)) == sorted([-1.0, *values])

    runner.run(body())


def test_readings_are_taken_and_sent_from_the_first_second_while_a_damaged_buffer_is_saved(
    runner: asyncio.Runner, mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is saved of it is sent as well, across a restart, and nothing twice."""
    monkeypatch.setattr(edge_agent.intake, "SALVAGE_SECONDS", 0.1)

    def damaged() -> None:
        raise damage("as the test wants it")

    async def body() -> None:
        path = tmp_path / "b.sqlite"
        sending = Sending("gw-saved", "mqtt://127.0.0.1:1", path)
        old: list[float] = []
        async with sending.running():
            for number in range(100):
                old += noise(number, 10_000)
                await sending.take(*old[-10_000:])
            await sending.intake.settle()
            # Stopped soon after: what is left is saved by the next one.
            with pytest.raises(sqlite3.DatabaseError):
                await sending.intake.call(damaged)
            assert sending.intake.buffer.new_because == "damaged"
        platform = Platform(mqtt.url("platform"), "gw-saved")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(platform.running())
            sending = Sending("gw-saved", mqtt.url("edge"), path)
            await stack.enter_async_context(sending.running())
            new: list[float] = []
            waits: list[float] = []
            while sending.intake.buffer.salvaging:
                began = time.monotonic()
                new.append(-1.0 - len(new))
                await sending.take(new[-1])
                waits.append(time.monotonic() - began)
                await asyncio.sleep(0.02)
            assert len(new) > 10
            assert sorted(waits)[len(waits) // 2] < 0.1
            # What is taken meanwhile is sent meanwhile, not after what is saved.
            await until(lambda: new[0] in arrivals(platform), 5)
            await until(lambda: sending.intake.buffer.rows_waiting == 0, 60)
        assert sorted(arrivals(platform)) == sorted([*old, *new])

    runner.run(body())
