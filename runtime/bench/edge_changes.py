"""How many value changes one agent takes from an OPC UA server onto its disk, and what memory that needs.

The agent is `forewarn edge run` on one core, with its buffer and its broker; the server is a process of its
own, and this process acknowledges frames as a platform does.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from kernel.errors import Unavailable
from kernel.wire.frames import ack_topic, decode_frame
from kernel.wire.messages import Ack, Status, decode_status, encode_ack
from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress
from runtime.bench.edge_server import NAMESPACE
from runtime.bench.figures import Figure, growth_percent
from runtime.bench.servers import running
from runtime.embedded.mqtt import EmbeddedMqtt
from runtime.embedded.service import Service, answers, free_port
from runtime.supervisor.applications import forewarn

ITEMS = 10_000
CHANGES_AIM = 20_000.0
RSS_MB_AIM = 200.0
GROWTH_AIM = 2.0
SECONDS = 20.0
_WARM_UP_SECONDS = 5.0
_READY_SECONDS_MAX = 120.0
_AGENT = "gw-bench"
_KEY = bytes(range(32))

Say = Callable[[str], None]


@dataclass
class Platform:
    """Acknowledges every frame and remembers the latest status."""

    url: str
    statuses: list[Status] = field(default_factory=list)
    frames: int = 0

    def __post_init__(self) -> None:
        topics = [f"fw/v1/{_AGENT}/{kind}" for kind in ("frames", "status")]
        self.link = MqttLink(
            MqttAddress.parse(self.url), "bench", subscriptions=topics, on_message=self._arrived
        )

    @property
    def taken(self) -> int:
        """Readings the agent has on its disk."""
        return self.statuses[-1].taken if self.statuses else 0

    def _arrived(self, message: Message) -> None:
        if message.topic.endswith("status"):
            self.statuses[:] = [decode_status(message.payload, lambda _: _KEY)]
            return
        frame = decode_frame(message.payload, lambda _: _KEY)
        self.frames += 1
        ack = Ack(frame.agent, frame.epoch, frame.lane, [(frame.seq, frame.seq)], "stored", "")
        self.link.publish(ack_topic(frame.agent), encode_ack(ack, _KEY))


def measure_changes(
    say: Say, *, seconds: float = SECONDS, items: int = ITEMS, per_second: float = 0
) -> list[Figure]:
    """Measure the rate and the memory.

    Args:
        say: told what is being done.
        seconds: how long, after a warm-up.
        items: monitored items.
        per_second: changes the server has; 0: as many as the agent takes.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forewarn-bench-")))
        broker = EmbeddedMqtt(
            folder / "mqtt", free_port(), {"edge": "edge", "platform": "platform"}
        )
        stack.enter_context(running(broker.service(), folder / "mqtt"))
        say(f"starting an OPC UA server with {items:,} variables ...")
        port = free_port()
        stack.enter_context(running(_server(port, items, per_second), folder))
        config = _configuration(folder, broker.url("edge"), port, items)
        agent = stack.enter_context(_agent(config))
        say(f"an agent watches them for {seconds:.0f} s ...")
        return asyncio.run(_watch(Platform(broker.url("platform")), agent, seconds, items))


async def _watch(
    platform: Platform, agent: psutil.Process, seconds: float, items: int
) -> list[Figure]:
    task = asyncio.create_task(platform.link.run())
    try:
        async with asyncio.timeout(_READY_SECONDS_MAX):
            while platform.taken < items:  # noqa: ASYNC110 - statuses come as they come
                await asyncio.sleep(0.1)
        await asyncio.sleep(_WARM_UP_SECONDS)
        loop = asyncio.get_running_loop()
        began, before, cpu = loop.time(), platform.taken, _cpu_seconds(agent)
        sizes = [agent.memory_info().rss]
        while (left := began + seconds - loop.time()) > 0:
            await asyncio.sleep(min(left, 1.0))
            sizes.append(agent.memory_info().rss)
        took, spent = loop.time() - began, _cpu_seconds(agent) - cpu
        changes = platform.taken - before
        source = next(s for s in platform.statuses[-1].sources if s["kind"] == "opcua")
        if source["gaps_count"] or source["overflows"] or source["oddities"]:
            raise Unavailable(f"the measured source was not in order: {source}")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    way = f"{items:,} monitored items of another process, notification to group commit, frames acknowledged"
    return [
        Figure("edge_changes", changes / took, "changes/s", CHANGES_AIM, changes, 1, way),
        Figure("edge_changes_per_cpu_second", changes / spent, "changes/s", CHANGES_AIM, changes, 1, way),
        Figure("edge_rss_mb", max(sizes) / 1e6, "MB", RSS_MB_AIM, changes, 1, way),
        Figure(
            "edge_rss_growth", growth_percent(sizes), "%", GROWTH_AIM, changes, 1,
            f"median memory of the last tenth of {seconds:.0f} s against that of the second tenth",
        ),
    ]  # fmt: skip


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _server(port: int, items: int, per_second: float) -> Service:
    arguments = (str(port), str(items), str(per_second))
    argv = [sys.executable, "-P", "-m", "runtime.bench.edge_server", *arguments]
    return Service("opcua", argv, lambda: answers(port))


@contextmanager
def _agent(config: Path) -> Iterator[psutil.Process]:
    """Run the agent, on one core where that can be said."""
    service = forewarn(
        "edge", "edge", "run", "--config", str(config), environment={}, heartbeat_dir=config.parent
    )
    with running(service, config.parent) as pid:
        watched = psutil.Process(pid)
        if hasattr(watched, "cpu_affinity"):
            watched.cpu_affinity([min(os.sched_getaffinity(0))])
        yield watched


def _configuration(folder: Path, mqtt_url: str, port: int, items: int) -> Path:
    lines = [
        f'agent = "{_AGENT}"', f'key = "{_KEY.hex()}"', "status_seconds = 0.5",
        "[mqtt]", f'url = "{mqtt_url}"', "[buffer]", 'path = "buffer.sqlite"',
        "[[opcua]]", 'name = "bench"', f'url = "opc.tcp://127.0.0.1:{port}/bench"',
        "publishing_interval_ms = 10", "keepalive_seconds = 20", "history = false",
    ]  # fmt: skip
    for number in range(items):
        lines += [
            "[[opcua.tags]]", f'node = "nsu={NAMESPACE};s=v{number}"',
            f'asset = "SN-{number // 100}"', f'series = "v{number}"',
        ]  # fmt: skip
    path = folder / "edge.toml"
    path.write_text("\n".join(lines) + "\n")
    return path
