"""The forms that fields of `edge.toml` have: names, addresses, topics, paths."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from edge_agent.json_path import parse_path
from kernel.errors import ConfigurationError
from kernel.wire.mqtt_address import MqttAddress

_NODE_ID = re.compile(r"(nsu=[^;]+;|ns=\d{1,5};)?([isgb])=.+", re.DOTALL)


def _agent_id(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", value):
        raise ValueError("1 to 64 letters, digits, dots, underscores or hyphens")
    return value


def _node_id(value: str) -> str:
    if not _NODE_ID.fullmatch(value) or re.search(r"(^|;)i=(?!\d+$)", value):
        raise ValueError("no OPC UA node id; write ns=2;s=Name, nsu=urn:server;s=Name or i=2258")
    return value


def _mqtt_url(value: str) -> str:
    try:
        MqttAddress.parse(value)
    except ConfigurationError as error:
        raise ValueError(error.detail) from None
    return value


def _opcua_url(value: str) -> str:
    if not re.fullmatch(r"opc\.tcp://[^/\s]+(/\S*)?", value):
        raise ValueError("an OPC UA address has the form opc.tcp://host:port/path")
    return value


def _path(value: str) -> str:
    parse_path(value)
    return value


def _topic_filter(value: str) -> str:
    levels = value.split("/")
    if not value or any("#" in level and level != "#" for level in levels) or "#" in levels[:-1]:
        raise ValueError("no MQTT topic filter")
    if any("+" in level and level != "+" for level in levels):
        raise ValueError("no MQTT topic filter: + stands for a whole level")
    return value


AgentId = Annotated[str, AfterValidator(_agent_id)]
NodeId = Annotated[str, AfterValidator(_node_id)]
NonEmpty = Annotated[str, Field(min_length=1, max_length=512)]
OpcUaUrl = Annotated[str, AfterValidator(_opcua_url)]
MqttUrl = Annotated[str, AfterValidator(_mqtt_url)]
JsonPath = Annotated[str, AfterValidator(_path)]
TopicFilter = Annotated[str, AfterValidator(_topic_filter)]


class Strict(BaseModel):
    """A table of the file: an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
