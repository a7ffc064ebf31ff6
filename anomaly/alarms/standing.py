"""What is told of an alarm: brought up to date with what is true of it and what hides it.

Whatever happens to an alarm, `settle` is called in the same transaction, with the alarm's row locked. People,
and other packages, hear of each occurrence once, as soon as nothing hides it, and of its end only if they
had heard of it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from anomaly import description
from anomaly.alarms import floods, repository
from anomaly.alarms.covers import covers_of
from anomaly.alarms.journal import note
from anomaly.alarms.rules import Cover, Incident, hidden_by
from anomaly.models import Alarm, DeviationRow
from anomaly.rules import AlarmAction, AlarmState, next_state
from anomaly.settings import AnomalySettings
from kernel.changes import announce
from kernel.outbox import publish


def _time_of(alarm: Alarm, now: datetime) -> datetime:
    """What an outage left behind is judged by what was in force when it happened."""
    return alarm.onset_at if alarm.historical else now


def incident_of(alarm: Alarm, rows: Sequence[DeviationRow]) -> Incident:
    """Return what decides whether an alarm is hidden."""
    deviating = [row.series_id for row in rows if row.ended_at is None]
    return Incident(
        category=alarm.category,
        severity=alarm.severity,
        series_ids=frozenset(deviating or [row.series_id for row in rows]),
        raised_at=alarm.raised_at,
        historical=alarm.historical,
        heard=alarm.heard == alarm.occurrences,
    )


def _cover_of(
    session: Session, alarm: Alarm, rows: Sequence[DeviationRow], now: datetime
) -> Cover | None:
    covers = covers_of(session, [alarm], _time_of(alarm, now))[alarm.id]
    return hidden_by(incident_of(alarm, rows), covers)


def begin(session: Session, alarm: Alarm, now: datetime, section: AnomalySettings) -> None:
    """Note a new occurrence; it is told, or not, by `settle`."""
    note(session, alarm, "raised", now, data={"severity": alarm.severity, "cause": alarm.cause})
    floods.watch(session, alarm, now, section)


def worsen(alarm: Alarm, evidence_at: datetime) -> None:
    """Note that an alarm was made worse by a reading of `evidence_at`; `settle` tells it."""
    alarm.unheard_at = evidence_at


def end(session: Session, alarm: Alarm, returned_at: datetime, now: datetime) -> None:
    """Let an alarm return to normal. Nobody has to take note of what nobody was told of."""
    told = alarm.heard == alarm.occurrences
    waits = alarm.owed or alarm.state == AlarmState.ACTIVE_ACKNOWLEDGED
    action = AlarmAction.RETURN if waits else AlarmAction.LAPSE
    alarm.state = next_state(AlarmState(alarm.state), action).value
    alarm.returned_at, alarm.unheard_at = returned_at, None
    note(session, alarm, "returned", now, data={"returned_at": returned_at.isoformat()})
    if told:
        publish(session, description.cleared(alarm, returned_at))


def settle(session: Session, alarm: Alarm, rows: Sequence[DeviationRow], now: datetime) -> None:
    """Hide an alarm or show it, and tell what has not been told."""
    is_over = alarm.state == AlarmState.NORMAL
    _hide(session, alarm, None if is_over else _cover_of(session, alarm, rows, now), now)
    if alarm.suppression is None and AlarmState(alarm.state).is_active:
        _tell(session, alarm, now)
    session.flush()
    announce(session, "alarm", alarm.id, alarm.organisation_id)


def _hide(session: Session, alarm: Alarm, cover: Cover | None, now: datetime) -> None:
    before = alarm.suppression
    alarm.suppression = None if cover is None else cover.kind.value
    alarm.suppression_id = None if cover is None else cover.suppression_id
    if before == alarm.suppression:
        return
    if cover is None:
        note(session, alarm, "unsuppressed", now, data={"was": before})
    else:
        data = {"by": cover.kind.value, "suppression_id": cover.suppression_id}
        note(session, alarm, "suppressed", now, data=data)


def _tell(session: Session, alarm: Alarm, now: datetime) -> None:
    if alarm.heard < alarm.occurrences:
        alarm.heard, alarm.unheard_at = alarm.occurrences, None
        alarm.owed = not AlarmState(alarm.state).is_acknowledged
        note(session, alarm, "told", now, data={"severity": alarm.severity})
        publish(session, description.raised(alarm))
    elif alarm.unheard_at is not None:
        evidence_at, alarm.unheard_at = alarm.unheard_at, None
        note(session, alarm, "worsened", now, data={"severity": alarm.severity})
        publish(session, description.worsened(alarm, evidence_at))


def tend(session: Session, now: datetime, section: AnomalySettings) -> int:
    """Let suppressions begin and end as time goes on; return how many alarms changed.

    Whatever was missed, a suppression made while its alarm was being raised for one, is made good here. An
    alarm that somebody else is changing is left for the next time; so are all while somebody changes what is
    hidden.
    """
    if not repository.lock_suppressions_if_free(session):
        return 0
    repository.expire_suppressions(session, now)
    floods.end_those_over(session, now, section)
    return reconcile(session, repository.alarms_that_may_change(session, now), now)


def reconcile(session: Session, alarms: Collection[Alarm], now: datetime) -> int:
    """Settle those live alarms that are hidden and should not be, or the other way round."""
    if not alarms:
        return 0
    rows = repository.deviations_of_many(session, [alarm.id for alarm in alarms])
    covers = covers_of(session, alarms, now)
    changed = 0
    for alarm in alarms:
        cover = hidden_by(incident_of(alarm, rows[alarm.id]), covers[alarm.id])
        wanted = None if cover is None else cover.suppression_id
        if wanted != alarm.suppression_id:
            locked = repository.lock_if_free(session, alarm.id)
            if locked is not None:
                fresh = repository.deviations_of_many(session, [alarm.id])[alarm.id]
                settle(session, locked, fresh, now)
                changed += 1
    return changed
