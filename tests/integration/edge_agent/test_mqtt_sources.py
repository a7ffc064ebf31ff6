"""Devices that speak MQTT: plain JSON, and Sparkplug B."""

import asyncio
import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from edge_agent import intake
from edge_agent.config import EdgeConfig, load_config
from kernel.wire.mqtt import Message, MqttLink
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.sparkplug import (
    BD_SEQ,
    REBIRTH,
    DataType,
    Metric,
    Payload,
    decode_payload,
    encode_payload,
)
from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.edge_agent.peers import KEY, Platform, agent_running, reads, until

NODE = "spBv1.0/plant/{}/chiller"
DEVICE = "spBv1.0/plant/{}/chiller/fan"


def config_of(tmp_path: Path, mqtt: EmbeddedMqtt, agent: str, sources: str) -> EdgeConfig:
    path = tmp_path / "edge.toml"
    path.write_text(
        f'agent = "{agent}"\nkey = "{KEY.hex()}"\nstatus_seconds = 0.3\n'
        f'[mqtt]\nurl = "{mqtt.url("edge")}"\n{sources.replace("BROKER", mqtt.url("edge"))}'
    )
    return load_config(path)


@asynccontextmanager
async def device(mqtt: EmbeddedMqtt, heard: list[Message], *topics: str) -> AsyncIterator[MqttLink]:
    link = MqttLink(
        MqttAddress.parse(mqtt.url("plant")),
        "device",
        subscriptions=topics,
        on_message=heard.append,
    )
    task = asyncio.create_task(link.run())
    try:
        await until(lambda: link.up)
        yield link
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_json_is_mapped_and_what_is_none_is_counted(mqtt: EmbeddedMqtt, tmp_path: Path) -> None:
    sources = """
[[mqtt_json]]
name = "devices"
url = "BROKER"
topics = ["factory/+/state"]
timestamp = "$.ts"
[[mqtt_json.tags]]
path = "$.sensors[0].temp"
name = "temp"
asset = "SN-1"
series = "temp"
topic = "factory/a/state"
[[mqtt_json.tags]]
path = "running"
name = "running"
asset = "SN-1"
series = "running"
type = "boolean"
topic = "factory/a/state"
[[mqtt_json.tags]]
path = "x"
name = "x"
asset = "SN-2"
series = "x"
topic = "factory/b/state"
"""

    async def body() -> None:
        config = config_of(tmp_path, mqtt, "gw-json", sources)
        platform = Platform(mqtt.url("platform"), "gw-json")
        async with platform.running(), agent_running(config) as agent, device(mqtt, []) as link:
            await until(lambda: reads(agent))

            def send(topic: str, document: object) -> None:
                data = document if isinstance(document, bytes) else json.dumps(document).encode()
                link.publish(f"factory/{topic}/state", data)

            send("a", {"ts": 1767225600, "sensors": [{"temp": 21.5}], "running": True})
            send("a", {"ts": 1767225601000, "sensors": [{"temp": "hot"}], "running": 0})
            send("a", {"ts": "2026-01-01T00:00:02Z", "sensors": [{"temp": None}]})
            send("b", {"ts": "yesterday", "x": math.nan})
            send("b", b'{"x": "\\ud800"}')
            for bad in (b"{", b"\xff", b"[" * 100_000, b"x" * 1_100_000):
                send("b", bad)
            await until(lambda: platform.count == 7)
            await until(lambda: platform.source("devices")["oddities"].get("too_large") == 1)
            assert platform.source("devices")["oddities"] == {
                "nothing_at_path": 1, "bad_time": 2, "not_json": 2, "too_deep": 1, "too_large": 1,
            }  # fmt: skip
        temps = sorted((r for r in platform.rows() if r.tag == "temp"), key=lambda r: r.ts)
        assert [row.ts for row in temps] == [1767225600_000_000 + n * 1_000_000 for n in range(3)]
        assert temps[0].value == 21.5
        assert [row.odd for row in temps] == [None, "hot", None]
        assert math.isnan(temps[2].value)
        assert platform.values("running") == [1.0, 0.0]
        assert [row.odd for row in platform.rows() if row.tag == "x"] == [None, "?"]

    asyncio.run(body())


