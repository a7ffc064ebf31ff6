"""The edge agent's neighbours in its tests: an OPC UA server, and a platform that keeps frames in memory."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from asyncua import Server, ua

from edge_agent.agent import Agent
from edge_agent.config import EdgeConfig, load_config
from kernel.wire.envelope import agent_of
from kernel.wire.frames import Frame, ack_topic, decode_frame
from kernel.wire.messages import (
    Ack,
    Schema,
    Status,
    decode_schema,
    decode_status,
    encode_ack,
)
from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress

KEY = bytes(range(32))
NAMESPACE = "urn:test:plc"
STARTED = datetime(2026, 1, 1, tzinfo=UTC)


async def until(condition: Callable[[], bool], seconds_max: float = 20) -> None:
    async with asyncio.timeout(seconds_max):
        while not condition():  # noqa: ASYNC110 - the conditions are of plain objects
            await asyncio.sleep(0.01)


def reads(agent: Agent) -> bool:
    """Tell whether all sources of an agent are connected."""
    return all(source.report()["state"] == "connected" for source in agent.sources)


@dataclass
class Row:
    """A reading as the platform got it."""

    tag: str
    ts: int
    server_ts: int
    edge_ts: int
    value: float
    quality: int
    odd: Any


@dataclass
class Platform:
    """Verifies, remembers and acknowledges frames as ingest does, without its database."""

    url: str
    agent: str
    verdict: Callable[[Frame], str | None] = lambda _: "stored"
    frames: dict[tuple[UUID, str, int], Frame] = field(default_factory=dict)
    digests: dict[tuple[UUID, str, int], bytes] = field(default_factory=dict)
    schemas: dict[bytes, Schema] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    seen: Counter[tuple[UUID, str, int]] = field(default_factory=Counter)
    conflicts: int = 0

    def __post_init__(self) -> None:
        self.link = MqttLink(
            MqttAddress.parse(self.url),
            f"platform-{self.agent}",
            subscriptions=[f"fw/v1/{self.agent}/{kind}" for kind in ("frames", "schema", "status")],
            on_message=self._arrived,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Platform"]:
        task = asyncio.create_task(self.link.run())
        try:
            await until(lambda: self.link.up)
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def rows(self) -> Iterator[Row]:
        """Yield every reading of every frame once, in the order of epoch, lane and number."""
        for key in sorted(self.frames, key=str):
            frame = self.frames[key]
            tags = self.schemas[frame.schema_hash].tags
            for row in range(len(frame)):
                yield Row(
                    tags[frame.series[row]].name, frame.ts[row], frame.server_ts[row],
                    frame.edge_ts[row], frame.value[row], frame.quality[row], frame.odd.get(row),
                )  # fmt: skip

    def values(self, tag: str) -> list[float]:
        """Return a tag's values by source time."""
        return [row.value for row in sorted(self.rows(), key=lambda r: r.ts) if row.tag == tag]

    @property
    def count(self) -> int:
        return sum(len(frame) for frame in self.frames.values())

    @property
    def taken(self) -> int:
        """The count of the latest status, 0 before the first."""
        return self.statuses[-1].taken if self.statuses else 0

    def source(self, name: str) -> dict[str, Any]:
        """Return a source's facts in the latest status."""
        return next((s for s in self.statuses[-1].sources if s["name"] == name), {}) if (
            self.statuses
        ) else {}  # fmt: skip

    def ack(self, frame: Frame, verdict: str, detail: str = "") -> None:
        ack = Ack(frame.agent, frame.epoch, frame.lane, [(frame.seq, frame.seq)], verdict, detail)
        self.link.publish(ack_topic(frame.agent), encode_ack(ack, KEY))

    def _arrived(self, message: Message) -> None:
        assert agent_of(message.payload) == self.agent
        kind = message.topic.rpartition("/")[2]
        if kind == "schema":
            schema = decode_schema(message.payload, lambda _: KEY)
            self.schemas[schema.hash] = schema
        elif kind == "status":
            self.statuses.append(decode_status(message.payload, lambda _: KEY))
        else:
            self._take(message.payload)

    def _take(self, data: bytes) -> None:
        frame = decode_frame(data, lambda _: KEY)
        key = (frame.epoch, frame.lane, frame.seq)
        digest = hashlib.sha256(data).digest()
        self.seen[key] += 1
        verdict = self.verdict(frame)
        if verdict == "stored":
            if self.digests.setdefault(key, digest) != digest:
                self.conflicts += 1
                verdict = "new_epoch"
            elif frame.schema_hash not in self.schemas:
                del self.digests[key]
                verdict = "need_schema"
            else:
                self.frames[key] = frame
        if verdict is not None:
            self.ack(frame, verdict, "as the test wants it")


