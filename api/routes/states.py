"""States of a machine's switches and modes, and when they changed."""

from typing import Annotated

from fastapi import Query

from api.deps import Actor, Db, requires
from api.routes.telemetry_queries import End, Start
from api.routing import ApiRouter
from api.schemas.states import StateList, StateView
from registry.assets import service as assets
from telemetry import service
from telemetry.states import service as states

router = ApiRouter(prefix="/assets", tags=["telemetry"])

READ = requires("telemetry.read")


@router.get("/{asset_id}/states", dependencies=[READ])
def read_states(
    asset_id: str,
    session: Db,
    actor: Actor,
    start: Start,
    end: End,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> StateList:
    """Return when the state of an asset's series of switches, modes and texts changed."""
    assets.get_asset(session, actor, asset_id)
    series = [
        each.id
        for each in service.series_of_asset(session, asset_id)
        if each.kind == "state" or each.data_type == "boolean"
    ]
    found, has_more = states.changes(session, series, start, end, limit)
    return StateList(items=[StateView.of(change) for change in found], has_more=has_more)
