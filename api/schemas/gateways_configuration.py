"""Bodies of a gateway's configuration and of what it finds at servers."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Input, Output

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=512)]
Node = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Kind = Literal["opcua", "mqtt_json", "sparkplug"]


class ConfigurationVersionView(Output):
    """A version of a gateway's configuration."""

    gateway_id: str
    version: int
    note: str
    author_id: str | None
    author_name: str
    created_at: datetime


class ConfigurationVersionDetail(ConfigurationVersionView):
    """A version and what it says."""

    document: dict[str, Any] = Field(
        description="Tables as in `edge.toml`: `opcua`, `mqtt_json`, `sparkplug`, `frames`, …"
    )


class ConfigurationIn(Input):
    """A new version, whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "document": {
                        "opcua": [
                            {
                                "name": "line-1",
                                "url": "opc.tcp://192.168.0.10:4840",
                                "tags": [
                                    {
                                        "node": "nsu=urn:vendor:plc;s=Pump1.Vibration",
                                        "asset": "P200-000123",
                                        "series": "vibration_de",
                                        "unit": "mm/s",
                                    }
                                ],
                            }
                        ]
                    },
                    "based_on": 3,
                    "note": "Second pump",
                }
            ]
        }
    )
    document: dict[str, Any]
    note: Note = ""
    based_on: int | None = Field(
        default=None, description="The version that was changed; null to write in any case"
    )


class ConfigurationCheckIn(Input):
    """A document to look at."""

    document: dict[str, Any]


class FaultView(Output):
    """Something that would be objected to."""

    place: str = Field(
        examples=["opcua[1].tags[2].unit"], description="Counted from 1; empty for the whole"
    )
    code: str = Field(
        examples=["greater_than_equal"],
        description="`value_error` where only the message says what it is",
    )
    facts: dict[str, Any] = Field(description="What the code is about", examples=[{"ge": 10}])
    message: str = Field(description="In English")


class RollBackIn(Input):
    """Why an earlier version comes back."""

    note: Note = ""


class DifferenceView(Output):
    """A value that differs; null on the side that lacks it."""

    path: str = Field(examples=["opcua[line-1].tags[P200-000123/vibration_de].unit"])
    before: Any
    after: Any


class ConfigurationCheck(Output):
    """What a gateway would object to, and what a document would change."""

    faults: list[FaultView] = Field(description="Empty when there is nothing")
    differences: list[DifferenceView] = Field(
        description="From the newest version; empty while there are faults of the document itself"
    )


class DifferenceList(Output):
    """What differs between two versions."""

    version: int
    items: list[DifferenceView]


class DriftView(Output):
    """How what a gateway runs differs from what it was given."""

    drifted: bool = Field(description="Somebody changed it at the gateway")
    based_on: int | None
    reported_at: datetime | None
    document: dict[str, Any] | None = Field(
        description="What it runs, without secrets; null when it runs the platform's version"
    )
    differences: list[DifferenceView]


class SourceIn(Input):
    """The source that tags are put into; a field that is null stays as it is."""

    kind: Kind
    name: Name
    url: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        default=None, description="Needed for a new source; without password"
    )
    options: dict[str, Any] = Field(
        default_factory=dict,
        description="Its other fields as in `edge.toml`, such as `topics` or `group`",
    )


class TagIn(Input):
    """A tag and the machine it belongs to."""

    asset: Name = Field(description="Serial number of the machine")
    series: Name = Field(examples=["vibration_de"])
    node: Node | None = Field(default=None, description="OPC UA node id; Sparkplug B edge node")
    path: Node | None = Field(default=None, description="JSON path")
    topic: Node | None = None
    metric: Node | None = None
    device: Node | None = None
    unit: Annotated[str, StringConstraints(max_length=64)] = ""
    low: float | None = None
    high: float | None = None
    kind: Annotated[str, StringConstraints(max_length=20)] = Field(
        default="other", description="vibration, temperature, pressure, flow, …"
    )
    type: Literal["number", "boolean"] = "number"
    options: dict[str, Any] = Field(
        default_factory=dict, description="Its other fields as in `edge.toml`, such as a deadband"
    )

    def document(self) -> dict[str, Any]:
        """Return the tag as a configuration has it."""
        own = self.model_dump(exclude_defaults=True, exclude={"options"})
        return {**own, **self.options}


class TagsIn(Input):
    """Tags to map; those with the same address or series are replaced."""

    source: SourceIn
    tags: list[TagIn] = Field(default_factory=list, max_length=5000)
    removed: list[Node] = Field(
        default_factory=list, max_length=5000, description="Series to take out, `asset/series`"
    )
    note: Note = ""
    based_on: int | None = None


class BrowseIn(Input):
    """What to browse: an OPC UA source of the configuration by name, or a new address."""

    source: Name = Field(description="Name of the source, or the one it is to get")
    url: Annotated[str, StringConstraints(max_length=2000)] = Field(
        default="", examples=["opc.tcp://192.168.0.10:4840"]
    )
    root: Node = Field(default="i=85", description="Node to start at; the Objects folder")
    security_policy: Literal[
        "None", "Basic256Sha256", "Aes128-Sha256-RsaOaep", "Aes256-Sha256-RsaPss"
    ] = Field(default="None", description="Of a new address; a source has its own")
    security_mode: Literal["Sign", "SignAndEncrypt"] = "SignAndEncrypt"


class BrowseView(Output):
    """A browse and how it stands; a page asks again until it is not `waiting`."""

    id: str
    gateway_id: str
    source: str
    url: str
    root: str
    state: Literal["waiting", "done", "failed", "expired"]
    code: str
    detail: str
    nodes: int = Field(description="How many variables were found")
    truncated: bool
    requested_by: str
    requested_at: datetime
    answered_at: datetime | None


class BrowseList(Output):
    """The last browses, newest first."""

    items: list[BrowseView]


class NodeView(Output):
    """A variable that was found."""

    node: str
    owner: str = Field(description="Name of the object it is on")
    name: str
    unit: str
    low: float | None
    high: float | None
    type: str = Field(description="number, boolean, or empty for what cannot be a reading")