def test_a_burst_larger_than_memory_allows_waits_at_the_broker(
    mqtt: EmbeddedMqtt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "OFFERED_MAX", 3)
    sources = """
[[mqtt_json]]
name = "burst"
url = "BROKER"
topics = ["burst"]
[[mqtt_json.tags]]
path = "n"
name = "n"
asset = "SN-1"
series = "n"
"""

    async def body() -> None:
        config = config_of(tmp_path, mqtt, "gw-burst", sources)
        platform = Platform(mqtt.url("platform"), "gw-burst")
        async with platform.running(), agent_running(config) as agent, device(mqtt, []) as link:
            await until(lambda: reads(agent))
            for number in range(500):
                link.publish("burst", b'{"n": %d}' % number)
            await until(lambda: platform.count == 500)
        assert sorted(row.value for row in platform.rows()) == [float(n) for n in range(500)]

    asyncio.run(body())


SPARKPLUG = """
[[sparkplug]]
name = "chiller"
url = "BROKER"
group = "plant"
node = "chiller"
rebirth_seconds_min = 1
[[sparkplug.tags]]
metric = "temp"
name = "temp"
asset = "SN-1"
series = "temp"
[[sparkplug.tags]]
metric = "count"
name = "count"
asset = "SN-1"
series = "count"
device = "fan"
"""


def birth(bd_seq: int, seq: int, at: int, temp: float) -> bytes:
    metrics = (
        Metric(BD_SEQ, bd_seq, DataType.INT64, at),
        Metric("temp", temp, DataType.DOUBLE, at, alias=1),
        Metric("unmapped", 1.0, DataType.DOUBLE, at, alias=9),
    )
    return encode_payload(Payload(at, metrics, seq))


def fan_birth(seq: int, at: int, count: int) -> bytes:
    return encode_payload(Payload(at, (Metric("count", count, DataType.INT16, at, alias=5),), seq))


def data(seq: int, at: int, temp: float, alias: int = 1) -> bytes:
    return encode_payload(Payload(at, (Metric("", temp, DataType.DOUBLE, at, alias=alias),), seq))


