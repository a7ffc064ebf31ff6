"""Public verbs on alarms beyond reading and acknowledging them: shelving, and saying something."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from anomaly.alarms import repository, standing
from anomaly.alarms.errors import AlarmBusy, InvalidSuppression, NotShelved
from anomaly.alarms.facts import AlarmFacts, facts_of, find, find_locked
from anomaly.alarms.journal import note
from anomaly.alarms.models import JournalEntry
from anomaly.models import Alarm, DeviationRow
from anomaly.rules import SuppressionKind
from anomaly.settings import AnomalySettings
from kernel.changes import announce
from kernel.clock import utc_now
from kernel.errors import ForewarnError, InvalidInput
from kernel.ids import new_id
from kernel.paging import PageRequest, Slice
from kernel.settings import settings
from registry import audit
from registry.permissions import Principal

SHELVE_MIN = timedelta(seconds=1)
MANY_MAX = 200


@dataclass(frozen=True)
class EntryFacts:
    """One line of an alarm's journal; `kind` as in `anomaly.alarms.models.JournalEntry`."""

    id: int
    kind: str
    occurrence: int
    event_at: datetime
    actor_id: str | None
    actor_name: str | None
    text: str | None
    data: dict[str, Any]


def _entry(row: JournalEntry) -> EntryFacts:
    return EntryFacts(**{name: getattr(row, name) for name in EntryFacts.__dataclass_fields__})


def _rows(session: Session, alarm: Alarm) -> Sequence[DeviationRow]:
    return repository.deviations_of_many(session, [alarm.id])[alarm.id]


def _series_of(alarm: Alarm, rows: Sequence[DeviationRow]) -> set[int]:
    """Return the series of what is to be shelved: those that deviate, or, of an alarm that is over, did."""
    found = standing.incident_of(alarm, rows).series_ids
    return set(found) or {int(part["series_id"]) for part in alarm.contributors}


def shelve_alarm(
    session: Session,
    actor: Principal,
    alarm_id: str,
    *,
    until: datetime,
    reason: str,
    series_ids: Collection[int] | None = None,
    expected_version: int | None = None,
) -> AlarmFacts:
    """Hide what some series of a machine do, for a time: by default those that deviate now.

    Another series of the same machine that begins to deviate is told all the same. What was shelved of the
    same series before is replaced.

    Raises:
        Forbidden: the actor may not handle alarms.
        NotFound: there is no such alarm in the actor's scope.
        StaleVersion: it has changed since `expected_version`.
        InvalidSuppression: `until` is past or too far off, or a series is none of the alarm's.
    """
    actor.require("alarms.handle")
    repository.lock_suppressions(session)
    alarm = find_locked(session, actor, alarm_id, expected_version)
    now = utc_now()
    longest = timedelta(seconds=settings(AnomalySettings).shelve_s_max)
    if not now + SHELVE_MIN <= until <= now + longest:
        raise InvalidSuppression(
            f"an alarm is shelved until a time within {longest}",
            field="until",
            latest=(now + longest).isoformat(),
        )
    rows = _rows(session, alarm)
    known = _series_of(alarm, rows)
    if series_ids is not None and not (series_ids and set(series_ids) <= known | _ever(rows)):
        raise InvalidSuppression("not series of this alarm", field="series_ids")
    chosen = sorted(known if series_ids is None else set(series_ids))
    for shelf in repository.shelves_of(session, alarm.asset_id, alarm.category, now):
        if shelf.series_ids is not None and set(shelf.series_ids) <= set(chosen):
            shelf.ended_at, shelf.end_reason, shelf.ended_by_name = now, "replaced", actor.name
    repository.add_suppression(
        session,
        {
            "id": new_id("sup"),
            "kind": SuppressionKind.SHELVED.value,
            "organisation_id": alarm.organisation_id,
            "asset_id": alarm.asset_id,
            "category": alarm.category,
            "series_ids": chosen,
            "reason": reason,
            "starts_at": now,
            "ends_at": until,
            "created_at": now,
            "created_by": actor.person_id,
            "created_by_name": actor.name,
        },
    )
    session.flush()
    standing.settle(session, alarm, rows, now)
    _audit(
        session, actor, alarm, "shelve", changes={"until": [None, until.isoformat()]}, reason=reason
    )
    return facts_of(alarm)


def _ever(rows: Sequence[DeviationRow]) -> set[int]:
    return {row.series_id for row in rows}


