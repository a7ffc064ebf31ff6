"""What work orders do about other packages' facts."""

from datetime import datetime

from sqlalchemy.orm import Session

from anomaly.events import AlarmCleared, AlarmRaised, AlarmWorsened
from kernel.clock import utc_now
from kernel.outbox import subscribe
from work_orders.alarms.service import RaisedAlarm, clear_alarm, take_alarm, worsen_alarm
from work_orders.knowledge import handlers as knowledge
from work_orders.mail import handlers as mail
from work_orders.notices import handlers as notices
from work_orders.sla import handlers as sla

__all__ = [
    "knowledge",
    "mail",
    "notices",
    "on_alarm_cleared",
    "on_alarm_raised",
    "on_alarm_worsened",
    "sla",
]


@subscribe(AlarmRaised, "work_orders.take_alarm")
def on_alarm_raised(session: Session, event: AlarmRaised) -> None:
    """Open the order for a live alarm, or add it to the open one; history opens nothing by itself."""
    if not event.historical:
        take_alarm(session, _facts(event, event.onset_at, event.raised_at))


@subscribe(AlarmWorsened, "work_orders.worsen_alarm")
def on_alarm_worsened(session: Session, event: AlarmWorsened) -> None:
    """Bring the order of a live alarm up to date."""
    if not event.historical:
        facts = _facts(event, event.evidence_at, utc_now())
        worsen_alarm(session, facts, event.evidence_at)


def _facts(
    event: AlarmRaised | AlarmWorsened, onset_at: datetime, raised_at: datetime
) -> RaisedAlarm:
    return RaisedAlarm(
        alarm_id=event.alarm_id,
        asset_id=event.asset_id,
        severity=event.severity,
        category=event.category,
        failure_mode=event.failure_mode,
        onset_at=onset_at,
        raised_at=raised_at,
        summary=event.summary,
        cause=event.cause,
        contributors=list(event.contributors),
        occurrence=event.occurrence,
    )


@subscribe(AlarmCleared, "work_orders.clear_alarm")
def on_alarm_cleared(session: Session, event: AlarmCleared) -> None:
    """Note on the order that its alarm is over; history has no order."""
    if not event.historical:
        clear_alarm(session, event.alarm_id, event.asset_id, event.cleared_at, event.occurrence)
