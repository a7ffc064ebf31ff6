"""A ready `edge.toml` for the plant, so that a gateway reads all of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.devices import CHILLER, FAN, JSON_TOPIC, SPARKPLUG_GROUP, SPARKPLUG_NODE
from simulator.machines import standard_machines
from simulator.replay import Recording

MACHINES = (*(machine.name for machine in standard_machines()), "fan-1", SPARKPLUG_NODE)
_NAMESPACE = "nsu=urn:forewarn:plant"


@dataclass(frozen=True)
class GatewayLink:
    """Where the gateway sends, and who it is.

    Attributes:
        key_file: where its signing key is; the file never holds the key itself.
        buffer: path of its buffer.
        devices_url: broker of the MQTT devices; empty leaves them out.
    """

    agent: str
    key_file: str
    mqtt_url: str
    buffer: str
    opcua_url: str
    devices_url: str = ""


def plant_config(link: GatewayLink, serials: Mapping[str, str], *, redundant: bool = False) -> str:
    """Return the text of an edge.toml; `serials` maps machine names to serial numbers, default the name.

    `redundant` says that the plant has redundant sensors.
    """
    blocks = [_head(link)]
    opcua = _table(
        "opcua", name="plant", url=link.opcua_url, publishing_interval_ms=100, queue_size=1000
    )
    for machine in standard_machines(redundant=redundant):
        asset = serials.get(machine.name, machine.name)
        opcua += "".join(
            _table("opcua.tags", node=f"{_NAMESPACE};s={machine.name}.{point.name}", asset=asset,
                   series=point.name, unit=point.unit, low=point.low, high=point.high,
                   kind=point.kind)
            for point in machine.points
        )  # fmt: skip
    blocks.append(opcua)
    if link.devices_url:
        blocks.append(_devices(link.devices_url, serials))
    return "\n".join(blocks)


def replay_config(link: GatewayLink, recording: Recording, serial: str) -> str:
    """Return the text of an edge.toml for a replayed recording as the asset of one serial number."""
    text = _table("opcua", name="replay", url=link.opcua_url, queue_size=1000)
    for column in recording.columns:
        node = f"{_NAMESPACE};s={recording.name}.{column}"
        text += _table("opcua.tags", node=node, asset=serial, series=column, kind="other")
    return f"{_head(link)}\n{text}"


def _head(link: GatewayLink) -> str:
    return (
        f"agent = {json.dumps(link.agent)}\nkey_file = {json.dumps(link.key_file)}\n\n"
        f"[mqtt]\nurl = {json.dumps(link.mqtt_url)}\n\n"
        f"[buffer]\npath = {json.dumps(link.buffer)}\n"
    )


def _devices(url: str, serials: Mapping[str, str]) -> str:
    text = _table("mqtt_json", name="fan", url=url, topics=[JSON_TOPIC], timestamp="$.ts")
    for point in FAN:
        text += _table("mqtt_json.tags", path=f"$.values.{point.name}",
                       asset=serials.get("fan-1", "fan-1"), series=point.name, unit=point.unit,
                       low=point.low, high=point.high, kind=point.kind)  # fmt: skip
    text += _table("sparkplug", name="chiller", url=url, group=SPARKPLUG_GROUP, node=SPARKPLUG_NODE)
    for point in CHILLER:
        text += _table("sparkplug.tags", metric=point.name,
                       asset=serials.get(SPARKPLUG_NODE, SPARKPLUG_NODE), series=point.name,
                       unit=point.unit, low=point.low, high=point.high,
                       kind=point.kind)  # fmt: skip
    return text


def _table(name: str, /, **values: object) -> str:
    # A JSON string, number or array of strings is valid TOML as it is.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return f"[[{name}]]\n" + "\n".join(lines) + "\n\n"
