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
from work_orders.rules import TicketKind
from work_orders.sla import service as sla
from work_orders.tickets import repository
from work_orders.tickets import service as tickets
from work_orders.tickets.fields import failure_mode
from work_orders.tickets.timeline import note, write


@dataclass(frozen=True)
class RaisedAlarm:
    """What an order needs to know of an alarm.

    Attributes:
        category: `machine` or `sensor`.
        occurrence: 1, 2, … as the alarm comes back.
    """

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
    occurrence: int = 1


def take_alarm(session: Session, alarm: RaisedAlarm) -> str:
    """Open the order for an alarm, or add the alarm to the open one; return the order's id.

    An alarm heard of before adds nothing. Whoever delivers alarms on one asset at the same time waits for
    the asset's lock; the partial unique index would refuse a second order in any case.

    Raises:
        NotFound: there is no such asset.
    """
    asset = get_asset(session, PLATFORM, alarm.asset_id)
    repository.lock_asset(session, asset.id)
    latest = repository.latest_alarm(session, alarm.alarm_id)
    if latest is not None and latest.occurrence >= alarm.occurrence:
        return latest.ticket_id
    return _open_or_add(session, asset, alarm, latest)


def worsen_alarm(session: Session, alarm: RaisedAlarm, evidence_at: datetime) -> str:
    """Bring the order of an alarm that grew worse up to date; return the order's id.

    One that was never heard of, because it began in the past or facts come out of order, is taken as new.
    So is one whose order has ended, but only by a reading from after that end: whoever ended it had the
    earlier ones in view. What is told of an earlier occurrence than the latest adds nothing.

    `evidence_at` is the source time of the reading that made it worse.

    Raises:
        NotFound: there is no such asset.
    """
    asset = get_asset(session, PLATFORM, alarm.asset_id)
    repository.lock_asset(session, asset.id)
    latest = repository.latest_alarm(session, alarm.alarm_id)
    if latest is None:
        return _open_or_add(session, asset, alarm, None)
    order = repository.lock(session, latest.ticket_id)
    if latest.occurrence > alarm.occurrence:
        return order.id
    if order.closed_at is not None:
        is_news = evidence_at > order.closed_at
        return _open_or_add(session, asset, alarm, None) if is_news else order.id
    latest.severity, latest.cause = alarm.severity, dict(alarm.cause)
    latest.summary = dict(alarm.summary)
    _bring_up_to_date(session, order, alarm, "worsened")
    return order.id


def _open_order_of(session: Session, row: TicketAlarm | None) -> Ticket | None:
    if row is None:
        return None
    order = repository.lock(session, row.ticket_id)
    return order if order.closed_at is None else None


def _open_or_add(
    session: Session, asset: AssetFacts, alarm: RaisedAlarm, latest: TicketAlarm | None
) -> str:
    # An alarm that comes back belongs to its order, whatever is suspected by now.
    order = _open_order_of(session, latest) or repository.open_order_for_failure(
        session,
        asset.id,
        rules.order_kind(alarm.category),
        failure_mode(alarm.failure_mode),
        from_alarm=alarm.category == "sensor",
    )
    if order is None:
        return _open(session, asset, alarm, utc_now()).id
    _keep(session, order, alarm)
    order.alarm_count += 1
    _bring_up_to_date(session, order, alarm, "raised")
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
    # Merged, because an alarm that comes back to the same order keeps its row.
    session.merge(
        TicketAlarm(
            alarm_id=alarm.alarm_id,
            ticket_id=order.id,
            occurrence=alarm.occurrence,
            severity=alarm.severity,
            onset_at=alarm.onset_at,
            raised_at=alarm.raised_at,
            cleared_at=repository.take_clearance(session, alarm.alarm_id, alarm.occurrence),
            cause=dict(alarm.cause),
            summary=dict(alarm.summary),
        )
    )
    session.flush()


def _bring_up_to_date(session: Session, order: Ticket, alarm: RaisedAlarm, event: str) -> None:
    worse = rules.is_worse(rules.badness(alarm.severity, alarm.cause), order.worst)
    if worse:
        order.worst = _worst(alarm)
    if order.reason is None:  # made by hand before any alarm
        order.reason = _reason(alarm)
    changes = _follow(session, order, alarm)
    if "priority" in changes:
        sla.changed(session, order, utc_now())
    session.flush()
    if changes:
        note(session, PLATFORM, order, "edit", changes=changes)
    if worse or changes or rules.is_news(order.alarm_count):
        data = {
            "event": event,
            **_worst(alarm),
            "summary": dict(alarm.summary),
            "count": order.alarm_count,
            "worse": worse,
            "changes": changes,
        }
        write(session, PLATFORM, order, "alarm_update", utc_now(), data=data)


def _follow(session: Session, order: Ticket, alarm: RaisedAlarm) -> dict[str, list[str]]:
    changes = {}
    priority = rules.priority_of(alarm.severity)
    if priority < order.priority:  # P0 before P1
        changes["priority"] = [order.priority, str(priority)]
        order.priority = priority
    mode = failure_mode(alarm.failure_mode)
    if rules.may_follow_suspicion(order.stage, order.origin, order.failure_mode, mode):
        with session.no_autoflush:
            taken = repository.open_order_for_failure(
                session,
                alarm.asset_id,
                TicketKind(order.kind),
                mode,
                from_alarm=order.kind == TicketKind.INSPECTION,
            )
        if taken is None:
            changes["failure_mode"] = [order.failure_mode, mode]
            order.failure_mode = mode
    return changes


def clear_alarm(
    session: Session, alarm_id: str, asset_id: str, cleared_at: datetime, occurrence: int
) -> None:
    """Note on its order that an alarm is over. The order stays: a machine that recovers is not repaired.

    Facts may come out of order: the end of an occurrence not heard of yet is remembered, and one that has
    come back since stays active.
    """
    repository.lock_asset(session, asset_id)
    latest = repository.latest_alarm(session, alarm_id)
    if latest is None or latest.occurrence < occurrence:
        repository.put_clearance(session, alarm_id, cleared_at, occurrence)
    for alarm in repository.active_alarms(session, alarm_id, occurrence):
        alarm.cleared_at = cleared_at
        session.flush()
        order = repository.lock(session, alarm.ticket_id)
        active = repository.count_active_alarms(session, order.id)
        if order.closed_at is None and rules.is_news(order.alarm_count - active):
            data = {
                "event": "cleared",
                "alarm_id": alarm_id,
                "cleared_at": cleared_at.isoformat(),
                "active": active,
            }
            write(session, PLATFORM, order, "alarm_update", utc_now(), data=data)
