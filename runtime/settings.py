"""Settings of the processes themselves."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section


def default_data_dir() -> Path:
    """Return where `forewarn up` keeps its data unless told otherwise (XDG base directories)."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "forewarn"


class Runtime(Section):
    """Processes: where `forewarn up` keeps its data, and how background work runs."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_", extra="forbid", frozen=True)
    table: ClassVar[str] = "runtime"

    data_dir: Path | None = Field(
        default=None,
        description="Folder of `forewarn up`; by default `forewarn` under `$XDG_DATA_HOME` "
        "(`~/.local/share`).",
    )
    heartbeat_file: Path | None = Field(
        default=None,
        description="File a process touches every few seconds while it works; for health checks.",
    )
    mqtt_v4_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description="Port on 127.0.0.1 for devices that speak MQTT 3.1.1 to the embedded broker; "
        "0: none. For those that publish; see docs/ingest.md.",
    )
    worker_concurrency: int = Field(
        default=4, ge=1, le=64, description="Tasks one `forewarn worker run` does at a time."
    )
    sweep_s: float = Field(
        default=1.0,
        gt=0,
        description="Seconds between two looks for work that no wake-up announced.",
    )
    upkeep_s: float = Field(
        default=3600.0,
        gt=0,
        description="Seconds between two rounds of upkeep (partitions, expired rows).",
    )
    outbox_keep_days: int = Field(
        default=30, ge=1, description="Days that delivered events stay in the outbox."
    )
