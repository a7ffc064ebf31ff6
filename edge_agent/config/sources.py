"""What `edge.toml` says of a source: an OPC UA server or what an MQTT broker brings."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from edge_agent.config.fields import JsonPath, MqttUrl, NonEmpty, OpcUaUrl, Strict, TopicFilter
from edge_agent.config.tags import JsonTag, OpcUaTag, SparkplugTag


class OpcUaSource(Strict):
    """An OPC UA server."""

    name: NonEmpty
    url: OpcUaUrl
    username: str = ""
    password: SecretStr = SecretStr("")
    publishing_interval_ms: float = Field(default=100, ge=10, le=60_000)
    sampling_interval_ms: float = Field(
        default=-1,
        ge=-1,
        le=3_600_000,
        description="-1: as the publishing interval; 0: as fast as it can.",
    )
    queue_size: int = Field(default=1000, ge=2, le=100_000, description="Per tag, at the server.")
    report_unchanged: bool = Field(
        default=True, description="Take a value again when only its source time has changed."
    )
    tags: list[OpcUaTag] = Field(min_length=1)


class JsonSource(Strict):
    """Devices that publish JSON to an MQTT broker."""

    name: NonEmpty
    url: MqttUrl
    ca_file: Path | None = None
    topics: list[TopicFilter] = Field(min_length=1)
    timestamp: JsonPath | None = Field(default=None, description="Absent: the time of arrival.")
    timestamp_unit: Literal["auto", "s", "ms", "us", "iso"] = "auto"
    tags: list[JsonTag] = Field(min_length=1)


class SparkplugSource(Strict):
    """Sparkplug B edge nodes at an MQTT broker."""

    name: NonEmpty
    url: MqttUrl
    ca_file: Path | None = None
    group: NonEmpty
    node: str = Field(default="", description="Empty: every node of the group.")
    rebirth_seconds_min: float = Field(
        default=10, ge=1, description="At most one request for rebirth per node in this time."
    )
    tags: list[SparkplugTag] = Field(min_length=1)
