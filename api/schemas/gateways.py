"""Bodies of gateways."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.base import Identifier, Input, Line, Output


class KeyView(Output):
    """How a gateway's signing key is."""

    version: int
    state: Literal["current", "preparing", "offered", "grace"] = Field(
        description="`preparing`: the broker is being told of the next one; `offered`: the gateway has "
        "not taken it up yet; `grace`: what the former one signed is still taken"
    )
    next_version: int | None
    former_version: int | None
    former_until: datetime | None


class ConfigurationSummaryView(Output):
    """Which configuration a gateway shall have and has."""

    wanted_version: int | None
    applied_version: int | None
    state: Literal[
        "unmanaged", "pending", "none", "trying", "applied", "refused", "rolled_back", "drifted"
    ]
    detail: str = Field(description="Why, as the gateway said")
    since: datetime | None


class GatewayAlarmView(Output):
    """Something that is or was wrong with a gateway itself."""

    id: str
    gateway_id: str = Field(validation_alias="agent_id")
    kind: Literal["clock_offset", "frames_lost", "series_budget", "silent"] = Field(
        description="`silent`: nothing of it arrives; from when it was lost until it was back"
    )
    detail: dict[str, Any] = Field(
        description="By kind: `offset_ms` and `limit_ms`; `frames`, `from` and `to`; `tags` and `limit`; "
        "`last_seen_at`"
    )
    raised_at: datetime
    cleared_at: datetime | None


GatewayState = Literal["offline", "trouble", "late", "never", "online", "revoked"]


class GatewayView(Output):
    """A gateway and how it is; what it never said is null."""

    id: str
    name: str
    kind: Literal["edge", "sparkplug", "json"] = Field(
        description="`edge`: an agent of Forewarn; the others are third parties"
    )
    state: GatewayState = Field(
        description="At this moment: `late` nothing for a minute, `offline` for five, `never` nothing yet; "
        "`trouble`: it is heard of, and something is wrong with it or what it reads"
    )
    organisation_id: str
    organisation_name: str
    site_id: str
    site_name: str
    created_at: datetime
    revoked_at: datetime | None
    enrolled_at: datetime | None
    checked_in_at: datetime | None = Field(description="When it last asked what it is to do")
    key_state: KeyView
    own_broker_login: bool = Field(
        description="False: the broker's logins are fixed and shared, so that revoking is up to the platform "
        "alone, which refuses what the gateway sends"
    )
    configuration: ConfigurationSummaryView
    last_seen_at: datetime | None = Field(description="When anything of it last arrived")
    status_at: datetime | None = Field(description="When it last reported how it is")
    version_running: str | None = Field(description="Of Forewarn on the gateway")
    clock_offset_ms: int | None = Field(description="How far its clock is ahead of the server's")
    buffered: int | None = Field(description="Readings on its disk that were not acknowledged yet")
    taken: int = Field(
        description="Readings it has taken: stored + quarantined + dropped + on the way"
    )
    stored: int
    quarantined: int
    dropped: int = Field(description="Readings a full buffer gave up, as the gateway declared")
    sources: list[dict[str, Any]] = Field(
        description="What it reads from, as it reported it; also `agent` and `buffer`, itself"
    )
    alarms: list[GatewayAlarmView] = Field(description="What is wrong with it now")
    version: int


class GatewayCountsView(Output):
    """How many gateways are how, of those that are asked for."""

    total: int
    states: dict[GatewayState, int]
    drifted: int = Field(description="Those whose configuration was changed at the gateway")


class GatewayCreate(Input):
    """A new gateway at a site."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Pump house", "site_id": "site_01k9zq4m7v8w9x0y1z2a3b4c5d"}]
        }
    )
    name: Line
    site_id: Identifier


class GatewayCreated(GatewayView):
    """A new gateway. `key`, hexadecimal, signs what it sends; it is shown here and nowhere else."""

    key: str = Field(description="For a gateway that is not to be enrolled with a token")
