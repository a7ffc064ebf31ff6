"""Public verb: what an alarm turned out to be, told to people and to the models."""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from anomaly import repository as alarms
from anomaly.alarms.facts import AlarmFacts, facts_of, find_locked
from anomaly.alarms.journal import note
from anomaly.commands import repository
from anomaly.deviations import Record
from anomaly.device.device import size_of
from anomaly.models import Alarm, DeviationRow
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from registry import audit
from registry.permissions import Principal

VERDICTS = ("true", "false", "nuisance")
_NORMAL = ("false", "nuisance")
_APART = {Record.JOINT_HIGH.value, Record.JOINT_LOW.value}


def judge_alarm(
    session: Session,
    actor: Principal,
    alarm_id: str,
    verdict: str | None,
    *,
    comment: str | None = None,
    expected_version: int | None = None,
) -> AlarmFacts:
    """Say what an alarm turned out to be; the latest word counts, and the models are told.

    Args:
        session: of the request.
        actor: who says so.
        alarm_id: of which alarm.
        verdict: `true`: there was a fault; `false`: there was none; `nuisance`: what it says is so, and it is
            of no use to anybody; None takes back what was said.
        comment: goes to the journal with it.
        expected_version: of the alarm.

    Raises:
        Forbidden: the actor may not handle alarms.
        NotFound: there is no such alarm in the actor's scope.
        StaleVersion: it has changed since `expected_version`.
        InvalidInput: there is no such verdict.
    """
    actor.require("alarms.handle")
    if verdict is not None and verdict not in VERDICTS:
        raise InvalidInput(f"no verdict {verdict!r}", field="verdict", allowed=list(VERDICTS))
    alarm = find_locked(session, actor, alarm_id, expected_version)
    before, alarm.verdict = alarm.verdict, verdict
    session.flush()
    data = {"verdict": verdict, "was": before, "detector": alarm.detector}
    note(session, alarm, "feedback", utc_now(), actor=actor, text=comment, data=data)
    _tell(session, actor, alarm, before)
    audit.record(
        session,
        actor,
        "alarm.judge",
        "alarm",
        alarm.id,
        organisation_id=alarm.organisation_id,
        changes={"verdict": [before, verdict]},
        reason=comment,
    )
    announce(session, "alarm", alarm.id, alarm.organisation_id)
    return facts_of(alarm)


def _tell(session: Session, actor: Principal, alarm: Alarm, before: str | None) -> None:
    """Tell the models what an alarm was found to be, in so far as that changes what they take for normal.

    `false` and `nuisance` count its peaks as normal; another verdict, or none, undoes that. See
    `anomaly.scoring.verdicts`. `before` is what it was found to be until now.
    """
    if (alarm.verdict in _NORMAL) == (before in _NORMAL):
        return
    rows = alarms.deviations_of(session, alarm.id)
    for agent_id in sorted({row.agent_id for row in rows}):
        of_agent = [row for row in rows if row.agent_id == agent_id]
        payload = {
            "alarm_id": alarm.id,
            "asset_id": alarm.asset_id,
            "verdict": alarm.verdict,
            "apart": _size(of_agent, _APART),
            "broken": _size(of_agent, {Record.CORRELATION.value}),
            "series": _worst(of_agent),
        }
        values = {
            "agent_id": agent_id,
            "kind": "verdict",
            "payload": payload,
            "alarm_id": alarm.id,
            "given_at": utc_now(),
            "given_by": actor.person_id,
            "given_by_name": actor.name,
        }
        repository.add_command(session, values)


def _size(rows: Sequence[DeviationRow], records: Collection[str]) -> float:
    """Return how far a device lay out at worst, in units of its limit; 0 where that was not the matter."""
    scores = [row.score for row in rows if row.record in records]
    return size_of(max(scores)) if scores else 0.0


def _worst(rows: Sequence[DeviationRow]) -> list[tuple[int, str, float]]:
    """Return the worst value of each series that lay beyond its own limit, and the side."""
    worst: dict[tuple[int, str], float] = {}
    for row in rows:
        if row.seen is not None and row.record in (Record.HIGH, Record.LOW):
            farther = max if row.record == Record.HIGH else min
            key = row.series_id, row.record
            worst[key] = farther(row.seen, worst.get(key, row.seen))
    return [(series_id, side, seen) for (series_id, side), seen in sorted(worst.items())]
