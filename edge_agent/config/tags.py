"""What `edge.toml` says of a tag: where its readings belong and where they are found."""

from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as check
from pydantic_core import PydanticCustomError

from edge_agent.config.fields import JsonPath, NodeId, NonEmpty, Strict, TopicFilter
from kernel.wire.messages import Tag

PublishingInterval = Annotated[float, Field(ge=10, le=60_000)]
SamplingInterval = Annotated[
    float,
    Field(
        ge=-1,
        le=3_600_000,
        description="-1: as the publishing interval; 0: as fast as the server can.",
    ),
]


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
    priority: int = Field(
        default=5, ge=0, le=9, description="A full buffer that thins out gives up the lowest first."
    )

    @check(mode="after")
    def _range_is_one(self) -> Self:
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise PydanticCustomError(
                "range_reversed",
                "low {low} is not below high {high}",
                {"low": self.low, "high": self.high},
            )
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
    publishing_interval_ms: PublishingInterval | None = Field(
        default=None, description="Absent: the source's."
    )
    sampling_interval_ms: SamplingInterval | None = Field(
        default=None, description="Absent: the source's."
    )
    deadband: float | None = Field(
        default=None, gt=0, description="Changes up to this, in the tag's unit, are no news."
    )
    deadband_percent: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="The same in percent of the range: the server's EURange, else low to high.",
    )

    @check(mode="after")
    def _deadband_is_one(self) -> Self:
        if self.deadband is not None and self.deadband_percent is not None:
            raise PydanticCustomError(
                "two_deadbands", "give deadband or deadband_percent, not both"
            )
        if self.type == "boolean" and (self.deadband or self.deadband_percent):
            raise PydanticCustomError("boolean_deadband", "a boolean has no deadband")
        return self


class JsonTag(TagConfig):
    """A value inside a JSON message."""

    path: JsonPath
    topic: TopicFilter | None = Field(default=None, description="Only from such topics.")


class SparkplugTag(TagConfig):
    """A metric of a Sparkplug B edge node or device."""

    metric: NonEmpty
    node: str = Field(default="", description="Empty: of any node the source listens to.")
    device: str | None = Field(default=None, description="Absent: of the node or of any device.")
