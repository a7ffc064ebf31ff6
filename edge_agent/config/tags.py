"""What `edge.toml` says of a tag: where its readings belong and where they are found."""

from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as check

from edge_agent.config.fields import JsonPath, NodeId, NonEmpty, Strict, TopicFilter
from kernel.wire.messages import Tag


class TagConfig(Strict):
    """Where a tag's readings belong."""

    name: str = Field(default="", max_length=512, description="Unique; default asset/series.")
    asset: NonEmpty = Field(description="Serial number of the asset.")
    series: NonEmpty = Field(description="Name of the series at the asset.")
    unit: str = Field(default="", max_length=64)
    low: float | None = None
    high: float | None = None
    kind: Literal[
        "vibration", "temperature", "pressure", "flow", "current", "speed", "power", "level",
        "voltage", "state", "other",
    ] = "other"  # fmt: skip
    type: Literal["number", "boolean"] = "number"

    @check(mode="after")
    def _range_is_one(self) -> Self:
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"low {self.low} is not below high {self.high}")
        return self

    def tag(self) -> Tag:
        """Return the tag as the platform knows it."""
        name = self.name or f"{self.asset}/{self.series}"
        return Tag(
            name, self.asset, self.series, self.unit, self.low, self.high, self.kind, self.type
        )


class OpcUaTag(TagConfig):
    """A variable of an OPC UA server."""

    node: NodeId


class JsonTag(TagConfig):
    """A value inside a JSON message."""

    path: JsonPath
    topic: TopicFilter | None = Field(default=None, description="Only from such topics.")


class SparkplugTag(TagConfig):
    """A metric of a Sparkplug B edge node or device."""

    metric: NonEmpty
    node: str = Field(default="", description="Empty: of any node the source listens to.")
    device: str | None = Field(default=None, description="Absent: of the node or of any device.")
