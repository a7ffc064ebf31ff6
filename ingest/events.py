"""What `ingest` tells the other packages."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from kernel.events import Event

GatewayAlarmKind = Literal["clock_offset", "frames_lost", "series_budget", "silent"]


class GatewayAlarmRaised(Event):
    """Something is wrong with a gateway itself; at most one alarm of a kind is open at a time.

    Attributes:
        alarm_id: the alarm.
        agent_id: the gateway.
        organisation_id: whose it is.
        kind: `clock_offset`: its clock is off; `frames_lost`: frames were removed for want of room before
            they were scored; `series_budget`: it announces more tags or series than it may;
            `silent`: nothing of it arrives any more.
        detail: by kind: `offset_ms` and `limit_ms`; `frames`, `from` and `to`; `tags` and `limit`;
            `last_seen_at`.
        raised_at: when the platform noticed.
    """

    topic: ClassVar[str] = "ingest.gateway_alarm_raised"
    alarm_id: str
    agent_id: str
    organisation_id: str
    kind: GatewayAlarmKind
    detail: dict[str, Any]
    raised_at: datetime


class GatewayAlarmCleared(Event):
    """It is right again."""

    topic: ClassVar[str] = "ingest.gateway_alarm_cleared"
    alarm_id: str
    agent_id: str
    organisation_id: str
    kind: GatewayAlarmKind
    cleared_at: datetime
