"""Public verbs: telling the models of a gateway something.

A command is carried out by whoever scores the gateway's shard, between two frames, in one transaction with a
snapshot of what the models are afterwards: a replay begins there, so it needs no command and does none twice.
"""

from collections.abc import Collection

from sqlalchemy.orm import Session

from anomaly import repository as alarms
from anomaly.alarms.facts import AlarmFacts, facts_of, find_locked
from anomaly.alarms.journal import note
from anomaly.commands import repository
from anomaly.commands.errors import AlarmNotActive, AlreadyTold
from anomaly.rules import AlarmState
from anomaly.sources import LIVE
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from registry import audit
from registry.permissions import Principal


def declare_new_normal(
    session: Session,
    actor: Principal,
    alarm_id: str,
    *,
    reason: str,
    series_ids: Collection[int] | None = None,
    expected_version: int | None = None,
) -> AlarmFacts:
    """Tell the models that what some series do now is how the machine is from now on.

    What was learnt of these series is forgotten and their deviations end. They learn anew from what they have
    done since these began; where that is too little, they are silent until their warm-up is over. By default
    all series that deviate.

    Raises:
        Forbidden: the actor may not handle alarms.
        NotFound: there is no such alarm in the actor's scope.
        StaleVersion: it has changed since `expected_version`.
        AlarmNotActive: it is over, or was found in a backlog.
        AlreadyTold: somebody has said so of one of the series a moment ago.
        InvalidInput: no reason is given, or one of the series does not deviate.
    """
    actor.require("alarms.handle")
    if not reason.strip():
        raise InvalidInput("why is it normal now?", field="reason")
    alarm = find_locked(session, actor, alarm_id, expected_version)
    if alarm.historical or not AlarmState(alarm.state).is_active:
        raise AlarmNotActive(f"alarm {alarm_id} is not active")
    rows = [
        row
        for row in alarms.deviations_of(session, alarm_id)
        if row.ended_at is None and row.onset_lane == LIVE
    ]
    deviating = {row.series_id for row in rows}
    chosen = deviating if series_ids is None else set(series_ids)
    if not chosen or not chosen <= deviating:
        raise InvalidInput("not series that deviate", field="series_ids", choices=sorted(deviating))
    for told in repository.pending_of_alarm(session, alarm_id, ["new_normal"]):
        if chosen & set(told.payload["series_ids"]):
            raise AlreadyTold("the models have been told so")
    now = utc_now()
    for agent_id in sorted({row.agent_id for row in rows if row.series_id in chosen}):
        of_agent = {row.series_id for row in rows if row.agent_id == agent_id} & chosen
        values = {
            "agent_id": agent_id,
            "kind": "new_normal",
            "payload": {"series_ids": sorted(of_agent)},
            "alarm_id": alarm_id,
            "given_at": now,
            "given_by": actor.person_id,
            "given_by_name": actor.name,
        }
        repository.add_command(session, values)
    data = {"series_ids": sorted(chosen)}
    note(session, alarm, "new_normal", now, actor=actor, text=reason, data=data)
    audit.record(
        session,
        actor,
        "alarm.new_normal",
        "alarm",
        alarm.id,
        organisation_id=alarm.organisation_id,
        changes={"series_ids": [None, sorted(chosen)]},
        reason=reason,
    )
    announce(session, "alarm", alarm.id, alarm.organisation_id)
    return facts_of(alarm)
