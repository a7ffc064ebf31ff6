"""What `edge.toml` says of an OPC UA server."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr
from pydantic import model_validator as check

from edge_agent.config.fields import NonEmpty, OpcUaUrl, Strict
from edge_agent.config.tags import (
    OpcUaTag,
    PublishingInterval,
    SamplingInterval,
)


class OpcUaSource(Strict):
    """An OPC UA server."""

    name: NonEmpty
    url: OpcUaUrl
    profile: Literal["generic", "s7-1200", "s7-1500", "kepware", "ignition"] = Field(
        default="generic", description="What kind of server it is: its limits and quirks."
    )
    security_policy: Literal[
        "None", "Basic256Sha256", "Aes128-Sha256-RsaOaep", "Aes256-Sha256-RsaPss",
        "Basic128Rsa15", "Basic256",
    ] = "None"  # fmt: skip
    security_mode: Literal["Sign", "SignAndEncrypt"] = Field(
        default="SignAndEncrypt", description="Without meaning for the policy None."
    )
    allow_deprecated_policy: bool = Field(
        default=False, description="Basic128Rsa15 and Basic256 are broken; only with this."
    )
    verify_host: bool = Field(
        default=True, description="The server's certificate has to name the host of `url`."
    )
    username: str = ""
    password: SecretStr = SecretStr("")
    user_certificate_file: Path | None = Field(
        default=None, description="Log in with it, PEM or DER."
    )
    user_key_file: Path | None = None
    publishing_interval_ms: PublishingInterval = 100
    sampling_interval_ms: SamplingInterval = -1
    keepalive_seconds: float = Field(
        default=5, ge=0.2, le=60, description="A server silent for twice as long is given up."
    )
    queue_size: int = Field(default=1000, ge=2, le=100_000, description="Per tag, at the server.")
    report_unchanged: bool = Field(
        default=True, description="Take a value again when only its source time has changed."
    )
    history: bool = Field(
        default=True, description="Ask the server's history for what was missed, where it has one."
    )
    tags: list[OpcUaTag] = Field(min_length=1)

    @check(mode="after")
    def _security_is_whole(self) -> Self:
        deprecated = self.security_policy in {"Basic128Rsa15", "Basic256"}
        if deprecated and not self.allow_deprecated_policy:
            raise ValueError(
                f"the policy {self.security_policy} is deprecated for being broken; to use it all the same, "
                "say allow_deprecated_policy = true"
            )
        if (self.user_certificate_file is None) != (self.user_key_file is None):
            raise ValueError("user_certificate_file and user_key_file go together")
        if self.username and self.user_certificate_file:
            raise ValueError("log in with username or with user_certificate_file, not with both")
        return self
