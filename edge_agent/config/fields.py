"""The forms that fields of `edge.toml` have: names, addresses, topics, paths."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from kernel.errors import ConfigurationError
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.tag_patterns import JsonPath, NonEmpty, TopicFilter

__all__ = [
    "AgentId",
    "JsonPath",
    "MqttUrl",
    "NodeId",
    "NonEmpty",
    "OpcUaUrl",
    "Strict",
    "TopicFilter",
]

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


AgentId = Annotated[str, AfterValidator(_agent_id)]
NodeId = Annotated[str, AfterValidator(_node_id)]
OpcUaUrl = Annotated[str, AfterValidator(_opcua_url)]
MqttUrl = Annotated[str, AfterValidator(_mqtt_url)]


class Strict(BaseModel):
    """A table of the file: an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
