"""What gateways say of themselves, as rows for lists: when last heard of, and whether something is wrong."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import FromClause, cast, exists, literal, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.sql.functions import func

from ingest.health.models import GatewayAlarm
from ingest.models import Agent
from kernel.clock import utc_now

CERTIFICATE_DAYS_MIN: Final = 14
BUFFER_SHARE_MAX: Final = 0.8
# Silence shows in when it was last heard of.
_ALARM_KINDS: Final = ("clock_offset", "frames_lost", "series_budget")
# A report lacks what the gateway does not know; a comparison with what is not there is never true.
_TROUBLED: Final = (
    '$[*] ? (@.state == "trouble" || @.state == "lost"'
    " || @.bad_nodes_count > 0 || @.failed_count > 0"
    " || @.server_certificate.trusted == false || @.server_certificate.not_after < $soon"
    ' || (@.kind == "buffer" && @.bytes_used > @.bytes_max * $share))'
)


def reports(now: datetime | None = None) -> FromClause:
    """Return rows of `agent_id`, `last_seen_at` and `troubled`, of every agent that was heard of.

    Drift, and a configuration that was not taken, are told by check-ins and are not in it.
    """
    soon = (now or utc_now()) + timedelta(days=CERTIFICATE_DAYS_MIN)
    variables = {"soon": f"{soon:%Y-%m-%dT%H:%M:%S}", "share": BUFFER_SHARE_MAX}
    says = func.jsonb_path_exists(
        Agent.sources, cast(_TROUBLED, JSONPATH), literal(variables, JSONB), true()
    )
    alarmed = exists().where(
        GatewayAlarm.agent_id == Agent.agent_id,
        GatewayAlarm.cleared_at.is_(None),
        GatewayAlarm.kind.in_(_ALARM_KINDS),
    )
    return select(
        Agent.agent_id, Agent.last_seen_at, or_(says, alarmed).label("troubled")
    ).subquery("reports")
