"""Settings of `registry`."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section


class Registry(Section):
    """Files that people attach to assets, sites, tickets and claims."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_REGISTRY_", extra="forbid", frozen=True)
    table: ClassVar[str] = "registry"

    attachments_dir: Path | None = Field(
        default=None,
        description="Folder of attached files; every API process and every worker needs the same one. "
        "By default `forewarn/attachments` under `$XDG_DATA_HOME` (`~/.local/share`).",
    )

    def attachments(self) -> Path:
        """Return the folder of attached files."""
        if self.attachments_dir is not None:
            return self.attachments_dir
        base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
        return Path(base).expanduser() / "forewarn" / "attachments"


class Gateways(Section):
    """How gateways get in and are looked after."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_GATEWAYS_", extra="forbid", frozen=True)
    table: ClassVar[str] = "gateways"

    mqtt_url: str = Field(
        default="",
        description="The broker as gateways reach it, `mqtts://host:8883`; with user and password where "
        "all gateways share one login. Empty: `FOREWARN_MQTT_URL` without its login.",
    )
    mqtt_ca_file: Path | None = Field(
        default=None,
        description="Certificates gateways are to trust for the broker, PEM; handed over when a gateway "
        "enrols. Empty: those of its system.",
    )
    broker_admin_url: SecretStr = Field(
        default=SecretStr(""),
        description="The broker as a login that manages Mosquitto's dynamic security signs in to it; each "
        "gateway then gets a login of its own. Empty: the broker's logins are fixed.",
    )
    token_hours: int = Field(
        default=24, ge=1, le=720, description="How long an enrolment token can be used, in hours."
    )
    key_grace_days: int = Field(
        default=30,
        ge=0,
        le=365,
        description="How long what a gateway's former key signed is still taken, in days; it ends sooner "
        "when the gateway has nothing left that was signed with it.",
    )
    check_in_seconds: float = Field(
        default=15,
        ge=1,
        le=3600,
        description="How often a gateway asks what it is to do, in seconds; more often while somebody "
        "works on it.",
    )
