"""Alarms: list, read, acknowledge; and what is expected of a series."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import AwareDatetime

from anomaly import service
from anomaly.service import AlarmFacts
from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.paging import Page, PageQuery
from api.routing import ApiRouter
from api.schemas.alarms import (
    AcknowledgeIn,
    AlarmStateName,
    AlarmView,
    CategoryName,
    ExpectedBandView,
    SeverityName,
)
from kernel.paging import Slice
from registry.names import asset_names

router = ApiRouter(prefix="/alarms", tags=["alarms"])
series_router = ApiRouter(prefix="/series", tags=["alarms"])

READ = requires("alarms.read")
HANDLE = requires("alarms.handle")

StateQuery = Annotated[list[AlarmStateName], Query(description="Any of these states")]


def _views(session: Db, alarms: Sequence[AlarmFacts]) -> list[AlarmView]:
    """Return alarms with the names of their machines, one query for any number of them."""
    names = asset_names(session, {alarm.asset_id for alarm in alarms})
    return [
        AlarmView.model_validate(
            {
                **vars(alarm),
                "asset_name": names[alarm.asset_id].name,
                "asset_serial": names[alarm.asset_id].serial_number,
            }
        )
        for alarm in alarms
    ]


@router.get("", dependencies=[READ])
def list_alarms(
    session: Db,
    actor: Actor,
    page: PageQuery,
    state: StateQuery = [],  # noqa: B006 - FastAPI copies it
    active: Annotated[
        bool | None, Query(description="True: some series still deviates; false: all have returned")
    ] = None,
    severity: SeverityName | None = None,
    category: CategoryName | None = None,
    asset_id: Annotated[str | None, Query(max_length=64)] = None,
    since: Annotated[AwareDatetime | None, Query(description="Begun at this time or later")] = None,
    historical: Annotated[
        bool | None, Query(description="True: found in what an outage left behind")
    ] = None,
) -> Page[AlarmView]:
    """List alarms of machines in one's scope, the newest first."""
    wanted = service.AlarmQuery(
        asset_id=asset_id,
        states=tuple(state) or None,
        active=active,
        severity=severity,
        category=category,
        since=since,
        historical=historical,
    )
    rows = service.list_alarms(session, actor, wanted, page)
    return Page[AlarmView].of(Slice(_views(session, rows.items), rows.next_key), lambda view: view)


@router.get("/{alarm_id}", dependencies=[READ])
def read_alarm(alarm_id: str, response: Response, session: Db, actor: Actor) -> AlarmView:
    """Return an alarm: what record was broken, expected and seen, since when, which series contribute."""
    alarm = service.get_alarm(session, actor, alarm_id)
    set_etag(response, alarm.version)
    return _views(session, [alarm])[0]


@router.post("/{alarm_id}/acknowledge", dependencies=[HANDLE])
def acknowledge_alarm(
    alarm_id: str,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
    body: AcknowledgeIn | None = None,
) -> AlarmView:
    """Take note of an alarm; it stays active until every series has returned to normal."""
    alarm = service.acknowledge_alarm(
        session,
        actor,
        alarm_id,
        expected_version=expected_version,
        comment=body.comment if body else None,
    )
    set_etag(response, alarm.version)
    return _views(session, [alarm])[0]


@series_router.get("/{series_id}/expected", dependencies=[requires("telemetry.read")])
def read_expected_band(
    series_id: Annotated[int, Path(ge=0, le=2**31 - 1)], session: Db, actor: Actor
) -> ExpectedBandView:
    """Return the range that readings of a series are expected in, for charts."""
    return ExpectedBandView.model_validate(service.expected_band(session, actor, series_id))
