"""Settings of the HTTP API."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section


class ApiSettings(Section):
    """The HTTP API: sessions, limits, and what it serves besides JSON."""

    model_config = SettingsConfigDict(env_prefix="FOREWARN_API_", extra="forbid", frozen=True)
    table: ClassVar[str] = "api"

    session_hours: int = Field(
        default=12, ge=1, le=720, description="How long a sign-in lasts, in hours."
    )
    sign_ins_per_minute: int = Field(
        default=30, ge=1, description="Sign-in attempts a minute from one address."
    )
    sign_ins_per_account: int = Field(
        default=10, ge=1, description="Sign-in attempts in 15 minutes for one account."
    )
    json_bytes_max: int = Field(
        default=1_000_000, ge=1024, description="Largest JSON body, in bytes."
    )
    upload_bytes_max: int = Field(
        default=10_000_000, ge=1024, description="Largest upload, in bytes, its envelope included."
    )
    event_streams_max: int = Field(
        default=1000, ge=1, description="Most live-update streams one process keeps open."
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token that may read `/metrics`; empty: loopback only.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, "
        "comma-separated.",
    )
    web_dir: Path | None = Field(
        default=None,
        description="Where the built web app is; by default `web/dist` of the installation.",
    )

    def web(self) -> Path:
        """Return where the built web app is, or would be."""
        return self.web_dir or Path(__file__).resolve().parent.parent / "web" / "dist"