def _settle(session: Session, alarm: Alarm, rows: Sequence[DeviationRow], now: datetime) -> None:
    """Settle an alarm, and with it earlier ones of the same series that nobody has acknowledged."""
    session.flush()
    standing.settle(session, alarm, rows, now)
    standing.reconcile(session, repository.alarms_that_may_change(session, now), now)


def unshelve_alarm(
    session: Session, actor: Principal, alarm_id: str, *, expected_version: int | None = None
) -> AlarmFacts:
    """Take an alarm's series off the shelf before their time.

    Raises:
        Forbidden, NotFound, StaleVersion: as for `shelve_alarm`.
        NotShelved: they are on none.
    """
    actor.require("alarms.handle")
    repository.lock_suppressions(session)
    alarm = find_locked(session, actor, alarm_id, expected_version)
    now, rows = utc_now(), _rows(session, alarm)
    series = _series_of(alarm, rows)
    ended = [
        shelf
        for shelf in repository.shelves_of(session, alarm.asset_id, alarm.category, now)
        if shelf.series_ids is None or series & set(shelf.series_ids)
    ]
    if not ended:
        raise NotShelved(f"alarm {alarm_id} is not shelved")
    for shelf in ended:
        shelf.ended_at, shelf.end_reason, shelf.ended_by_name = now, "lifted", actor.name
    _settle(session, alarm, rows, now)
    _audit(session, actor, alarm, "unshelve")
    return facts_of(alarm)


def comment_alarm(session: Session, actor: Principal, alarm_id: str, text: str) -> EntryFacts:
    """Say something about an alarm; it stays in its journal for good.

    Raises:
        Forbidden: the actor may not handle alarms.
        NotFound: there is no such alarm in the actor's scope.
        InvalidInput: nothing is said.
    """
    actor.require("alarms.handle")
    alarm = find(session, actor, alarm_id)
    if not text.strip():
        raise InvalidInput("a comment says something", field="text")
    entry_id = note(session, alarm, "comment", utc_now(), actor=actor, text=text)
    announce(session, "alarm", alarm.id, alarm.organisation_id)
    return _entry(repository.journal(session, alarm.id, None, entry_id + 1, 1)[0])


def journal_of(
    session: Session,
    actor: Principal,
    alarm_id: str,
    page: PageRequest | None = None,
    *,
    kinds: Collection[str] | None = None,
) -> Slice[EntryFacts]:
    """Return what happened to an alarm, the newest first.

    Raises:
        Forbidden: the actor may not see alarms.
        NotFound: there is no such alarm in the actor's scope.
    """
    actor.require("alarms.read")
    find(session, actor, alarm_id)
    page = page or PageRequest()
    rows = repository.journal(session, alarm_id, kinds, page.after_number(), page.limit + 1)
    return Slice.cut(rows, page.limit, lambda row: (str(row.id),)).map(_entry)


@dataclass(frozen=True)
class Refusal:
    """Why one of many alarms was left as it is."""

    alarm_id: str
    code: str
    detail: str


def for_each(
    session: Session,
    actor: Principal,
    alarm_ids: Collection[str],
    verb: Callable[[str], AlarmFacts],
) -> tuple[list[AlarmFacts], list[Refusal]]:
    """Do the same with many alarms, each wholly or not at all; return those done, and why others were not.

    One that somebody else is changing is refused: who holds many must not wait for more, or scoring and
    people would wait for each other.

    Raises:
        InvalidInput: more than `MANY_MAX` of them.
    """
    if len(alarm_ids) > MANY_MAX:
        raise InvalidInput(f"at most {MANY_MAX} alarms at once", field="alarm_ids", most=MANY_MAX)
    repository.lock_suppressions(session)
    free = repository.lock_those_free(session, set(alarm_ids))
    done, refused = [], []
    for alarm_id in sorted(set(alarm_ids)):
        try:
            if alarm_id not in free:
                find(session, actor, alarm_id)
                raise AlarmBusy(f"alarm {alarm_id} is being changed; try again")
            with session.begin_nested():
                done.append(verb(alarm_id))
        except ForewarnError as error:
            refused.append(Refusal(alarm_id, error.code, error.detail))
    return done, refused


def _audit(
    session: Session,
    actor: Principal,
    alarm: Alarm,
    verb: str,
    *,
    changes: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        actor,
        f"alarm.{verb}",
        "alarm",
        alarm.id,
        organisation_id=alarm.organisation_id,
        changes=changes,
        reason=reason,
    )
