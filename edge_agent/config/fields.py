"""The forms that fields of `edge.toml` have: names, addresses, topics, paths."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from kernel.errors import ConfigurationError
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.tag_patterns import JsonPath, NonEmpty, TopicFilter

__all__ = [
    "AgentId",
    "HttpUrl",
    "JsonPath",
    "MqttUrl",
    "NodeId",
    "NonEmpty",
    "OpcUaUrl",
    "Strict",
    "TopicFilter",
    "check_http_url",
]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
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


def _http_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"the platform's address cannot be read: {error}") from None
    if parts.scheme not in {"https", "http"} or not host or parts.query or parts.fragment:
        raise ValueError("the platform's address has the form https://host or https://host:port")
    if parts.username is not None:
        raise ValueError("no login belongs into the platform's address")
    return value.rstrip("/")


def check_http_url(url: str, *, allow_http: bool) -> None:
    """Refuse an address that would send keys unencrypted over a network, or raise ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "http" and not allow_http and parts.hostname not in _LOOPBACK:
        raise ValueError("http:// would send keys unencrypted; use https://, or say allow_http")


AgentId = Annotated[str, AfterValidator(_agent_id)]
NodeId = Annotated[str, AfterValidator(_node_id)]
OpcUaUrl = Annotated[str, AfterValidator(_opcua_url)]
MqttUrl = Annotated[str, AfterValidator(_mqtt_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Strict(BaseModel):
    """A table of the file: an unknown name in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
