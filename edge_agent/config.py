"""`edge.toml`: what a gateway reads, where it keeps it and where it sends it.

Strict: an unknown name is an error, not a setting that silently does nothing.
"""

import os
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic import model_validator as check

from edge_agent.json_path import parse_path
from kernel.errors import ConfigurationError
from kernel.wire.messages import Tag
from kernel.wire.mqtt_address import MqttAddress

KEY_VARIABLE = "FOREWARN_EDGE_KEY"
KEY_BYTES_MIN = 16
BUFFER_FILE = "edge-buffer.sqlite"

_NODE_ID = re.compile(r"(nsu=[^;]+;|ns=\d{1,5};)?([isgb])=.+", re.DOTALL)
_HEX = re.compile(r"([0-9a-fA-F]{2})+")


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


NonEmpty = Annotated[str, Field(min_length=1, max_length=512)]
MqttUrl = Annotated[str, AfterValidator(_mqtt_url)]
JsonPath = Annotated[str, AfterValidator(_path)]
TopicFilter = Annotated[str, AfterValidator(_topic_filter)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class TagConfig(_Strict):
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

    node: Annotated[str, AfterValidator(_node_id)]


class OpcUaSource(_Strict):
    """An OPC UA server."""

    name: NonEmpty
    url: Annotated[str, AfterValidator(_opcua_url)]
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


class JsonTag(TagConfig):
    """A value inside a JSON message."""

    path: JsonPath
    topic: TopicFilter | None = Field(default=None, description="Only from such topics.")


class JsonSource(_Strict):
    """Devices that publish JSON to an MQTT broker."""

    name: NonEmpty
    url: MqttUrl
    ca_file: Path | None = None
    topics: list[TopicFilter] = Field(min_length=1)
    timestamp: JsonPath | None = Field(default=None, description="Absent: the time of arrival.")
    timestamp_unit: Literal["auto", "s", "ms", "us", "iso"] = "auto"
    tags: list[JsonTag] = Field(min_length=1)


class SparkplugTag(TagConfig):
    """A metric of a Sparkplug B edge node or device."""

    metric: NonEmpty
    node: str = Field(default="", description="Empty: of any node the source listens to.")
    device: str | None = Field(default=None, description="Absent: of the node or of any device.")


class SparkplugSource(_Strict):
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


class PlatformLink(_Strict):
    """The platform's broker."""

    url: MqttUrl
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def address(self) -> MqttAddress:
        """Return where to connect."""
        return MqttAddress.parse(self.url, self.ca_file, self.cert_file, self.key_file)


class BufferConfig(_Strict):
    """The buffer on disk."""

    path: Path = Field(description=f"Default {BUFFER_FILE}, beside the configuration.")
    bytes_max: int = Field(default=2_000_000_000, ge=1_000_000)


class Frames(_Strict):
    """When readings are cut into a frame, and when they count as left behind by an outage."""

    live_rows: int = Field(default=500, ge=1, le=2000)
    live_age_ms: int = Field(default=200, ge=0, le=10_000)
    backlog_rows: int = Field(default=2000, ge=1, le=5000)
    backlog_age_ms: int = Field(default=5000, ge=0, le=60_000)
    outage_seconds: float = Field(default=10, ge=1, le=3600)


class EdgeConfig(_Strict):
    """The whole file."""

    agent: Annotated[str, AfterValidator(_agent_id)]
    key: SecretStr = SecretStr("")
    key_file: Path | None = None
    status_seconds: float = Field(default=1.0, ge=0.2, le=60)
    mqtt: PlatformLink
    buffer: BufferConfig
    frames: Frames = Frames()
    opcua: list[OpcUaSource] = []
    mqtt_json: list[JsonSource] = []
    sparkplug: list[SparkplugSource] = []

    @check(mode="after")
    def _names_are_unique(self) -> Self:
        sources = [source.name for source in self.sources()]
        if not sources:
            raise ValueError("no source: add an [[opcua]], [[mqtt_json]] or [[sparkplug]] table")
        tags = [tag.tag().name for source in self.sources() for tag in source.tags]
        series = [f"{t.asset}/{t.series}" for source in self.sources() for t in source.tags]
        for what, counted in (
            ("source name", Counter(sources)),
            ("tag name", Counter(tags)),
            ("series", Counter(series)),
        ):
            twice = [str(name) for name, count in counted.items() if count > 1]
            if twice:
                raise ValueError(f"the {what} {twice[0]!r} is there twice")
        return self

    def sources(self) -> list[OpcUaSource | JsonSource | SparkplugSource]:
        """Return the sources of every kind."""
        return [*self.opcua, *self.mqtt_json, *self.sparkplug]

    def tags(self) -> tuple[Tag, ...]:
        """Return the tags of all sources in the order of the schema."""
        return tuple(tag.tag() for source in self.sources() for tag in source.tags)

    def signing_key(self) -> bytes:
        """Return the key: the variable FOREWARN_EDGE_KEY, else `key`, else what is in `key_file`.

        Raises:
            ConfigurationError: there is none, or it is not at least 16 bytes in hexadecimal.
        """
        text = os.environ.get(KEY_VARIABLE) or self.key.get_secret_value()
        if not text and self.key_file is not None:
            try:
                text = self.key_file.read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError(
                    f"key_file: {self.key_file} cannot be read: {error}"
                ) from None
        if not text:
            raise ConfigurationError(f"no key: set key, key_file or the variable {KEY_VARIABLE}")
        if not _HEX.fullmatch(text) or len(text) < KEY_BYTES_MIN * 2:
            raise ConfigurationError(
                f"the key is not at least {KEY_BYTES_MIN} bytes in hexadecimal"
            )
        return bytes.fromhex(text)


def load_config(path: Path) -> EdgeConfig:
    """Read `edge.toml`; relative paths in it start at its directory.

    Raises:
        ConfigurationError: it cannot be read or is wrong; names the file, the field and the problem.
    """
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read: {error.strerror}", file=str(path)
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}", file=str(path)) from None
    try:
        buffer = whole.setdefault("buffer", {})
        if isinstance(buffer, dict):
            buffer.setdefault("path", BUFFER_FILE)
        return EdgeConfig.model_validate(_anchored(whole, path.resolve().parent))
    except ValidationError as error:
        problems = [_problem(item) for item in error.errors()]
        raise ConfigurationError(
            "; ".join(f"{path}: {problem}" for problem in problems),
            file=str(path),
            problems=problems,
        ) from None


def _problem(item: Any) -> str:
    field = ""
    for part in item["loc"]:
        field += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if field else str(part)
    message = item["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" if field else message


def _anchored(value: Any, base: Path) -> Any:
    """Return the file's tables with relative paths made absolute."""
    if isinstance(value, list):
        return [_anchored(item, base) for item in value]
    if not isinstance(value, dict):
        return value
    anchored = {name: _anchored(item, base) for name, item in value.items()}
    for name in ("ca_file", "cert_file", "key_file"):
        if isinstance(anchored.get(name), str):
            anchored[name] = str(base / anchored[name])
    buffer = anchored.get("buffer")
    if isinstance(buffer, dict) and isinstance(buffer.get("path"), str):
        buffer["path"] = str(base / buffer["path"])
    return anchored
