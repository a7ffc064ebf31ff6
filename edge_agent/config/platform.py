"""What `edge.toml` says of the way to the platform: its broker, the buffer before it, the frames."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as check

from edge_agent.config.fields import HttpUrl, MqttUrl, Strict, check_http_url
from kernel.wire.mqtt_address import MqttAddress

BUFFER_FILE = "edge-buffer.sqlite"


class PlatformService(Strict):
    """The platform itself, where the gateway asks what it is to do."""

    url: HttpUrl
    ca_file: Path | None = None
    allow_http: bool = Field(
        default=False, description="Without TLS whoever listens could read a new key; for tests."
    )

    trial_seconds: float = Field(
        default=60,
        ge=5,
        le=3600,
        description="A configuration that has not come up well by then is taken back.",
    )

    @check(mode="after")
    def _is_safe(self) -> Self:
        check_http_url(self.url, allow_http=self.allow_http)
        return self


class PlatformLink(Strict):
    """The platform's broker."""

    url: MqttUrl
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def address(self) -> MqttAddress:
        """Return where to connect."""
        return MqttAddress.parse(self.url, self.ca_file, self.cert_file, self.key_file)


class BufferConfig(Strict):
    """The buffer on disk."""

    path: Path = Field(description=f"Default {BUFFER_FILE}, beside the configuration.")
    bytes_max: int = Field(
        default=2_000_000_000, ge=1_000_000, description="On disk, the write-ahead log included."
    )
    when_full: Literal["refuse_newest", "drop_oldest", "thin_out"] = Field(
        default="drop_oldest",
        description="What is given up then; always counted, declared and reported.",
    )


class Frames(Strict):
    """When readings are cut into a frame, and when they count as left behind by an outage."""

    live_rows: int = Field(default=500, ge=1, le=2000)
    live_age_ms: int = Field(default=200, ge=0, le=10_000)
    backlog_rows: int = Field(default=20_000, ge=1, le=20_000)
    backlog_age_ms: int = Field(default=10_000, ge=0, le=60_000)
    outage_seconds: float = Field(default=10, ge=1, le=3600)

    def rows(self, lane: str) -> int:
        """Return with how many readings a frame of a lane is cut."""
        return self.live_rows if lane == "live" else self.backlog_rows

    def age_seconds(self, lane: str) -> float:
        """Return how long readings wait for a frame of a lane."""
        return (self.live_age_ms if lane == "live" else self.backlog_age_ms) / 1000
