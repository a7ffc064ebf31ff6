"""What people do about alarms: shelve, comment, judge, one or many at once; and what has happened to one."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Response, status

from anomaly import service as anomaly
from anomaly.alarms import service
from anomaly.commands import judging
from anomaly.commands.service import declare_new_normal
from anomaly.service import AlarmFacts
from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.idempotency import Idempotent
from api.paging import Page, PageQuery
from api.routes.alarms import HANDLE, views
from api.routing import ApiRouter
from api.schemas.alarms import AlarmView
from api.schemas.alarms_handling import (
    AlarmCommentIn,
    FeedbackIn,
    JournalEntryView,
    JournalKindName,
    ManyAlarmsIn,
    ManyAlarmsView,
    NewNormalIn,
    RefusedAlarm,
    ShelveIn,
)
from kernel.errors import InvalidInput
from registry.permissions import Principal

router = ApiRouter(prefix="/alarms", tags=["alarms"])


def _answer(session: Db, response: Response, alarm: AlarmFacts) -> AlarmView:
    set_etag(response, alarm.version)
    return views(session, [alarm])[0]


@router.post("/{alarm_id}/shelve", dependencies=[HANDLE])
def shelve_alarm(
    alarm_id: str,
    body: ShelveIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> AlarmView:
    """Hide what an alarm's series do until a time; another series of the machine is told all the same."""
    alarm = service.shelve_alarm(
        session,
        actor,
        alarm_id,
        until=body.until,
        reason=body.reason,
        series_ids=body.series_ids,
        expected_version=expected_version,
    )
    return _answer(session, response, alarm)


@router.post("/{alarm_id}/unshelve", dependencies=[HANDLE])
def unshelve_alarm(
    alarm_id: str, response: Response, session: Db, actor: Actor, expected_version: IfMatch
) -> AlarmView:
    """Take an alarm off the shelf before its time."""
    alarm = service.unshelve_alarm(session, actor, alarm_id, expected_version=expected_version)
    return _answer(session, response, alarm)


@router.post("/{alarm_id}/new-normal", dependencies=[HANDLE])
def declare_alarm_new_normal(
    alarm_id: str,
    body: NewNormalIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> AlarmView:
    """Say that the machine is like this from now on: what was learnt of its series is learnt anew.

    It is carried out within seconds, when the gateway is scored next.
    """
    alarm = declare_new_normal(
        session,
        actor,
        alarm_id,
        reason=body.reason,
        series_ids=body.series_ids,
        expected_version=expected_version,
    )
    return _answer(session, response, alarm)


@router.put("/{alarm_id}/feedback", dependencies=[HANDLE])
def judge_alarm(
    alarm_id: str,
    body: FeedbackIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> AlarmView:
    """Say what an alarm turned out to be; the latest word counts, the journal keeps them all."""
    alarm = judging.judge_alarm(
        session,
        actor,
        alarm_id,
        body.verdict,
        comment=body.comment,
        expected_version=expected_version,
    )
    return _answer(session, response, alarm)


@router.post(
    "/{alarm_id}/comments", status_code=status.HTTP_201_CREATED, dependencies=[HANDLE, Idempotent]
)
def comment_alarm(
    alarm_id: str, body: AlarmCommentIn, session: Db, actor: Actor
) -> JournalEntryView:
    """Say something about an alarm; it stays in its journal for good."""
    return JournalEntryView.model_validate(
        service.comment_alarm(session, actor, alarm_id, body.text)
    )


@router.get("/{alarm_id}/journal", dependencies=[requires("alarms.read")])
def read_alarm_journal(
    alarm_id: str,
    session: Db,
    actor: Actor,
    page: PageQuery,
    kind: Annotated[list[JournalKindName], Query(description="Any of these; all if left out")] = [],  # noqa: B006 - FastAPI copies it
) -> Page[JournalEntryView]:
    """Return what happened to an alarm, the newest first."""
    found = service.journal_of(session, actor, alarm_id, page, kinds=kind or None)
    return Page[JournalEntryView].of(found, JournalEntryView.model_validate)


@router.post("/bulk", dependencies=[HANDLE])
def handle_many_alarms(body: ManyAlarmsIn, session: Db, actor: Actor) -> ManyAlarmsView:
    """Do the same with many alarms; those that refuse are named with the reason, the others are done."""
    done, refused = service.for_each(session, actor, body.alarm_ids, _verb(session, actor, body))
    return ManyAlarmsView(
        done=views(session, done),
        refused=[RefusedAlarm.model_validate(each) for each in refused],
    )


def _verb(session: Db, actor: Principal, body: ManyAlarmsIn) -> Callable[[str], AlarmFacts]:
    match body.action:
        case "acknowledge":
            return lambda key: anomaly.acknowledge_alarm(session, actor, key, comment=body.comment)
        case "unshelve":
            return lambda key: service.unshelve_alarm(session, actor, key)
        case "shelve":
            until, reason = body.until, body.comment
            if until is None or not reason:
                raise InvalidInput("shelving needs a time and a reason", field="until")
            return lambda key: service.shelve_alarm(session, actor, key, until=until, reason=reason)
        case "judge":
            verdict = body.verdict
            if verdict is None:
                raise InvalidInput("which verdict?", field="verdict")
            return lambda key: judging.judge_alarm(
                session, actor, key, verdict, comment=body.comment
            )
