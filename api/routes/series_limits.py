"""Classic limits of a series: HH, H, L, LL and rate of change."""

from typing import Annotated

from fastapi import Path, Response

from anomaly.limits import service
from anomaly.sources import Limit
from api.deps import Actor, Db, IfMatch, requires, set_etag
from api.routing import ApiRouter
from api.schemas.series_limits import LimitsIn, LimitsView

router = ApiRouter(prefix="/series", tags=["alarms"])

SeriesId = Annotated[int, Path(ge=0, le=2**31 - 1)]


@router.get("/{series_id}/limits", dependencies=[requires("alarms.read")])
def read_limits(series_id: SeriesId, response: Response, session: Db, actor: Actor) -> LimitsView:
    """Return the limits that are set for a series."""
    found = service.read_limits(session, actor, series_id)
    set_etag(response, found.version)
    return LimitsView.model_validate(found)


@router.put("/{series_id}/limits", dependencies=[requires("assets.write")])
def set_limits(
    series_id: SeriesId,
    body: LimitsIn,
    response: Response,
    session: Db,
    actor: Actor,
    expected_version: IfMatch,
) -> LimitsView:
    """Set all limits of a series; they hold within a minute, beside whatever the models expect."""
    limits = [Limit(**each.model_dump()) for each in body.limits]
    made = service.set_limits(session, actor, series_id, limits, expected_version=expected_version)
    set_etag(response, made.version)
    return LimitsView.model_validate(made)
