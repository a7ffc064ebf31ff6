"""Why alarms exist and what to do about them."""

from typing import Annotated

from fastapi import Query, Response, status

from anomaly.rationale import service
from anomaly.rationale.shipped import Rationale, Text
from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.routes.alarms import READ
from api.routing import ApiRouter
from api.schemas.alarm_rationales import RationaleIn, RationaleList, RationaleView

router = ApiRouter(prefix="/alarm-rationales", tags=["alarms"])
alarm_router = ApiRouter(prefix="/alarms", tags=["alarms"])

WRITE = requires("assets.write")


@router.get("", dependencies=[READ])
def list_alarm_rationales(session: Db, actor: Actor) -> RationaleList:
    """Return what holds for each failure mode: as somebody has written, or as shipped."""
    found = service.list_rationales(session, actor)
    return RationaleList(items=[RationaleView.model_validate(each) for each in found])


@router.put("/{failure_mode}", dependencies=[WRITE])
def write_alarm_rationale(
    failure_mode: str,
    body: RationaleIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> RationaleView:
    """Write what alarms of a failure mode mean, on every class of equipment or on one."""
    wanted = Rationale(
        failure_mode,
        body.equipment_class,
        Text(**body.consequence.model_dump()),
        Text(**body.response.model_dump()),
        body.respond_within_min,
        Text(**body.cause.model_dump()),
        body.priority,
    )
    made = service.write_rationale(session, actor, wanted, expected_version=expected_version)
    set_etag(response, made.version)
    return RationaleView.model_validate(made)


@router.delete("/{failure_mode}", status_code=status.HTTP_204_NO_CONTENT, dependencies=[WRITE])
def drop_alarm_rationale(
    failure_mode: str,
    session: Db,
    actor: Actor,
    equipment_class: Annotated[str, Query(max_length=64)] = "",
) -> None:
    """Take back what somebody has written; what is shipped holds again."""
    service.drop_rationale(session, actor, failure_mode, equipment_class)


@alarm_router.get("/{alarm_id}/rationale", dependencies=[READ])
def read_rationale_of_alarm(alarm_id: str, session: Db, actor: Actor) -> RationaleView:
    """Return what an alarm means on its machine, and what to do."""
    return RationaleView.model_validate(service.rationale_of_alarm(session, actor, alarm_id))
