"""What series were expected to be over time, for charts."""

from typing import Annotated

from fastapi import Query

from anomaly.expectations import service
from api.deps import Actor, Db, requires
from api.routes.telemetry_queries import End, Start
from api.routing import ApiRouter
from api.schemas.expectations import BandHistoryList, BandHistoryView

router = ApiRouter(prefix="/assets", tags=["alarms"])


@router.get("/{asset_id}/expected", dependencies=[requires("telemetry.read")])
def read_expected_over_time(
    asset_id: str,
    session: Db,
    actor: Actor,
    start: Start,
    end: End,
    max_points: Annotated[int, Query(ge=4, le=2000)] = 400,
) -> BandHistoryList:
    """Return what was expected of each series of an asset in a span, as it changed.

    A band is noted at most every ten minutes of source time, and where it has moved by a fiftieth of its
    width. Of longer spans the last of each stretch is returned, at most `max_points` and what held before.
    """
    found = service.expected_over(session, actor, asset_id, (start, end), max_points)
    return BandHistoryList(items=[BandHistoryView.of(history) for history in found])
