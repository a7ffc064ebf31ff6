"""Bodies of a gateway's enrolment and key."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.schemas.base import Input, Output

Secret = Annotated[str, StringConstraints(strip_whitespace=True, min_length=16, max_length=200)]


class EnrolmentTokenCreate(Input):
    """How long a token shall last."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": 8}]})
    hours: int | None = Field(default=None, ge=1, le=720, description="Null: as the settings say")


class EnrolmentTokenView(Output):
    """A one-time token; the secret is in the answer that made it and nowhere else."""

    id: str
    gateway_id: str
    state: Literal["open", "used", "expired", "revoked"]
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_from: str | None = Field(description="Network address it was used from")


class EnrolmentTokenCreated(EnrolmentTokenView):
    """A new token."""

    token: str
    command: str = Field(description="What to type at the gateway; it asks for the token")


class EnrolmentTokenList(Output):
    """A gateway's tokens, newest first."""

    items: list[EnrolmentTokenView]


class EnrolmentIn(Input):
    """A machine that becomes a gateway."""

    token: Secret
    claim: Secret = Field(
        description="A random secret the machine made: with the same one it may ask again when the "
        "answer was lost"
    )


class BrokerView(Output):
    """The way to the broker."""

    url: str = Field(description="With user and password")
    ca: str = Field(description="Certificates to trust, PEM; empty: those of the system")
    own_login: bool = Field(description="False: all gateways share one login")


class EnrolmentView(Output):
    """What a machine needs to be a gateway. Secret."""

    gateway_id: str
    name: str
    key: str = Field(description="32 bytes, hexadecimal")
    key_version: int
    broker: BrokerView
    check_in_seconds: float


class KeyRotate(Input):
    """How long what the former key signed is taken at most."""

    grace_days: int | None = Field(
        default=None, ge=0, le=365, description="Null: as the settings say"
    )
