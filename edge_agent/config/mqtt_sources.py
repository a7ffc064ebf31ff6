"""What `edge.toml` says of a source at an MQTT broker: JSON devices, or Sparkplug B edge nodes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as check

from edge_agent.config.fields import JsonPath, MqttUrl, NonEmpty, Strict, TopicFilter
from edge_agent.config.tags import JsonTag, SparkplugTag, TagConfig
from kernel.wire.messages import Tag
from kernel.wire.mqtt_address import MqttAddress
from kernel.wire.tag_patterns import JsonPattern, SparkplugPattern, TagPattern
from kernel.wire.topics import fewest


class MqttSource(Strict):
    """A broker at the customer's site, and what is taken of what it brings."""

    name: NonEmpty
    url: MqttUrl
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    found_tags_max: int = Field(
        default=1000, ge=1, le=20_000, description="Tags that patterns find, at most."
    )
    tags: Sequence[TagConfig] = ()
    patterns: Sequence[TagPattern] = ()

    @check(mode="after")
    def _is_whole(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together")
        if (self.ca_file or self.cert_file) and not self.url.startswith("mqtts://"):
            raise ValueError("certificates are for mqtts://")
        if not self.tags and not self.patterns:
            raise ValueError("neither tags nor patterns: nothing would be read")
        return self

    def address(self) -> MqttAddress:
        """Return where to connect."""
        return MqttAddress.parse(self.url, self.ca_file, self.cert_file, self.key_file)

    def may_find(self, tag: Tag) -> bool:
        """Tell whether a pattern could find a tag."""
        return any(pattern.may_have_made(tag) for pattern in self.patterns)


class JsonSource(MqttSource):
    """Devices that publish JSON to an MQTT broker."""

    topics: list[TopicFilter] = Field(
        default_factory=list, description="Empty: those of the tags and patterns."
    )
    timestamp: JsonPath | None = Field(default=None, description="Absent: the time of arrival.")
    timestamp_unit: Literal["auto", "s", "ms", "us", "iso"] = "auto"
    tags: list[JsonTag] = Field(default_factory=list)
    patterns: list[JsonPattern] = Field(default_factory=list)

    @check(mode="after")
    def _has_topics(self) -> Self:
        if not self.topics and any(tag.topic is None for tag in self.tags):
            raise ValueError("topics: a tag without a topic of its own needs them")
        return self

    def subscriptions(self) -> list[str]:
        """Return the topic filters to subscribe to."""
        own = [tag.topic for tag in self.tags if tag.topic]
        return fewest(self.topics or [*own, *(pattern.topic for pattern in self.patterns)])


class SparkplugSource(MqttSource):
    """Sparkplug B edge nodes at an MQTT broker."""

    group: NonEmpty
    node: str = Field(default="", description="Empty: every node of the group.")
    rebirth_seconds_min: float = Field(
        default=10, ge=1, description="At most one request for rebirth per node in this time."
    )
    host_id: str = Field(
        default="",
        max_length=128,
        pattern=r"^[^+#/\x00]*$",
        description="Announce a primary host of this id, for nodes that wait for one.",
    )
    tags: list[SparkplugTag] = Field(default_factory=list)
    patterns: list[SparkplugPattern] = Field(default_factory=list)
