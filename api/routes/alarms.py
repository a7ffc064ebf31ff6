"""Alarms: list, read, acknowledge; and what is expected of a series."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import AwareDatetime

from anomaly import service
from anomaly.alarms.suppressions import SuppressionFacts, suppressions_by_id
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
    HiddenBy,
    IsaStateName,
    SeverityName,
    VerdictName,
)
from kernel.paging import Slice
from registry.names import asset_names

router = ApiRouter(prefix="/alarms", tags=["alarms"])
series_router = ApiRouter(prefix="/series", tags=["alarms"])

READ = requires("alarms.read")
HANDLE = requires("alarms.handle")

StateQuery = Annotated[list[AlarmStateName], Query(description="Any of these states")]


def views(session: Db, alarms: Sequence[AlarmFacts]) -> list[AlarmView]:
    """Return alarms with the names of their machines and what hides them: a query each for any number."""
    names = asset_names(session, {alarm.asset_id for alarm in alarms})
    hiding = suppressions_by_id(
        session, {alarm.suppression_id for alarm in alarms if alarm.suppression_id is not None}
    )
    return [
        AlarmView.model_validate(
            {
                **vars(alarm),
                "asset_name": names[alarm.asset_id].name,
                "asset_serial": names[alarm.asset_id].serial_number,
                "isa_state": alarm.isa_state,
                "hidden_by": _hidden_by(hiding.get(alarm.suppression_id or "")),
            }
        )
        for alarm in alarms
    ]


def _hidden_by(found: SuppressionFacts | None) -> HiddenBy | None:
    if found is None:
        return None
    return HiddenBy.model_validate(
        {
            "id": found.id,
            "kind": found.kind,
            "reason": found.reason,
            "since": found.starts_at,
            "until": found.ends_at,
            "by_name": found.created_by_name,
        }
    )


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
    until: Annotated[AwareDatetime | None, Query(description="Begun before this time")] = None,
    returned_since: Annotated[
        AwareDatetime | None,
        Query(description="Still active, or returned to normal at this time or later"),
    ] = None,
    historical: Annotated[
        bool | None, Query(description="True: found in what an outage left behind")
    ] = None,
    suppressed: Annotated[
        bool | None,
        Query(
            description="True: shelved, suppressed by design or out of service; false: none of these"
        ),
    ] = None,
    isa_state: Annotated[
        list[IsaStateName], Query(description="Any of these states of ISA-18.2")
    ] = [],  # noqa: B006 - FastAPI copies it
    site_id: Annotated[str | None, Query(max_length=64)] = None,
    verdict: VerdictName | None = None,
    failure_mode: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[AlarmView]:
    """List alarms of machines in one's scope, the newest first."""
    wanted = service.AlarmQuery(
        asset_id=asset_id,
        states=tuple(state) or None,
        active=active,
        severity=severity,
        category=category,
        since=since,
        until=until,
        returned_since=returned_since,
        historical=historical,
        suppressed=suppressed,
        isa_states=tuple(isa_state) or None,
        site_id=site_id,
        verdict=verdict,
        failure_mode=failure_mode,
    )
    rows = service.list_alarms(session, actor, wanted, page)
    return Page[AlarmView].of(Slice(views(session, rows.items), rows.next_key), lambda view: view)


@router.get("/{alarm_id}", dependencies=[READ])
def read_alarm(alarm_id: str, response: Response, session: Db, actor: Actor) -> AlarmView:
    """Return an alarm: what record was broken, expected and seen, since when, which series contribute."""
    alarm = service.get_alarm(session, actor, alarm_id)
    set_etag(response, alarm.version)
    return views(session, [alarm])[0]


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
    return views(session, [alarm])[0]


@series_router.get("/{series_id}/expected", dependencies=[requires("telemetry.read")])
def read_expected_band(
    series_id: Annotated[int, Path(ge=0, le=2**31 - 1)], session: Db, actor: Actor
) -> ExpectedBandView:
    """Return the range that readings of a series are expected in, for charts."""
    return ExpectedBandView.model_validate(service.expected_band(session, actor, series_id))
