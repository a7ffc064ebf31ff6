"""Public verbs on gateways' health, for `ingest.service` and the rest of ingest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ingest.events import GatewayAlarmCleared, GatewayAlarmKind, GatewayAlarmRaised
from ingest.health import repository, rules
from ingest.health.rules import Buckets
from kernel import changes, outbox
from kernel.clock import utc_now
from kernel.errors import NotFound
from kernel.ids import new_id
from kernel.log import get_logger
from kernel.paging import PageRequest, Slice
from registry.assets import service as assets
from registry.assets.service import GatewayFacts
from registry.gateways import service as gateways
from registry.permissions import Principal

log = get_logger(__name__)


@dataclass(frozen=True)
class GatewayAlarmRecord:
    """Something that is or was wrong with a gateway; see `ingest.events.GatewayAlarmRaised`."""

    id: str
    agent_id: str
    kind: str
    detail: dict[str, Any]
    raised_at: datetime
    cleared_at: datetime | None


def note_clock(
    session: Session, gateway: GatewayFacts, offset_ms: int, at: datetime, limit_ms: int
) -> tuple[int, Buckets]:
    """Take in the offset that one status shows, and raise or clear the alarm.

    Returns the offset to be believed and the window it comes from; the caller writes both to the agent's
    row, which stays locked.
    """
    known = repository.clock_buckets(session, gateway.id)
    buckets = rules.add_offset(known, at.timestamp(), offset_ms)
    offset = rules.offset_of(buckets)
    assert offset is not None  # at least the one just added
    if rules.is_settled(buckets):
        was_wrong = repository.open_alarm(session, gateway.id, "clock_offset") is not None
        if rules.is_wrong(offset, limit_ms, was_wrong=was_wrong):
            detail = {"offset_ms": offset, "limit_ms": limit_ms}
            raise_alarm(session, gateway, "clock_offset", detail, at)
        elif was_wrong:
            clear_alarm(session, gateway, "clock_offset", at)
    return offset, buckets


def raise_alarm(
    session: Session,
    gateway: GatewayFacts,
    kind: GatewayAlarmKind,
    detail: dict[str, Any],
    at: datetime,
) -> None:
    """Open an alarm unless one of its kind is open."""
    alarm_id = new_id("gal")
    values = {
        "id": alarm_id,
        "agent_id": gateway.id,
        "kind": kind,
        "detail": detail,
        "raised_at": at,
    }
    if repository.add_alarm(session, values):
        outbox.publish(
            session,
            GatewayAlarmRaised(
                alarm_id=alarm_id,
                agent_id=gateway.id,
                organisation_id=gateway.organisation_id,
                kind=kind,
                detail=detail,
                raised_at=at,
            ),
        )
        changes.announce(session, "gateway", gateway.id, gateway.organisation_id)


def clear_alarm(
    session: Session, gateway: GatewayFacts, kind: GatewayAlarmKind, at: datetime
) -> None:
    """Clear the open alarm of a kind, if there is one."""
    alarm_id = repository.clear_alarm(session, gateway.id, kind, at)
    if alarm_id is not None:
        outbox.publish(
            session,
            GatewayAlarmCleared(
                alarm_id=alarm_id,
                agent_id=gateway.id,
                organisation_id=gateway.organisation_id,
                kind=kind,
                cleared_at=at,
            ),
        )
        changes.announce(session, "gateway", gateway.id, gateway.organisation_id)


def settle_alarms(
    session: Session, kind: GatewayAlarmKind, wrong: dict[str, dict[str, Any]]
) -> None:
    """Open an alarm of a kind for every gateway in `wrong`, with its detail, and clear all others."""
    at = utc_now()
    for agent_id in sorted(wrong.keys() | repository.agents_with_open(session, kind)):
        gateway = assets.find_gateway(session, agent_id)
        assert gateway is not None  # gateways are revoked, never deleted
        if agent_id in wrong:
            raise_alarm(session, gateway, kind, wrong[agent_id], at)
        else:
            clear_alarm(session, gateway, kind, at)


def watch_silence(session: Session, at: datetime, silent_for: timedelta) -> None:
    """Raise an alarm for every gateway of which nothing arrives, and clear it when it is back.

    Each is logged once when it is lost and once when it is back.
    """
    wrong = {}
    for agent_id, last_seen_at in repository.silent_agents(session, at - silent_for).items():
        gateway = assets.find_gateway(session, agent_id)
        if gateway is not None and not gateway.revoked:
            wrong[agent_id] = {"last_seen_at": last_seen_at.isoformat()}
    known = repository.agents_with_open(session, "silent")
    for agent_id in sorted(wrong.keys() - known):
        log.warning("gateway lost", gateway=agent_id, **wrong[agent_id])
    for agent_id in sorted(known - wrong.keys()):
        log.info("gateway back", gateway=agent_id)
    if wrong.keys() != known:
        settle_alarms(session, "silent", wrong)


def open_alarms(
    session: Session, agent_ids: Collection[str]
) -> dict[str, list[GatewayAlarmRecord]]:
    """Return what is wrong with these gateways now, the oldest first."""
    found: dict[str, list[GatewayAlarmRecord]] = {agent_id: [] for agent_id in agent_ids}
    for row in repository.open_alarms(session, agent_ids):
        found[row.agent_id].append(_record(row))
    return found


def _record(row: Any) -> GatewayAlarmRecord:
    return GatewayAlarmRecord(
        row.id, row.agent_id, row.kind, row.detail, row.raised_at, row.cleared_at
    )


def list_gateway_alarms(
    session: Session,
    actor: Principal,
    page: PageRequest,
    *,
    agent_id: str | None = None,
    only_open: bool = False,
) -> Slice[GatewayAlarmRecord]:
    """Return alarms of gateways in the actor's scope, the newest first.

    Raises:
        Forbidden, NotFound: the actor may not see gateways, or not this one.
    """
    actor.require("gateways.read")
    wanted = gateways.gateway_ids_in_scope(session, actor)
    if agent_id is not None:
        if assets.find_gateway(session, agent_id) is None or (
            wanted is not None and agent_id not in wanted
        ):
            raise NotFound(f"no gateway {agent_id}")
        wanted = {agent_id}
    rows = repository.alarms(session, wanted, page, only_open=only_open)
    return Slice.cut(rows, page.limit, lambda row: (row.id,)).map(_record)
