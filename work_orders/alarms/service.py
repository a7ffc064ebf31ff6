"""Taking alarms: one open order per asset and failure mode, made or brought up to date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from registry.assets.service import AssetFacts, get_asset
from registry.permissions import PLATFORM
from work_orders.alarms import rules
from work_orders.complaints.joining import join_complaints
from work_orders.dispatch.service import dispatch
from work_orders.models import Ticket, TicketAlarm
from work_orders.orders.opening import tell_opened
from work_orders.tickets import repository
from work_orders.tickets import service as tickets
from work_orders.tickets.fields import failure_mode
from work_orders.tickets.timeline import note, write


@dataclass(frozen=True)
class RaisedAlarm:
    """What an order needs to know of an alarm; `category` is `machine` or `sensor`."""

    alarm_id: str
    asset_id: str
    severity: str
    category: str
    failure_mode: str
    onset_at: datetime
    raised_at: datetime
    summary: Mapping[str, Any]
    cause: Mapping[str, Any]
    contributors: list[Any] = field(default_factory=list)


def take_alarm(session: Session, alarm: RaisedAlarm) -> str:
    """Open the order for an alarm, or add the alarm to the open one; return the order's id.

    An alarm heard of before adds nothing. Whoever delivers alarms on one asset at the same time waits for
    the asset's lock; the partial unique index would refuse a second order in any case.

    Raises:
        NotFound: there is no such asset.
    """
    asset = get_asset(session, PLATFORM, alarm.asset_id)
    repository.lock_asset(session, asset.id)
    known = repository.alarm(session, alarm.alarm_id)
    if known is not None:
        return known.ticket_id
    now = utc_now()
    kind = rules.order_kind(alarm.category)
    order = repository.open_order_for_failure(
        session,
        asset.id,
        kind,
        failure_mode(alarm.failure_mode),
        from_alarm=alarm.category == "sensor",
    )
    if order is None:
        order = _open(session, asset, alarm, now)
    else:
        _add(session, order, alarm, now)
    return order.id


def _open(session: Session, asset: AssetFacts, alarm: RaisedAlarm, now: datetime) -> Ticket:
    order = tickets.open_ticket(
        session,
        PLATFORM,
        tickets.NewTicket(
            kind=rules.order_kind(alarm.category),
            organisation_id=asset.organisation_id,
            asset_id=asset.id,
            title=rules.title_of(alarm.summary),
            description=rules.description_of(alarm.summary),
            priority=rules.priority_of(alarm.severity),
            failure_mode=alarm.failure_mode,
            origin="alarm",
            reason=_reason(alarm),
        ),
        now,
    )
    _keep(session, order, alarm)
    order.alarm_count, order.worst = 1, _worst(alarm)
    dispatch(session, order, asset, now)
    join_complaints(session, order, now)
    tell_opened(session, order)
    return order


def _reason(alarm: RaisedAlarm) -> dict[str, Any]:
    return {
        "alarm_id": alarm.alarm_id,
        "severity": alarm.severity,
        "category": alarm.category,
        "onset_at": alarm.onset_at.isoformat(),
        "raised_at": alarm.raised_at.isoformat(),
        "summary": dict(alarm.summary),
        "cause": dict(alarm.cause),
        "contributors": list(alarm.contributors),
    }


def _worst(alarm: RaisedAlarm) -> dict[str, Any]:
    return {
        "alarm_id": alarm.alarm_id,
        "severity": alarm.severity,
        "cause": dict(alarm.cause),
        "at": alarm.raised_at.isoformat(),
    }


def _keep(session: Session, order: Ticket, alarm: RaisedAlarm) -> None:
    cleared = repository.clearance(session, alarm.alarm_id)
    session.add(
        TicketAlarm(
            alarm_id=alarm.alarm_id,
            ticket_id=order.id,
            severity=alarm.severity,
            onset_at=alarm.onset_at,
            raised_at=alarm.raised_at,
            cleared_at=cleared.cleared_at if cleared else None,
            cause=dict(alarm.cause),
            summary=dict(alarm.summary),
        )
    )
    session.flush()


def _add(session: Session, order: Ticket, alarm: RaisedAlarm, now: datetime) -> None:
    _keep(session, order, alarm)
    worse = rules.is_worse(rules.badness(alarm.severity, alarm.cause), order.worst)
    order.alarm_count += 1
    if worse:
        order.worst = _worst(alarm)
    if order.reason is None:  # made by hand before any alarm
        order.reason = _reason(alarm)
    before, wanted = order.priority, rules.priority_of(alarm.severity)
    if wanted < before:  # P0 before P1
        order.priority = wanted
        note(session, PLATFORM, order, "edit", changes={"priority": [before, wanted]})
    session.flush()
    if rules.is_news(order.alarm_count, worse=worse):
        data = {
            "event": "raised",
            **_worst(alarm),
            "summary": dict(alarm.summary),
            "count": order.alarm_count,
            "worse": worse,
            **({"priority": [before, str(wanted)]} if wanted < before else {}),
        }
        write(session, PLATFORM, order, "alarm_update", now, data=data)


def clear_alarm(session: Session, alarm_id: str, asset_id: str, cleared_at: datetime) -> None:
    """Note on its order that an alarm is over. The order stays: a machine that recovers is not repaired.

    An alarm not heard of yet is remembered, because facts may come out of order.
    """
    repository.lock_asset(session, asset_id)
    alarm = repository.alarm(session, alarm_id)
    if alarm is None:
        repository.put_clearance(session, alarm_id, cleared_at)
        return
    if alarm.cleared_at is not None:
        return
    alarm.cleared_at = cleared_at
    session.flush()
    order = repository.any_ticket(session, alarm.ticket_id)
    assert order is not None  # a foreign key says so
    active = repository.count_active_alarms(session, order.id)
    if order.closed_at is None and rules.is_news(order.alarm_count - active, worse=False):
        data = {
            "event": "cleared",
            "alarm_id": alarm_id,
            "cleared_at": cleared_at.isoformat(),
            "active": active,
        }
        write(session, PLATFORM, order, "alarm_update", utc_now(), data=data)