def test_a_sparkplug_node_is_born_read_lost_and_born_again(
    mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        config = config_of(tmp_path, mqtt, "gw-spark", SPARKPLUG)
        platform = Platform(mqtt.url("platform"), "gw-spark")
        heard: list[Message] = []
        command = NODE.format("NCMD")
        async with (
            device(mqtt, heard, command) as node,
            platform.running(),
            agent_running(config) as agent,
        ):
            await until(lambda: reads(agent))
            await until(lambda: len(heard) == 1)  # asked for a birth at once
            (metric,) = decode_payload(heard[0].payload).metrics
            assert (metric.name, metric.value) == (REBIRTH, True)

            node.publish(NODE.format("NBIRTH"), birth(0, 0, 1000, 20.0))
            await until(lambda: platform.count == 1)
            node.publish(DEVICE.format("DBIRTH"), fan_birth(1, 1000, -3))
            await until(lambda: platform.count == 2)
            node.publish(NODE.format("NDATA"), data(2, 2000, 21.0))
            await until(lambda: platform.count == 3)
            # The type is known from the birth, where -7 is 65529 without a sign.
            untyped = b"\x10\x05" + b"\x18\xd0\x0f" + b"\x50\xf9\xff\x03"  # alias, time, value
            node.publish(
                DEVICE.format("DDATA"),
                b"\x08\xd0\x0f" + b"\x12" + bytes([len(untyped)]) + untyped + b"\x18\x03",
            )
            await until(lambda: platform.count == 4)
            assert platform.values("temp") == [20.0, 21.0]
            assert platform.values("count") == [-3.0, -7.0]

            await asyncio.sleep(1.1)
            node.publish(NODE.format("NDATA"), data(9, 3000, 22.0))  # 4 to 8 are missing
            await until(lambda: len(heard) == 2)
            node.publish(NODE.format("NDATA"), data(10, 4000, 23.0, alias=77))  # nobody told us
            # The embedded broker keeps the order within a topic, not among topics.
            await until(lambda: "unknown_alias" in platform.source("chiller")["oddities"])
            node.publish(NODE.format("NBIRTH"), birth(0, 0, 3000, 22.0))  # as last taken
            await asyncio.sleep(0.2)
            node.publish(DEVICE.format("DBIRTH"), fan_birth(1, 2000, -7))  # as last taken, too
            await asyncio.sleep(0.2)
            node.publish(NODE.format("NDATA"), data(2, 5000, 24.0))
            await until(lambda: platform.count == 6)
            assert platform.values("temp") == [20.0, 21.0, 22.0, 24.0]

            death = encode_payload(Payload(6000, (Metric(BD_SEQ, 3, DataType.INT64),)))
            node.publish(NODE.format("NDEATH"), death)  # of another birth
            node.publish(
                NODE.format("NDEATH"),
                encode_payload(Payload(6000, (Metric(BD_SEQ, 0, DataType.INT64),))),
            )
            await until(lambda: platform.count == 8)
            dead = sorted(platform.rows(), key=lambda row: row.ts)[-2:]
            # The device behind the node is unreachable with it.
            assert {(row.tag, row.quality) for row in dead} == {
                ("temp", 0x80310000), ("count", 0x80310000),
            }  # fmt: skip
            oddities = platform.source("chiller")["oddities"]
            await until(lambda: platform.source("chiller").get("nodes_alive") == 0)
            assert oddities["sequence_gap"] == 1
            assert oddities["unknown_alias"] == 1
            assert len(heard) == 2  # the second wish came too soon after the first

            node.publish(NODE.format("NDATA"), b"\xff\xff\xff")
            await until(lambda: platform.source("chiller")["oddities"].get("inconsistent") == 1)

    asyncio.run(body())


PATTERNS = """
[[mqtt_json]]
name = "fleet"
url = "BROKER"
timestamp = "$.ts"
found_tags_max = 6
[[mqtt_json.tags]]
topic = "site/oslo/fan/0"
path = "$.temp"
name = "named"
asset = "oslo-0"
series = "temp"
unit = "°C"
[[mqtt_json.patterns]]
topic = "site/+/fan/+"
path = "$.temp"
asset = "{1}-{2}"
series = "temp"
[[mqtt_json.patterns]]
topic = "site/+/fan/+"
path = "$.speed"
asset = "{1}-{2}"
series = "speed"
kind = "speed"
[mqtt_json.patterns.assets]
"oslo-1" = "F12-000001"
"""


def test_tags_are_found_while_it_runs_so_many_and_known_after_a_restart(
    mqtt: EmbeddedMqtt, tmp_path: Path
) -> None:
    async def body() -> None:
        config = config_of(tmp_path, mqtt, "gw-fleet", PATTERNS)
        platform = Platform(mqtt.url("platform"), "gw-fleet")

        def send(link: MqttLink, fan: int, second: int) -> None:
            told = {"ts": 1767225600 + second, "temp": 20.0 + fan, "speed": 1000 + fan}
            link.publish(f"site/oslo/fan/{fan}", json.dumps(told).encode())

        async with platform.running(), device(mqtt, []) as link:
            async with agent_running(config) as agent:
                await until(lambda: reads(agent))
                for second in range(20):
                    for fan in range(9):
                        send(link, fan, second)
                # A named one, five of temperature, one of speed; the sixth and all later ones are too many.
                await until(lambda: platform.count == 20 * 7)
                await until(lambda: platform.source("fleet").get("found_tags") == 6)
                told = {"not_mapped": 8 * 20, "too_many_tags": 3 * 20}
                await until(lambda: platform.source("fleet")["oddities"] == told)
            found = {row.tag for row in platform.rows()}
            assert found == {"named", *(f"oslo-{n}/temp" for n in range(1, 6)), "F12-000001/speed"}
            assert platform.values("named") == [20.0] * 20
            assert platform.values("F12-000001/speed") == [1001.0] * 20
            # One schema for many tags that turn up together, not one for each.
            assert len(platform.schemas) <= 3
            before = set(platform.schemas)
            async with agent_running(config) as agent:
                await until(lambda: reads(agent))
                for fan in range(6):
                    send(link, fan, 100)
                await until(lambda: platform.count == 20 * 7 + 7)
            assert len(set(platform.schemas) - before) <= 1
            last = {frame.schema_hash for frame in platform.frames.values()}
            sizes = [len(platform.schemas[schema_hash].tags) for schema_hash in last]
            assert max(sizes) == 7

    asyncio.run(body())


def test_a_primary_host_is_announced_and_its_end_too(mqtt: EmbeddedMqtt, tmp_path: Path) -> None:
    async def body() -> None:
        source = SPARKPLUG.replace('node = "chiller"', 'node = "chiller"\nhost_id = "forewarn"')
        config = config_of(tmp_path, mqtt, "gw-host", source)
        heard: list[Message] = []
        async with device(mqtt, heard, "spBv1.0/STATE/forewarn"):
            async with agent_running(config) as agent:
                await until(lambda: reads(agent))
                await until(lambda: bool(heard))
                said = json.loads(heard[0].payload)
                assert said["online"] is True
                # Its connection breaks without a word.
                agent.sources[0]._link._socket.shutdown(2)  # type: ignore[attr-defined]  # as a cable would
                await until(lambda: len(heard) >= 3)
            states = [json.loads(message.payload) for message in heard]
            assert [state["online"] for state in states[:3]] == [True, False, True]
            assert states[1]["timestamp"] == states[0]["timestamp"]

    asyncio.run(body())
