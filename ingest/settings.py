"""Settings of the ingest process."""

import os
import socket
from pathlib import Path
from typing import ClassVar, Final

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section
from kernel.wire.tag_patterns import TopicFilter

# The database's function refuses to remove younger readings.
READINGS_DAYS_MIN: Final = 30


class Ingest(Section):
    """How the ingest process takes frames from the broker and commits them."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_INGEST_", extra="forbid", frozen=True)
    table: ClassVar[str] = "ingest"

    client_id: str = Field(
        default="",
        max_length=128,
        description="MQTT client id; each replica needs its own. Empty: `forewarn-ingest-`, the host's name "
        "and, unless the broker keeps sessions and must know it again after a restart, the process id.",
    )
    session_expiry_seconds: int = Field(
        default=0,
        ge=0,
        le=86_400,
        description="How long the broker keeps the session of a process that is away, so that it goes on "
        "where it stopped; 0: not at all, and edges send again what was not acknowledged. Leave it at 0 "
        "with the embedded broker.",
    )
    mqtt_ca_file: Path | None = Field(
        default=None,
        description="Certificates to trust for `mqtts://`, PEM; empty: those of the system.",
    )
    commit_readings_max: int = Field(
        default=50_000, ge=1, le=500_000, description="Readings in one transaction, at most."
    )
    commit_bytes_max: int = Field(
        default=16 * 1024 * 1024,
        ge=1024 * 1024,
        description="Bytes of frames in one transaction, unpacked; three of them are in memory.",
    )
    commit_age_ms_max: int = Field(
        default=10,
        ge=0,
        le=1000,
        description="How long a frame waits for others to be committed with, in milliseconds.",
    )
    queue_bytes_max: int = Field(
        default=64 * 1024 * 1024,
        ge=1024 * 1024,
        description="Bytes of messages held in memory, whatever the broker sends; then it is not read.",
    )
    queue_messages_max: int = Field(
        default=4000, ge=10, le=60_000, description="Messages held in memory, at most."
    )
    future_seconds_max: int = Field(
        default=300,
        ge=0,
        description="A reading whose source time is further ahead of the server is quarantined.",
    )
    age_days_max: int = Field(
        default=3650,
        ge=1,
        le=9000,
        description="A reading whose source time is longer ago is quarantined; each day takes a "
        "partition.",
    )
    tags_max: int = Field(
        default=20_000, ge=1, le=100_000, description="Tags in the schema of one gateway, at most."
    )
    new_tags_per_day_max: int = Field(
        default=100_000,
        ge=1,
        description="New tags that one gateway may announce within a day, of places it did not announce "
        "lately; further new schemas are quarantined and the gateway gets an alarm.",
    )
    clock_offset_seconds_max: float = Field(
        default=10.0,
        gt=0,
        description="A gateway whose clock is further off gets an alarm, cleared below half of it.",
    )
    silent_seconds: float = Field(
        default=60.0,
        ge=5,
        description="A gateway of which nothing arrives for so long gets an alarm, until it is back.",
    )
    frames_keep_days: int = Field(
        default=7,
        ge=1,
        description="Days that frames stay at least; then a day of them goes once scoring has passed it.",
    )
    frames_bytes_max: int = Field(
        default=0,
        ge=0,
        description="Bytes of frames, of days before today, beyond which the oldest days are removed though "
        "scoring has not passed them, with an alarm; 0: never.",
    )
    readings_keep_days: int = Field(
        default=0,
        ge=0,
        description="Days that readings stay, by their source time; older ones are quarantined. 0: for "
        "ever; else at least 30.",
    )
    quarantined_messages_max: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Different unreadable messages kept per source and reason; more are only counted.",
    )
    third_parties: bool = Field(
        default=True,
        description="Listen to adopted Sparkplug B nodes and JSON devices at the platform's broker; of "
        "several processes one does.",
    )
    device_topics: tuple[TopicFilter, ...] = Field(
        default=("devices/#",),
        description="Where JSON devices are looked for that nobody adopted, as a JSON array of topic "
        "filters; adopted ones may be anywhere else.",
    )
    metrics_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description="Port on which Prometheus finds `/metrics` of this process; 0: none.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address on which the metrics are served."
    )

    @field_validator("readings_keep_days")
    @classmethod
    def _for_ever_or_a_month(cls, days: int) -> int:
        if 0 < days < READINGS_DAYS_MIN:
            raise ValueError(f"0, or at least {READINGS_DAYS_MIN}")
        return days

    @property
    def accepted_days(self) -> int:
        """How many days old a reading may be: what would be removed at once is not taken in."""
        return min(self.age_days_max, self.readings_keep_days or self.age_days_max)

    def mqtt_client_id(self) -> str:
        """Return the client id in force."""
        if self.client_id:
            return self.client_id
        name = f"forewarn-ingest-{socket.gethostname()}"
        return name if self.session_expiry_seconds else f"{name}-{os.getpid()}"
