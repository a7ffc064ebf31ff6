"""The agent beside Eclipse Tahu's own Sparkplug B client."""

import asyncio
import math
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runtime.embedded.mqtt import EmbeddedMqtt
from tests.integration.edge_agent.peers import Platform, agent_running, reads, until
from tests.integration.edge_agent.test_mqtt_sources import config_of
from tests.peers import peer as peers
from tests.peers.peer import Peer

STARTED = 1_767_225_600_000
SOURCE = """
[[sparkplug]]
name = "tahu"
url = "BROKER"
group = "plant"
rebirth_seconds_min = 1
[[sparkplug.tags]]
metric = "Motor/Torque"
name = "torque"
asset = "SN-1"
series = "torque"
[[sparkplug.tags]]
metric = "Label"
name = "label"
asset = "SN-1"
series = "label"
[[sparkplug.tags]]
metric = "Spectrum"
name = "spectrum"
asset = "SN-1"
series = "spectrum"
[[sparkplug.tags]]
metric = "Started"
name = "started"
asset = "SN-1"
series = "started"
[[sparkplug.patterns]]
device = "drive*"
asset = "SN-{device}"
series = "{metric}"
"""


def node_birth(at: int, torque: float) -> dict[str, Any]:
    facts = {
        "engUnit": {"type": "String", "value": "N·m"},
        "Quality": {"type": "Int32", "value": 192},
    }
    return {
        "at": at,
        "metrics": [
            {"name": "Motor/Torque", "type": "Double", "value": torque, "alias": 7,
             "timestamp": at, "properties": facts},
            {"name": "Label", "type": "String", "value": "B12", "timestamp": at},
            {"name": "Spectrum", "type": "DataSet", "timestamp": at, "value": {
                "numOfColumns": 1, "types": ["Double"], "columns": ["a"], "rows": [[1.0], [2.0]]}},
            {"name": "Started", "type": "DateTime", "value": at, "timestamp": at},
            {"name": "Node Control/Rebirth", "type": "Boolean", "value": False},
        ],
    }  # fmt: skip


def device_birth(at: int) -> dict[str, Any]:
    kinds: list[tuple[str, str, Any]] = [
        ("i8", "Int8", -8), ("i16", "Int16", -16), ("i32", "Int32", -32), ("i64", "Int64", -64),
        ("u8", "UInt8", 200), ("u16", "UInt16", 60_000), ("u32", "UInt32", 4_000_000_000),
        ("u64", "UInt64", 2**52), ("float", "Float", 1.5), ("double", "Double", 1e300),
        ("bool", "Boolean", True), ("when", "DateTime", at), ("text", "Text", "no number"),
    ]  # fmt: skip
    metrics = [
        {"name": name, "type": kind, "value": value, "alias": 100 + number, "timestamp": at}
        for number, (name, kind, value) in enumerate(kinds)
    ]
    return {"device": "drive1", "at": at, "metrics": metrics}


def value(name: str, kind: str, number: Any, at: int, **more: Any) -> dict[str, Any]:
    metric = {"name": name, "type": kind, "value": number, "timestamp": at, **more}
    return {"at": at, "metrics": [metric]}


def test_tahus_node_is_read_to_the_last_type(mqtt: EmbeddedMqtt, tmp_path: Path) -> None:
    address = urlsplit(mqtt.url("plant"))
    login = (str(address.username), str(address.password))
    with peers.running(
        "sparkplug-node.mjs", f"mqtt://127.0.0.1:{address.port}", *login, "plant", "line-7"
    ) as node:
        node.wait("birth wanted")
        asyncio.run(_talk(node, mqtt, tmp_path))


async def _talk(node: Peer, mqtt: EmbeddedMqtt, tmp_path: Path) -> None:
    config = config_of(tmp_path, mqtt, "gw-tahu", SOURCE)
    platform = Platform(mqtt.url("platform"), "gw-tahu")

    def odd(name: str) -> int:
        return int(platform.source("tahu").get("oddities", {}).get(name, 0))

    async with platform.running(), agent_running(config) as agent:
        await until(lambda: reads(agent))
        # Data before anybody heard its birth: a rebirth is asked for, as Tahu understands it.
        node.order("nodeData", **value("Motor/Torque", "Double", 1.0, STARTED))
        command = await asyncio.to_thread(node.wait, "command")
        assert command["names"] == ["Node Control/Rebirth"]

        node.order("nodeBirth", **node_birth(STARTED + 1000, 10.0))
        await until(lambda: platform.count >= 4)
        node.order("deviceBirth", **device_birth(STARTED + 1000))
        await until(lambda: platform.count >= 15)
        rows = {row.tag: row for row in platform.rows()}
        assert (rows["torque"].value, rows["torque"].ts, rows["torque"].quality) == (
            10.0, (STARTED + 1000) * 1000, 0,
        )  # fmt: skip
        assert rows["started"].value == STARTED + 1000
        assert rows["label"].odd == "B12"
        assert rows["spectrum"].odd == ["datatype 16"]
        drive = {tag.rpartition("/")[2]: row.value for tag, row in rows.items() if "/" in tag}
        assert drive == {
            "i8": -8, "i16": -16, "i32": -32, "i64": -64, "u8": 200, "u16": 60_000,
            "u32": 4_000_000_000, "u64": 2**52, "float": 1.5, "double": 1e300, "bool": 1.0,
        }  # fmt: skip
        await until(lambda: odd("not_a_number") == 2)

        # By alias, compressed as Tahu does it, with a quality, null, and from before.
        bad = {"Quality": {"type": "Int32", "value": 0}}
        node.order("nodeData", **value("", "Double", 11.0, STARTED + 2000, alias=7), compress={})
        node.order("nodeData", **value("", "Double", 12.0, STARTED + 3000, alias=7, properties=bad))
        node.order("nodeData", **value("Motor/Torque", "Double", None, STARTED + 4000, isNull=True))
        late = value("Motor/Torque", "Double", 9.5, STARTED + 500, isHistorical=True)
        node.order("nodeData", **late)
        await until(lambda: len(platform.values("torque")) == 5)
        torque = sorted((r for r in platform.rows() if r.tag == "torque"), key=lambda r: r.ts)
        assert [(row.ts // 1000 - STARTED, row.quality) for row in torque] == [
            (500, 0), (1000, 0), (2000, 0), (3000, 0x80000000), (4000, 0x80000000),
        ]  # fmt: skip
        assert [row.value for row in torque[:4]] == [9.5, 10.0, 11.0, 12.0]
        assert math.isnan(torque[4].value)

        await asyncio.sleep(1.1)
        node.order("lose", count=3)
        node.order("nodeData", **value("", "Double", 13.0, STARTED + 5000, alias=7))
        await asyncio.to_thread(node.wait, "command")
        await until(lambda: any(frame.gaps for frame in platform.frames.values()))
        (gap,) = [gap for frame in platform.frames.values() for gap in frame.gaps]
        assert (gap.reason, gap.end_us) == ("source_gap", (STARTED + 5000) * 1000)
        node.order("nodeBirth", **node_birth(STARTED + 6000, 14.0))
        await until(lambda: platform.values("torque")[-1] == 14.0)
        await until(lambda: odd("sequence_gap") == 1)

        node.order("stop")  # with its own death certificate
        await until(lambda: platform.source("tahu").get("nodes_alive") == 0)

        await until(
            lambda: any((r.tag, r.quality) == ("torque", 0x80310000) for r in platform.rows())
        )
