"""What work orders do about other packages' facts."""

from sqlalchemy.orm import Session

from anomaly.events import AlarmCleared, AlarmRaised
from kernel.outbox import subscribe
from work_orders.alarms.service import RaisedAlarm, clear_alarm, take_alarm


@subscribe(AlarmRaised, "work_orders.take_alarm")
def on_alarm_raised(session: Session, event: AlarmRaised) -> None:
    """Open the order for a live alarm, or add it to the open one; history opens nothing by itself."""
    if event.historical:
        return
    take_alarm(
        session,
        RaisedAlarm(
            alarm_id=event.alarm_id,
            asset_id=event.asset_id,
            severity=event.severity,
            category=event.category,
            failure_mode=event.failure_mode,
            onset_at=event.onset_at,
            raised_at=event.raised_at,
            summary=event.summary,
            cause=event.cause,
            contributors=list(event.contributors),
        ),
    )


@subscribe(AlarmCleared, "work_orders.clear_alarm")
def on_alarm_cleared(session: Session, event: AlarmCleared) -> None:
    """Note on the order that its alarm is over."""
    clear_alarm(session, event.alarm_id, event.asset_id, event.cleared_at)
