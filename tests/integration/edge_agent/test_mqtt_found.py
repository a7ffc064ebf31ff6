"""Tags that turn up while an agent runs: on disk with the next commit, whenever they get their numbers."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.edge_agent.peers import Platform, until
from tests.integration.edge_agent.test_delivery import started
from tests.integration.edge_agent.test_mqtt_sources import config_of, device

AGENT = "gw-found"


@contextmanager
def running(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An agent in a process of its own, killed at the end unless it has ended."""
    path = str(folder / "edge.toml")
    process = started([sys.executable, "-m", "runtime", "edge", "run", "--config", path])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def stopped(process: "subprocess.Popen[bytes]") -> bool:
    process.send_signal(signal.SIGTERM)
    return process.wait(15) == os.EX_OK


FLEET = """
[[mqtt_json]]
name = "fleet"
url = "BROKER"
topics = ["site/+/fan/+"]
timestamp = "$.ts"
found_tags_max = 100
[[mqtt_json.patterns]]
topic = "site/+/fan/+"
path = "$.temp"
asset = "{1}-{2}"
series = "temp"
kind = "temperature"
"""


def test_a_kill_loses_no_reading_of_a_tag_that_has_no_number_yet(
    mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    config_of(tmp_path, mqtt, AGENT, FLEET)
    sent: list[tuple[str, float]] = []

    async def body() -> None:
        platform = Platform(mqtt.url("platform"), AGENT)
        async with platform.running(), device(mqtt, []) as link:

            async def send(fan: str, times: int) -> None:
                for _ in range(times):
                    value = float(len(sent))
                    told = {"ts": 1767225600 + len(sent), "temp": value}
                    link.publish(f"site/oslo/fan/{fan}", json.dumps(told).encode())
                    sent.append((f"oslo-{fan}/temp", value))
                    await asyncio.sleep(0.02)

            with running(tmp_path):
                await until(lambda: platform.source("fleet").get("state") == "connected")
                # Each time that tags turn up, the next ones wait twice as long: 2.4 s after three.
                for wave in range(3):
                    await send(f"early{wave}", 2)
                    await until(lambda: platform.count == len(sent))
                known = platform.count
                await send("late0", 5)
                await send("late1", 5)
                await send("early0", 1)
                await until(lambda: platform.count > known)  # a known tag waits for nobody
                await asyncio.sleep(0.3)
                assert platform.count < len(sent)
            with running(tmp_path) as process:
                await until(lambda: platform.count >= len(sent))
                await send("late1", 2)
                await send("new", 1)
                await until(lambda: platform.count >= len(sent))
                await until(lambda: platform.taken == len(sent))
                assert stopped(process)
        assert sorted((row.tag, row.value) for row in platform.rows()) == sorted(sent)

    asyncio.run(body())


def test_what_waits_is_sent_when_the_agent_stops(mqtt: EmbeddedMqtt, tmp_path: Path) -> None:
    config_of(tmp_path, mqtt, AGENT, FLEET)

    async def body() -> None:
        platform = Platform(mqtt.url("platform"), AGENT)
        async with platform.running(), device(mqtt, []) as link:
            with running(tmp_path) as process:
                await until(lambda: platform.source("fleet").get("state") == "connected")
                for fan in range(3):
                    link.publish(f"site/oslo/fan/{fan}", b'{"ts": 1767225600, "temp": 1}')
                await asyncio.sleep(0.1)
                assert stopped(process)
            await until(lambda: platform.count == 3)
        assert {row.tag for row in platform.rows()} == {f"oslo-{n}/temp" for n in range(3)}

    asyncio.run(body())
