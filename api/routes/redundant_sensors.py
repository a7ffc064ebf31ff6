"""Sensors of a machine that measure the same, so that one that drifts is found."""

from fastapi import Response

from anomaly.redundancy import service
from anomaly.sources import RedundantGroup
from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.routing import ApiRouter
from api.schemas.redundant_sensors import (
    RedundantSensorsIn,
    RedundantSensorsView,
    SuggestionList,
    SuggestionView,
)

router = ApiRouter(prefix="/assets", tags=["alarms"])


@router.get("/{asset_id}/redundant-sensors", dependencies=[requires("alarms.read")])
def read_redundant_sensors(
    asset_id: str, response: Response, session: Db, actor: Actor
) -> RedundantSensorsView:
    """Return which sensors of a machine measure the same, and how far they lie apart."""
    found = service.read_groups(session, actor, asset_id)
    set_etag(response, found.version)
    return RedundantSensorsView.model_validate(found)


@router.put("/{asset_id}/redundant-sensors", dependencies=[requires("assets.write")])
def set_redundant_sensors(
    asset_id: str,
    body: RedundantSensorsIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> RedundantSensorsView:
    """Say which sensors of a machine measure the same; their difference is watched within a minute."""
    groups = [RedundantGroup(tuple(each.series_ids), each.tolerance) for each in body.groups]
    made = service.set_groups(session, actor, asset_id, groups, expected_version=expected_version)
    set_etag(response, made.version)
    return RedundantSensorsView.model_validate(made)


@router.get("/{asset_id}/redundant-sensors/suggestions", dependencies=[requires("alarms.read")])
def suggest_redundant_sensors(asset_id: str, session: Db, actor: Actor) -> SuggestionList:
    """Return series that look as if they measured the same, from how they moved over three days."""
    found = service.suggest_groups(session, actor, asset_id)
    return SuggestionList(items=[SuggestionView.model_validate(each) for each in found])