class Plc:
    """An OPC UA server with a few variables, in namespace `urn:test:plc`: `s=0`, `s=1`, …"""

    def __init__(self, port: int, tags: int = 3, users: dict[str, str] | None = None) -> None:
        self.url = f"opc.tcp://127.0.0.1:{port}/plc"
        self.tags = tags
        self.written = 0
        self._users = users
        self._moment = STARTED

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Plc"]:
        self.server = Server(user_manager=_Users(self._users) if self._users else None)
        await self.server.init()
        self.server.set_endpoint(self.url)
        await self.secure(self.server)
        self.index = await self.server.register_namespace(NAMESPACE)
        machine = await self.server.nodes.objects.add_object(self.index, "machine")
        for tag in range(self.tags):
            await machine.add_variable(
                ua.NodeId(str(tag), self.index), f"tag{tag}", 0.0, ua.VariantType.Double,
                ua.NodeId(ua.ObjectIds.Number)  # whatever is written first,
            )  # fmt: skip
        await self._clear()
        async with self.server:
            yield self

    async def secure(self, server: Server) -> None:
        """Set the server's security; here there is none."""
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])

    async def reset(self) -> None:
        """Begin anew: no variable has a value yet."""
        self.written, self._moment = 0, STARTED
        await self._clear()

    async def _clear(self) -> None:
        for tag in range(self.tags):
            waiting = ua.StatusCode(ua.StatusCodes.BadWaitingForInitialData)
            await self.server.write_attribute_value(
                ua.NodeId(str(tag), self.index), ua.DataValue(None, waiting)
            )

    @property
    def watched(self) -> int:
        """How many items clients monitor."""
        service = self.server.iserver.subscription_service
        return sum(
            len(s.monitored_item_srv._monitored_items) for s in service.subscriptions.values()
        )

    async def write(
        self, tag: int, value: Any, *, status: int = 0, at: datetime | None = None
    ) -> datetime:
        """Write a value; source times rise by 1 ms with each unless one is given."""
        self._moment += timedelta(milliseconds=1)
        at = at or self._moment
        number = float(value) if type(value) is int else value
        variant = value if isinstance(value, ua.Variant) else ua.Variant(number)
        written = await self.server.write_attribute_value(
            ua.NodeId(str(tag), self.index),
            ua.DataValue(variant, ua.StatusCode(status), at, datetime.now(UTC)),
        )
        assert written is None or written.is_good()
        self.written += 1
        return at

    async def count_up(self, steps: int, pause_seconds: float = 0.0) -> None:
        """Write rising numbers to every tag."""
        for _ in range(steps):
            for tag in range(self.tags):
                await self.write(tag, float(self.written))
            await asyncio.sleep(pause_seconds)


class _Users:
    def __init__(self, users: dict[str, str]) -> None:
        self._users = users

    def get_user(self, _: Any, username: str = "", password: str = "", **__: Any) -> Any:
        from asyncua.crypto.permission_rules import User, UserRole

        good = self._users.get(username) == password
        return User(role=UserRole.User, name=username) if good else None


def edge_toml(
    path: Path, mqtt_url: str, plc_url: str, *, agent: str, tags: int = 3, more: str = ""
) -> EdgeConfig:
    """Write a configuration for the PLC's tags and load it."""
    text = f"""\
agent = "{agent}"
key = "{KEY.hex()}"
status_seconds = 0.3
[mqtt]
url = "{mqtt_url}"
[buffer]
path = "{agent}.sqlite"
"""
    text += "".join(line for line in more.splitlines(keepends=True) if line.startswith("[frames]"))
    text += more.partition("[frames]")[2] if "[frames]" in more else ""
    text += f"""
[[opcua]]
name = "plc"
url = "{plc_url}"
publishing_interval_ms = 20
{more if "[frames]" not in more else ""}
"""
    for tag in range(tags):
        text += f"""
[[opcua.tags]]
node = "nsu={NAMESPACE};s={tag}"
name = "t{tag}"
asset = "SN-1"
series = "tag{tag}"
"""
    path.write_text(text)
    return load_config(path)


@asynccontextmanager
async def agent_running(config: EdgeConfig) -> AsyncIterator[Agent]:
    """Run an agent in this process; it must stop cleanly."""
    agent = Agent(config)
    stop = asyncio.Event()
    task = asyncio.create_task(agent.run(stop))
    try:
        yield agent
    finally:
        stop.set()
        async with asyncio.timeout(15):
            await task
